// Cells as people read them, the same in every format for people: rounded so that printed parts add up to the printed total.
#pragma once

#include <string>
#include <vector>

#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// All cells of a table as texts, column by column, with headers.
struct Texts {
  std::vector<std::string> headers;
  std::vector<std::vector<std::string>> columns;
  std::size_t rows = 0;  ///< with the row of totals
};

Texts texts_of(const Table& table);

/// Sum of a column of money, or of numbers that add; empty for others.
Cell column_sum(const Table& table, std::size_t column);

/// What a column of money is told in: its size in millionths, and " M", " k" or "".
struct MoneyUnit {
  std::int64_t micros;
  const char* suffix;
};
MoneyUnit unit_for(std::int64_t largest_micros);

}  // namespace tonnage::report
