// Pages as one HTML file each: no network, no dependency, printable, light and dark. Numbers carry their exact value beside the
// rounded one (data-value), tables sort and download as CSV, charts are SVG with a table of the same figures.
#pragma once

#include <string>
#include <vector>

#include "tonnage/pipeline/uncertainty.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

std::string to_html(const Page& page);

/// A page of a run with charts. kind: "plan" (all of them), "allocation" (fleet and flows) or "ledger" (cost).
std::string run_html(const pipeline::Run& run, const Page& page, const std::string& kind);
/// Demand of a scenario: fans by workload.
std::string demand_html(const pipeline::Run& run, const Page& page);

/// A series for a fan: what was and what is forecast, by time.
struct FanSeries {
  std::string name;
  std::vector<std::string> past_times, times;
  std::vector<double> past;                ///< NaN: missing
  std::vector<double> middle;
  struct Band {
    double level = 0.8;
    std::vector<double> low, high;
  };
  std::vector<Band> bands;
};
/// Forecasts of series: a fan of each, up to 60 of them, before the page's own tables.
std::string series_html(const Page& page, const std::vector<FanSeries>& series);
std::string uncertainty_html(Money planned, const std::vector<tco::UncertainInput>& inputs, const std::vector<tco::TornadoBar>& tornado, const Page& page);

}  // namespace tonnage::report
