// A row-wise matrix by its columns.
#pragma once

#include <vector>

namespace tonnage::optimize {

/// Entries of column j are [start[j], start[j + 1]), by row.
struct ByColumn {
  ByColumn(int columns, const std::vector<int>& row_start, const std::vector<int>& index, const std::vector<double>& values)
      : start(static_cast<std::size_t>(columns) + 1, 0), row(index.size()), value(index.size()) {
    for (const int j : index) ++start[static_cast<std::size_t>(j) + 1];
    for (std::size_t j = 1; j < start.size(); ++j) start[j] += start[j - 1];
    std::vector<int> next(start.begin(), start.end() - 1);
    for (std::size_t i = 0; i + 1 < row_start.size(); ++i)
      for (auto k = static_cast<std::size_t>(row_start[i]); k < static_cast<std::size_t>(row_start[i + 1]); ++k) {
        const auto to = static_cast<std::size_t>(next[static_cast<std::size_t>(index[k])]++);
        row[to] = static_cast<int>(i);
        value[to] = values[k];
      }
  }
  int entries(int column) const { return start[static_cast<std::size_t>(column) + 1] - start[static_cast<std::size_t>(column)]; }

  std::vector<int> start, row;
  std::vector<double> value;
};

}  // namespace tonnage::optimize
