// Large programs in which moves tie periods together, or the worst outcomes all states: solved without the ties, which fall apart by state, and what the ties ask for
// is paid at a price, which bounds the cost of any plan from below (Lagrangian relaxation: Geoffrion 1974).
#pragma once

#include "model.hpp"

namespace tonnage::allocate {

class TiedStates {
 public:
  /// The model must outlive it. Its bounds, costs and further rows may change between calls.
  explicit TiedStates(const Model& model) : model_(model) {}

  /// A relaxation whose bound no plan costs less than. Where moves tie periods it is one without the ties, in which moves cost nothing and
  /// outcomes count by their probability; else that of the program.
  optimize::Solution relaxation(const optimize::SolveOptions& options, optimize::Solver& solver) const;

  /// Whole decisions found without the ties, then the rest at its best with them; where moves tie periods and that is not within the gap of
  /// the bound, once more with the ties at their price. Of plans that cost the same, to a millionth, one of which little moves (`moves`:
  /// columns and their weights). `relaxed`: that relaxation. No point where none was found.
  optimize::Solution whole(const optimize::Solution& relaxed, const optimize::Terms& moves, const optimize::SolveOptions& options, optimize::Solver& solver) const;

 private:
  std::vector<double> first_prices() const;
  std::vector<char> tie_columns() const;
  optimize::LinearProgram untied(const std::vector<double>& price) const;
  optimize::LinearProgram elastic(const optimize::Terms& moves, const optimize::Solution& loose) const;
  std::vector<char> used(const std::vector<double>& x) const;
  void close_places(const std::vector<char>& kept, optimize::LinearProgram& program) const;
  void settle_period(int period, int outcome, const optimize::LinearProgram& program, const optimize::SolveOptions& options, optimize::Solver& solver, std::vector<double>& x) const;
  optimize::Solution with_risk(optimize::Solution near) const;
  optimize::Solution settle(optimize::LinearProgram program, const std::vector<double>& whole, const std::vector<char>& kept, const optimize::SolveOptions& options, optimize::Solver& solver) const;
  std::vector<double> prices(const std::vector<double>& row_dual) const;
  optimize::Solution near_priced(const optimize::Solution& all, const optimize::SolveOptions& options, optimize::Solver& solver) const;
  optimize::Solution whole_with_risk(const optimize::Solution& relaxed, const optimize::SolveOptions& options, optimize::Solver& solver) const;
  optimize::Solution whole_with_moves(const optimize::Solution& loose, const optimize::Terms& moves, const optimize::SolveOptions& options, optimize::Solver& solver) const;
  void again(const optimize::LinearProgram& program, const optimize::SolveOptions& options, optimize::Solver& solver, optimize::Solution& best) const;

  const Model& model_;
};

}  // namespace tonnage::allocate
