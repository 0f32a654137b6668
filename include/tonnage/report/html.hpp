// Pages as one HTML file each: no network, no dependency, printable, light and dark. Numbers carry their exact value beside the
// rounded one (data-value), tables sort and download as CSV, charts are SVG with a table of the same figures.
#pragma once

#include <string>

#include "tonnage/pipeline/uncertainty.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

std::string to_html(const Page& page);

/// A page of a run with charts. kind: "plan" (all of them), "allocation" (fleet and flows) or "ledger" (cost).
std::string run_html(const pipeline::Run& run, const Page& page, const std::string& kind);
std::string uncertainty_html(const pipeline::CostUncertainty& cost, const Page& page);

}  // namespace tonnage::report
