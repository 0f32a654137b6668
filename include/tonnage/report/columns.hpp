// What the columns of the tables for machines mean.
#pragma once

#include <string>

namespace tonnage::report {

/// A section for each table: what a row is, how to make it, and each column with its unit and meaning.
std::string columns_markdown();

}  // namespace tonnage::report
