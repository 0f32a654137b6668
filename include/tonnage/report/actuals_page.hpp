// Plan against actual as pages and tables.
#pragma once

#include <string>

#include "tonnage/core/diagnostics.hpp"
#include "tonnage/report/page.hpp"
#include "tonnage/tco/actuals.hpp"

namespace tonnage::report {

/// By month; by provider, service and kind of charge; what has no counterpart. `sources` has the bill.
Page actuals_page(const std::string& scenario, const std::string& bill, const tco::Actuals& actuals, const SourceMap& sources);
/// Every cell with its causes, which add up to its difference.
Table actual_cells_table(const tco::Actuals& actuals, const SourceMap& sources);
std::string actuals_json(const tco::Actuals& actuals, const SourceMap& sources);

}  // namespace tonnage::report
