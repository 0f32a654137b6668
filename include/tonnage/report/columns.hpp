// What the columns of the tables for machines mean.
#pragma once

#include <string>
#include <vector>

namespace tonnage::report {

/// A section for each table: what a row is, how to make it, and each column with its unit and meaning.
std::string columns_markdown();

/// Names of the columns of all tables that a command writes as CSV.
std::vector<std::string> table_columns(const std::string& command);

}  // namespace tonnage::report
