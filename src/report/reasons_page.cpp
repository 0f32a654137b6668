#include <cmath>
#include <map>

#include <fmt/format.h>

#include "reasons_page.hpp"
#include "tonnage/core/numbers.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Replicas that move by period and workload, expected over the outcomes.
Table moves_table(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  Table table{"moves", "What moves", {{"period", ""}, {"workload", ""}, {"replicas", "replicas", Kind::number, 1}, {"accelerators", "accelerators", Kind::number, 1}}, {}, false, ""};
  std::map<std::pair<int, int>, std::pair<double, double>> sums;
  for (const Move& m : run.plan.moves) {
    const double probability = run.demand.outcomes[at(m.outcome)].probability;
    sums[{m.period, m.workload}].first += probability * m.replicas;
    sums[{m.period, m.workload}].second += probability * m.accelerators;
  }
  for (const auto& [key, sum] : sums)
    if (sum.second >= 0.05) table.rows.push_back({s.periods[at(key.first)].name, s.workloads[at(key.second)].name, sum.first, sum.second});
  table.note = run.plan.present ? "mean replicas that leave their place though their load stays; the first period against " + run.plan.present->period + " of the present plan" : "mean replicas that leave their place though their load stays";
  return table;
}

/// Commitments that pay for nodes of another pool than they were signed for.
Table conversions_table(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  Table table{"conversions", "What commitments are exchanged for", {{"period", ""}, {"from", "commitment"}, {"nodes", "nodes", Kind::number, 0}, {"to", "exchanged for"}, {"gained_nodes", "nodes", Kind::number, 0}}, {}, false, "for the fewest nodes that cost as much or more; what they cost more is paid"};
  for (const Conversion& c : run.plan.conversions) table.rows.push_back({s.periods[at(c.period)].name, s.pools[at(c.from)].name, c.nodes, s.pools[at(c.to)].name, c.gained});
  return table;
}

Cell usd_per_unit_less(const Alternative& a, const Plan& plan) {
  const auto usd = a.usd_per_unit_less(plan.proof.objective_usd);
  return usd ? Cell(std::max(0.0, *usd)) : Cell();
}

Table alternatives_table(const pipeline::Run& run) {
  Table table{"alternatives", "Nearly as cheap", {{"thing", "least use of"}, {"use", "in the plan", Kind::number, 1}, {"least_use", "least", Kind::number, 1}, {"unit", ""}, {"extra_cost_usd", "costs more", Kind::money, 2}, {"usd_per_unit_less", "per unit less", Kind::number, 2}}, {}, false, ""};
  double within = 0;
  for (const Alternative& a : run.plan.alternatives) {
    table.rows.push_back({a.name.empty() ? a.kind : a.kind + " " + a.name, a.use, a.least_use, a.unit, Money::from_double(std::max(0.0, a.cost_usd - run.plan.proof.objective_usd)), usd_per_unit_less(a, run.plan)});
    within = a.within;
  }
  table.note = fmt::format("within {} % of the plan's cost; nodes and power on average over the horizon, carbon of the electricity by location", significant(100 * within, 3));
  return table;
}

Table values_table(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  const Reasons& r = *run.plan.reasons;
  Table table{"reasons", "What it is worth", {{"what", ""}, {"usd", "present value", Kind::money, 2}, {"each", ""}}, {}, false, ""};
  const auto row = [&](const std::string& what, double usd, const std::string& each) {
    if (std::fabs(usd) >= 0.005) table.rows.push_back({what, Money::from_double(usd), each});
  };
  for (const MarginalCost& m : r.marginal_costs) {
    const Workload& w = s.workloads[at(m.workload)];
    const std::string unit = w.unit == "requests/s" ? " USD per 1000 requests" : " USD per 1000 accelerator-hours";
    row("1 % more of " + w.name, m.usd, m.usd_per_m_tokens ? significant(*m.usd_per_m_tokens, 3) + " USD per M tokens" : significant(1000 * m.usd_per_unit, 3) + unit);
  }
  for (const LeadTimeValue& x : r.lead_times) row("a month less lead time of " + x.pool, x.usd, "");
  for (const Regret& x : r.regrets) row("regret if the outcome is " + run.demand.outcomes[at(x.outcome)].name, x.usd, "");
  row("to know the outcome now", r.perfect_information_usd, "");
  row("to know it when the second period begins", r.deciding_later_usd, "");
  for (const EntryPrice& x : r.entry_prices)
    table.rows.push_back({x.pool + " would be used", Cell(), fmt::format("below {} {}, now {}", significant(x.enters_below, 4), x.unit, significant(x.price, 4))});
  table.note = "each from solves of its own, fractions of nodes allowed";
  return table;
}

}  // namespace

std::vector<Table> reasons_tables(const pipeline::Run& run) {
  std::vector<Table> out;
  if (!run.plan.conversions.empty()) out.push_back(conversions_table(run));
  if (Table moves = moves_table(run); !moves.rows.empty()) out.push_back(std::move(moves));
  if (!run.plan.alternatives.empty()) out.push_back(alternatives_table(run));
  if (run.plan.reasons) out.push_back(values_table(run));
  return out;
}

}  // namespace tonnage::report
