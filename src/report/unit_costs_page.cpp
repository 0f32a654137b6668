#include <fmt/format.h>

#include "tonnage/report/pages.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

namespace {

Cell per(Money cost, double count) { return count > 0 ? Cell(cost.approximate() / count) : Cell(); }

Cell full_percent(const tco::UnitCost& one) { return per(Money::from_double(100 * one.cost_at_full_use.approximate()), one.cost.approximate()); }

}  // namespace

Table unit_costs_table(const pipeline::Run& run, const std::vector<tco::UnitCost>& costs) {
  Table table{"unit_costs", "What a unit of work comes to",
              {{"workload", "workload"}, {"team", "team"}, {"unit", ""}, {"units", "served", Kind::number, 0, true}, {"input_tokens", "input tokens", Kind::number, 0, true}, {"output_tokens", "output tokens", Kind::number, 0, true},
               {"accelerator_hours", "acc.-hours", Kind::number, 0, true}, {"cost_usd", "cost", Kind::money, 2}, {"cost_at_full_use_usd", "at full use", Kind::money, 2}, {"usd_per_accelerator_hour", "an acc.-hour", Kind::number, 3},
               {"usd_per_unit", "a unit", Kind::number, 6}, {"usd_per_m_tokens", "M tokens", Kind::number, 4}, {"usd_per_m_output_tokens", "M output tokens", Kind::number, 4}, {"usd_per_m_tokens_at_full_use", "M tokens at full use", Kind::number, 4}},
              {}, true, ""};
  const Scenario& s = run.loaded.scenario;
  for (const tco::UnitCost& one : costs) {
    const Workload& w = s.workloads[static_cast<std::size_t>(one.workload)];
    const double tokens = one.input_tokens + one.output_tokens;
    table.rows.push_back({w.name, w.team, std::string(w.unit == "requests/s" ? "requests" : "accelerator-hours"), one.units, one.input_tokens, one.output_tokens, one.accelerator_hours, one.cost, one.cost_at_full_use,
                          per(one.cost, one.accelerator_hours), per(one.cost, one.units), per(one.cost, tokens * 1e-6), per(one.cost, one.output_tokens * 1e-6), per(one.cost_at_full_use, tokens * 1e-6)});
  }
  return table;
}

Page unit_costs_page(const pipeline::Run& run, const std::vector<tco::UnitCost>& costs) {
  Page page;
  page.title = run.loaded.scenario.name + " · what a unit of work comes to";
  page.as_of = run.loaded.scenario.as_of;
  Table table{"unit_costs", "",
              {{"workload", "workload"}, {"team", "team"}, {"accelerator_hours", "acc.-hours", Kind::number, 0, true}, {"cost_usd", "cost", Kind::money, 2}, {"full_percent", "full use, %", Kind::number, 0}, {"usd_per_accelerator_hour", "acc.-hour", Kind::number, 2},
               {"usd_per_1000", "1k requests", Kind::number, 3}, {"usd_per_m_tokens", "M tokens", Kind::number, 3}, {"usd_per_m_output_tokens", "M output", Kind::number, 3}},
              {}, true, ""};
  const Scenario& s = run.loaded.scenario;
  Money shared;
  for (const tco::UnitCost& one : costs) {
    const Workload& w = s.workloads[static_cast<std::size_t>(one.workload)];
    shared += one.cost;
    table.rows.push_back({w.name, w.team, one.accelerator_hours, one.cost, full_percent(one), per(one.cost, one.accelerator_hours),
                          w.unit == "requests/s" ? per(one.cost, one.units * 1e-3) : Cell(), per(one.cost, (one.input_tokens + one.output_tokens) * 1e-6), per(one.cost, one.output_tokens * 1e-6)});
  }
  table.note = run.ledger.currency + ", undiscounted, over the horizon; M tokens: input and output; M output: all cost on output tokens; at full use: what would be left of the cost if held nodes had work in all their hours";
  page.facts.push_back({"Paid", short_money(run.ledger.totals.paid), "undiscounted", "shared out by the accelerator-hours that work occupies"});
  if (const Money idle = run.ledger.totals.paid - shared; idle > Money()) page.facts.push_back({"Nobody's", short_money(idle), "", "paid where nothing works in the period"});
  page.tables.push_back(std::move(table));
  page.notes = {"what stands idle is borne by those who use the same node type in the same region and period", "what more of a workload would cost: tonnage plan --reasons full"};
  page.notes_title = "Read this with it";
  return page;
}

}  // namespace tonnage::report
