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
/// Of a column by its largest amount: at least ten of the unit, so that small parts keep their digits.
MoneyUnit unit_for(std::int64_t largest_micros);

/// What a single amount is told in: the largest unit of which it has one, when rounded in the unit before; below ten of it with one decimal
/// more, so that 1.18 M and 1.24 M stay apart.
struct ShortMoney {
  MoneyUnit unit;
  int decimals;  ///< two where there is no suffix
};
ShortMoney short_unit(Money amount, int decimals);
std::string in_short_unit(Money amount, const ShortMoney& as);

}  // namespace tonnage::report
