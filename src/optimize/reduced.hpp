// A linear program without what is decided before solving: fixed columns, rows without a bound, rows of one column.
// Restoring gives the whole program's point and duals.
#pragma once

#include <vector>

#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::optimize {

class Reduced {
 public:
  explicit Reduced(const LinearProgram& whole);

  /// A row or a column cannot be kept, whatever the others are.
  bool infeasible() const { return infeasible_; }
  const LinearProgram& program() const { return program_; }
  /// Place of a column of the whole program, -1 where it is gone.
  int column_at(int column) const { return column_at_[static_cast<std::size_t>(column)]; }
  /// What is left of an iterate of the whole program, and the whole of one that is left.
  Iterate reduce(const Iterate& whole) const;
  Iterate restore(const Iterate& reduced) const;
  /// x and row duals of the whole program from those of the reduced one.
  void restore(const std::vector<double>& x, const std::vector<double>& row_dual, Solution& out) const;

 private:
  struct SingleRow {
    int row, column;
    double coefficient;
    bool sets_lower, sets_upper;   ///< whether the column's bound is this row's
  };
  void tighten(int row, int column, double coefficient, double lower, double upper);
  void build();

  const LinearProgram& whole_;
  LinearProgram program_;
  std::vector<double> lower_, upper_;
  std::vector<int> column_at_, row_at_;   ///< of the whole program; -1 in what is gone
  std::vector<SingleRow> singles_;        ///< in the order in which they were found
  bool infeasible_ = false;
};

}  // namespace tonnage::optimize
