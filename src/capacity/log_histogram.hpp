// Weighted values gathered in cells of about 1 %, without sorting. Private to the module.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tonnage::capacity {

/// Positive values by exponent and six bits of mantissa: 64 cells an octave. Each cell keeps its mean, so that the mean of
/// all is exact.
class LogHistogram {
 public:
  void add(double value, double weight) {
    if (!(weight > 0)) return;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(std::max(value, 0x1p-30)) >> 46;
    Cell& cell = cells_[static_cast<std::size_t>(std::min(bits - lowest, std::uint64_t{octaves * 64 - 1}))];
    cell.sum += value * weight;
    cell.weight += weight;
    total_ += weight;
  }
  double total() const { return total_; }

  /// Calls visit(mean of the cell, weight) for all that have any, rising.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const Cell& cell : cells_)
      if (cell.weight > 0) visit(cell.sum / cell.weight, cell.weight);
  }

 private:
  struct Cell {
    double sum = 0, weight = 0;
  };
  static constexpr std::uint64_t octaves = 56;  ///< from 2^-30 s, a nanosecond, to two years
  static constexpr std::uint64_t lowest = (std::uint64_t{1023 - 30} << 52) >> 46;
  std::vector<Cell> cells_ = std::vector<Cell>(octaves * 64);
  double total_ = 0;
};

}  // namespace tonnage::capacity
