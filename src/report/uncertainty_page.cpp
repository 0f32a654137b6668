#include "tonnage/report/uncertainty_page.hpp"

#include <fmt/format.h>

#include "uncertainty_tables.hpp"

namespace tonnage::report {

Table quantiles_table(const pipeline::CostUncertainty& cost) {
  Table table{"quantiles", "", {}, {}, false, ""};
  add_spread_columns(table, cost.budget.has_value());
  std::vector<Cell> row;
  add_spread_cells(cost.sampled, cost.budget.has_value(), row);
  table.rows.push_back(std::move(row));
  return table;
}

Table sensitivities_table(const pipeline::Run& run, const pipeline::CostUncertainty& cost) {
  Table table = swings_table("cost in " + run.ledger.currency + ", the other inputs at their middle");
  const bool indices = !cost.sampled.first_order.empty();
  if (indices) {
    for (const auto& [name, title] : {std::pair{"first_order", "alone"}, {"total", "in all"}}) {
      table.columns.push_back({std::string(name) + "_index", title, Column::Kind::number, 3});
      table.columns.push_back({std::string(name) + "_half_width", "±", Column::Kind::number, 3});
    }
    table.note += "; alone, in all: share of the variance (Sobol' indices, first order and total), with 95 % intervals";
  }
  if (cost.budget) add_break_even_column(table);
  for (const tco::TornadoBar& bar : cost.tornado) {
    const std::size_t i = static_cast<std::size_t>(bar.input);
    std::vector<Cell>& row = table.rows.emplace_back(swing_cells(bar, cost.inputs));
    if (indices)
      for (const tco::Estimate& e : {cost.sampled.first_order[i], cost.sampled.total[i]}) row.emplace_back(e.value), row.emplace_back(e.half_width);
    if (cost.budget) row.push_back(break_even_cell(bar, cost.inputs));
  }
  return table;
}

std::string capacity_risk_note(const tco::CapacityRisk& risk) {
  const auto at = [&](double p) { return 100 * (risk.cost_ratios[static_cast<std::size_t>(p * static_cast<double>(risk.cost_ratios.size()))] - 1); };
  return fmt::format("replicas on {} carry {:.0f} % to {:.0f} % of what is planned in four cases of five ({}): cost {:+.1f} % to {:+.1f} %, what is lacking is rented, or had at the cost of planned nodes once they can be there",
                     risk.accelerator, 100 * risk.capacity_p10, 100 * risk.capacity_p90, risk.measured_class, at(0.9), at(0.1));
}

Page uncertainty_page(const pipeline::Run& run, const pipeline::CostUncertainty& cost) {
  Page page;
  page.title = run.loaded.scenario.name + " · how sure the cost is";
  page.as_of = run.loaded.scenario.as_of;
  const tco::Sampled& s = cost.sampled;
  const auto value = [](const tco::Estimate& e) { return short_money(Money::from_double(e.value)); };
  page.facts.push_back({"Planned", short_money(cost.planned), "present value, every number at its middle", "the plan is held fixed"});
  page.facts.push_back({"P50", value(s.p50), plus_minus(s.p50), ""});
  page.facts.push_back({"P10", value(s.p10), plus_minus(s.p10), ""});
  page.facts.push_back({"P90", value(s.p90), plus_minus(s.p90), ""});
  page.facts.push_back({"Mean", value(s.mean), plus_minus(s.mean), "standard deviation " + value(s.sd)});
  if (cost.budget)
    page.facts.push_back({"Above " + short_money(*cost.budget), fmt::format("{:.1f} %", 100 * s.exceeds_budget.value), fmt::format("± {:.1f}", 100 * s.exceeds_budget.half_width), "of the draws"});
  page.tables.push_back(sensitivities_table(run, cost));
  if (cost.sampled.first_order.empty() && !cost.inputs.empty())
    page.notes.push_back("no shares of variance: the inputs are correlated, or nothing varies");
  for (const tco::CapacityRisk& risk : cost.capacities) page.notes.push_back(capacity_risk_note(risk));
  for (const std::string& path : cost.left_out) page.notes.push_back("the spread of '" + path + "' needs a plan of its own for each draw: it stays at its middle; --adapt draws it");
  if (run.loaded.scenario.outcomes.size() > 1 || run.demand.outcomes.size() > 1) page.notes.push_back("the spread of demand is not in it: 'tonnage plan' shows cost by outcome, and --adapt draws both");
  page.notes.push_back(fmt::format("{} draws of {} input{}; ±: 95 % interval of the sampling, not of the future", cost.samples, cost.inputs.size(), cost.inputs.size() == 1 ? "" : "s"));
  page.notes_title = "Read this with it";
  return page;
}

}  // namespace tonnage::report
