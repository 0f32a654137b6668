// L D L' of a sparse symmetric quasi-definite matrix: its pivots have known signs, so that every order of elimination is
// stable enough and the order is chosen once, for sparsity (Vanderbei 1995, "Symmetric quasidefinite matrices").
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "elimination.hpp"

namespace tonnage::optimize {

class QuasidefiniteFactor {
 public:
  /// `positive`: the sign of each pivot. The values come later, as often as needed.
  QuasidefiniteFactor(std::shared_ptr<const Elimination> elimination, const std::vector<char>& positive);

  /// `diagonal`: one value per row; `values`: one per entry of the pattern off the diagonal. Pivots below
  /// `least_pivot` or of the wrong sign are as good as infinite: their unknowns do not move; says how many. Same result on
  /// any number of threads.
  int factor(const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads);

  /// In place. Same result on any number of threads.
  void solve(std::vector<double>& x, int threads);

 private:
  using Node = Elimination::Node;
  struct Stack {
    std::vector<double> memory;
    std::size_t used = 0;
    double* push(std::size_t count) { return memory.data() + (used += count) - count; }
    const double* pop(std::size_t count) { return memory.data() + (used -= count); }
  };
  /// Memory that a thread keeps from one factor to the next.
  struct Workspace {
    std::array<Stack, 2> updates;
    std::vector<double> packed;
  };

  void forward(const Node& node, const std::vector<double>& y, std::vector<double>& shares) const;
  void backward(const Node& node, std::vector<double>& y, std::vector<double>& shares) const;
  int factor_one(const Node& node, const std::vector<double>& diagonal, const std::vector<double>& values, double least_pivot, int threads, Workspace& work);

  std::shared_ptr<const Elimination> plan_;
  std::vector<char> positive_;      ///< by order of elimination
  std::vector<double> lower_, kept_;
  std::vector<Workspace> work_;
  std::vector<double> y_, shares_;  ///< of a solve
};

}  // namespace tonnage::optimize
