// Charts of a run, each with its figures.
#pragma once

#include <vector>

#include "html_parts.hpp"
#include "tonnage/pipeline/uncertainty.hpp"

namespace tonnage::report {

/// Demand of each workload: P10, P50, P90 by period.
std::vector<Figure> demand_figures(const pipeline::Run& run);
/// Usable nodes of each region by pool against what load occupies at its peak.
std::vector<Figure> fleet_figures(const pipeline::Run& run);
/// By period and category, and how they add up.
std::vector<Figure> cost_figures(const pipeline::Run& run);
/// What is held, and until when what must be ordered.
Figure orders_figure(const pipeline::Run& run);
/// `idle`: the table of the page.
Figure idle_figure(const Table& idle);
/// Share of each workload's load by origin and region.
Figure flows_figure(const pipeline::Run& run);
/// `table`: the table of the page.
Figure tornado_figure(Money planned, const std::vector<tco::UncertainInput>& inputs, const std::vector<tco::TornadoBar>& tornado, const Table& table);

}  // namespace tonnage::report
