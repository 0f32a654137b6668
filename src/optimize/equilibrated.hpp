// A linear program in the form that the interior-point method works on: equations with slacks, equilibrated.
#pragma once

#include <vector>

#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::optimize {

/// minimise c'x, A x - s = 0 (s: one per row that is no equation; A x = b for the others), l <= (x, s) <= u. Scaled by powers
/// of two, rows and columns towards 1 (Ruiz 2001), sizes and costs as a whole.
struct EquilibratedProgram {
  explicit EquilibratedProgram(const LinearProgram& p);

  int slack_count() const { return static_cast<int>(slack_.size()); }
  int structural() const { return columns - slack_count(); }
  /// Row of a slack column.
  int slack_row(int column) const { return slack_[static_cast<std::size_t>(column - structural())]; }
  /// out = A x - s
  void multiply(const std::vector<double>& x, std::vector<double>& out) const;
  /// out = (A' y, -y of each slack)
  void multiply_transposed(const std::vector<double>& y, std::vector<double>& out) const;

  int rows, columns;                       ///< columns: with the slacks, which come last
  std::vector<int> start, index;           ///< row-wise, as in LinearProgram
  std::vector<char> linking_row, linking_column;
  std::vector<double> value, right, cost, lower, upper;
  std::vector<double> row_scale, column_scale;
  double size = 1, price = 1;              ///< x = column_scale * size * scaled x; y = row_scale * price * scaled y

 private:
  void equilibrate();
  void normalise();

  std::vector<int> slack_;
};

/// Largest absolute value.
double largest(const std::vector<double>& v);

}  // namespace tonnage::optimize
