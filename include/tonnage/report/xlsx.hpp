// Workbooks for spreadsheets. Numbers are numbers, dates are dates, texts are never formulas; the same run gives the same bytes.
#pragma once

#include <optional>
#include <string>

#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// A summary sheet, then a sheet for each table of the page, then `data`, the page's form for machines, if it has columns.
std::string to_xlsx(const Page& page, const Table& data);

/// A page of a run, then its stages as sheets. Where there is a ledger, it calculates: prices stand on the sheet `assumptions`,
/// each line multiplies its factors, and sums go up to the summary.
std::string run_xlsx(const pipeline::Run& run, const Page& page);

}  // namespace tonnage::report
