// Requirements by provider, for people and machines.
#pragma once

#include "tonnage/pipeline/asks.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// A table for each provider.
Page asks_page(const pipeline::Run& run, const pipeline::Asks& asks);
/// The same with exact figures, as a workbook has them: a sheet for each provider.
Page asks_sheets(const pipeline::Run& run, const pipeline::Asks& asks);
/// A row for each ask of every provider.
Table asks_table(const pipeline::Run& run, const pipeline::Asks& asks);

}  // namespace tonnage::report
