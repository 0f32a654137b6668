// What the columns of a table mean.
#pragma once

#include <vector>

namespace tonnage::report {

struct ColumnText {
  const char* name;     ///< a word in capitals stands for a column each
  const char* unit;
  const char* meaning;
  const char* type = "";  ///< in JSON: text, number; empty: text where there is no unit; with ~ the column may be absent
};

struct TableText {
  const char* command;  ///< "tco --by"
  const char* name;
  const char* row;      ///< what a row is
  const char* example;  ///< that writes it, run in examples/
  std::vector<ColumnText> columns;
};

/// Three lists one after the other.
std::vector<ColumnText> joined(std::vector<ColumnText> out, const std::vector<ColumnText>& middle, const std::vector<ColumnText>& last);
/// Amounts of a plan and a bill that are compared.
const std::vector<ColumnText>& comparison_sums();
/// Mean, standard deviation and quantiles of a cost, with their intervals.
const std::vector<ColumnText>& spread_columns();

const std::vector<TableText>& plan_tables();
const std::vector<TableText>& bill_tables();  ///< what is in the columns of a bill, and commitments
const std::vector<TableText>& more_tables();

}  // namespace tonnage::report
