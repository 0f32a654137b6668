// The linear system of an interior-point step. Rows and long columns are pivots; short columns are eliminated by hand.
#pragma once

#include <memory>
#include <vector>

#include "by_column.hpp"
#include "equilibrated.hpp"
#include "quasidefinite.hpp"

namespace tonnage::optimize {

class StepSystem {
 public:
  /// `known`: of another system, taken where its pattern is the same; may be none.
  StepSystem(const EquilibratedProgram& p, int threads, std::shared_ptr<const Elimination> known);

  /// `inverse`: z/x of each column, the diagonal of the barrier.
  void factor(const std::vector<double>& inverse);
  /// [-(z/x) A'; A 0] [dx; dy] = [h; r], with terms that keep both near zero.
  void solve(const std::vector<double>& h, const std::vector<double>& r, std::vector<double>& dx, std::vector<double>& dy);
  /// Operations of a factor per operation of a solve.
  double factor_by_solve() const { return elimination_->factor_by_solve(); }
  const std::shared_ptr<const Elimination>& elimination() const { return elimination_; }

 private:
  /// Something of a column that goes to a place of the matrix.
  struct Product {
    int where, column;
    double value;
  };
  SymmetricPattern pattern(int order);
  void solve_once(const std::vector<double>& h, const std::vector<double>& r, std::vector<double>& dx, std::vector<double>& dy);

  const EquilibratedProgram& p_;
  int threads_;
  std::vector<int> own_;                    ///< pivot of a long column, or -1
  ByColumn matrix_;                         ///< without slacks
  std::vector<double> theta_, right_, rest_, zero_, more_x_, more_y_;
  std::vector<char> positive_;
  std::vector<Product> diagonals_, products_, borders_;
  std::shared_ptr<const Elimination> elimination_;
  std::unique_ptr<QuasidefiniteFactor> factor_;
};

}  // namespace tonnage::optimize
