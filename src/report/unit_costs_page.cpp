#include <algorithm>

#include <fmt/format.h>

#include "tonnage/report/pages.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

namespace {

Cell per(Money cost, double count) { return count > 0 ? Cell(cost.approximate() / count) : Cell(); }

/// Of a million input tokens, or output tokens, by the accelerator-hours that prompts, or answers, take.
Cell per_m_input(const tco::UnitCost& one) { return one.prompt_share ? per(Money::from_double(one.cost.approximate() * *one.prompt_share), one.input_tokens * 1e-6) : Cell(); }
Cell per_m_output(const tco::UnitCost& one) { return one.prompt_share ? per(Money::from_double(one.cost.approximate() * (1 - *one.prompt_share)), one.output_tokens * 1e-6) : Cell(); }

const MarginalCost* marginal_of(const pipeline::Run& run, int workload) {
  if (!run.plan.reasons) return nullptr;
  for (const MarginalCost& one : run.plan.reasons->marginal_costs)
    if (one.workload == workload) return &one;
  return nullptr;
}

Cell full_percent(const tco::UnitCost& one) { return per(Money::from_double(100 * one.cost_at_full_use.approximate()), one.cost.approximate()); }

}  // namespace

Table unit_costs_table(const pipeline::Run& run, const std::vector<tco::UnitCost>& costs) {
  Table table{"unit_costs", "What a unit of work comes to",
              {{"workload", "workload"}, {"team", "team"}, {"unit", ""}, {"units", "served", Kind::number, 0, true}, {"input_tokens", "input tokens", Kind::number, 0, true}, {"output_tokens", "output tokens", Kind::number, 0, true},
               {"accelerator_hours", "acc.-hours", Kind::number, 0, true}, {"cost_usd", "cost", Kind::money, 2}, {"cost_at_full_use_usd", "at full use", Kind::money, 2}, {"usd_per_accelerator_hour", "an acc.-hour", Kind::number, 3},
               {"usd_per_unit", "a unit", Kind::number, 6}, {"usd_per_m_tokens", "M tokens", Kind::number, 4}, {"usd_per_m_output_tokens", "M output tokens", Kind::number, 4}, {"usd_per_m_tokens_at_full_use", "M tokens at full use", Kind::number, 4},
               {"prompt_usd_per_m_input_tokens", "M input", Kind::number, 4}, {"answer_usd_per_m_output_tokens", "M output", Kind::number, 4}, {"marginal_usd_per_unit", "one more", Kind::number, 6}, {"marginal_usd_per_m_tokens", "M tokens more", Kind::number, 4}},
              {}, true, ""};
  const Scenario& s = run.loaded.scenario;
  for (const tco::UnitCost& one : costs) {
    const Workload& w = s.workloads[static_cast<std::size_t>(one.workload)];
    const double tokens = one.input_tokens + one.output_tokens;
    const MarginalCost* marginal = marginal_of(run, one.workload);
    table.rows.push_back({w.name, w.team, std::string(w.unit == "requests/s" ? "requests" : "accelerator-hours"), one.units, one.input_tokens, one.output_tokens, one.accelerator_hours, one.cost, one.cost_at_full_use,
                          per(one.cost, one.accelerator_hours), per(one.cost, one.units), per(one.cost, tokens * 1e-6), per(one.cost, one.output_tokens * 1e-6), per(one.cost_at_full_use, tokens * 1e-6),
                          per_m_input(one), per_m_output(one), marginal != nullptr ? Cell(marginal->usd_per_unit) : Cell(), marginal != nullptr && marginal->usd_per_m_tokens ? Cell(*marginal->usd_per_m_tokens) : Cell()});
  }
  return table;
}

Page unit_costs_page(const pipeline::Run& run, const std::vector<tco::UnitCost>& costs) {
  Page page;
  page.title = run.loaded.scenario.name + " · what a unit of work comes to";
  page.as_of = run.loaded.scenario.as_of;
  const Scenario& s = run.loaded.scenario;
  const bool teams = std::any_of(s.workloads.begin(), s.workloads.end(), [](const Workload& w) { return !w.team.empty(); });
  Table table{"unit_costs", "",
              {{"workload", "workload"}, {"accelerator_hours", "acc.-hours", Kind::number, 0, true}, {"cost_usd", "cost", Kind::money, 2}, {"full_percent", "full, %", Kind::number, 0}, {"usd_per_accelerator_hour", "acc.-hour", Kind::number, 2},
               {"usd_per_1000", "1k req.", Kind::number, 3}, {"usd_per_m_tokens", "M tok.", Kind::number, 3}, {"prompt_usd_per_m_input_tokens", "M in", Kind::number, 3}, {"answer_usd_per_m_output_tokens", "M out", Kind::number, 3}, {"marginal_usd_per_1000", "1k more", Kind::number, 3}},
              {}, true, ""};
  if (teams) table.columns.insert(table.columns.begin() + 1, {"team", "team"});
  Money shared;
  for (const tco::UnitCost& one : costs) {
    const Workload& w = s.workloads[static_cast<std::size_t>(one.workload)];
    const MarginalCost* marginal = marginal_of(run, one.workload);
    shared += one.cost;
    table.rows.push_back({w.name, one.accelerator_hours, one.cost, full_percent(one), per(one.cost, one.accelerator_hours),
                          w.unit == "requests/s" ? per(one.cost, one.units * 1e-3) : Cell(), per(one.cost, (one.input_tokens + one.output_tokens) * 1e-6), per_m_input(one), per_m_output(one),
                          marginal != nullptr && w.unit == "requests/s" ? Cell(1000 * marginal->usd_per_unit) : Cell()});
    if (teams) table.rows.back().insert(table.rows.back().begin() + 1, w.team);
  }
  table.note = run.ledger.currency + ", undiscounted, over the horizon; M tok.: input and output alike; M in and M out: by the accelerator-hours on prompts and on answers; 1k more: 1 % more load, present value, fractions of nodes allowed; full: what would be left of the cost if held nodes had work in all their hours";
  page.facts.push_back({"Paid", short_money(run.ledger.totals.paid), "undiscounted", "shared out by the accelerator-hours that work occupies"});
  if (const Money idle = run.ledger.totals.paid - shared; idle > Money()) page.facts.push_back({"Nobody's", short_money(idle), "", "paid where nothing works in the period"});
  page.tables.push_back(std::move(table));
  page.notes = {"what stands idle is borne by those who use the same node type in the same region and period"};
  page.notes_title = "Read this with it";
  return page;
}

}  // namespace tonnage::report
