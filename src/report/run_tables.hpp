// Tables of a run that no page shows in full: for workbooks and the HTML report.
#pragma once

#include <string>
#include <vector>

#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// Every order, by date.
Table all_orders_table(const pipeline::Run& run);
Table periods_table(const pipeline::Run& run);
/// A row a period, a column a category, present values, with totals.
Table cost_by_period_table(const pipeline::Run& run);
/// Files that were read, and their hashes.
Table inputs_table(const pipeline::Run& run);
/// Categories of the ledger in its order.
std::vector<std::string> categories_of(const Ledger& ledger);

}  // namespace tonnage::report
