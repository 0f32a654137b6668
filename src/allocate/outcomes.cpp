#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "model.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::Terms;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

OutcomeCosts outcome_costs(const Demand& demand, const Model& model) {
  OutcomeCosts out;
  out.own.resize(demand.outcomes.size());
  std::vector<char> apart(model.program.cost.size(), 0);
  for (const int column : model.risk) apart[at(column)] = 1;
  for (const StateColumns& columns : model.states) {
    const int s = columns.state.outcome;
    const double probability = demand.outcomes[at(s)].probability;
    const auto add = [&](int column) {
      apart[at(column)] = 1;
      if (const double cost = model.program.cost[at(column)]; cost != 0 && probability > 0) out.own[at(s)].emplace_back(column, cost / probability);
    };
    for (const RouteColumn& c : columns.routes) add(c.column);
    for (const PlaceColumn& c : columns.places) add(c.column);
    for (const ShortColumn& c : columns.shorts) add(c.column);
    for (const RentColumn& c : columns.rents) add(c.column);
  }
  for (const UnspentColumn& c : model.unspent) {
    apart[at(c.column)] = 1;
    out.own[at(c.outcome)].emplace_back(c.column, model.program.cost[at(c.column)] / demand.outcomes[at(c.outcome)].probability);
  }
  for (const MoveColumn& c : model.moves) {
    apart[at(c.column)] = 1;
    if (const double probability = demand.outcomes[at(c.outcome)].probability; probability > 0) out.own[at(c.outcome)].emplace_back(c.column, model.program.cost[at(c.column)] / probability);
  }
  for (int j = 0; j < model.program.columns(); ++j)
    if (apart[at(j)] == 0 && model.program.cost[at(j)] != 0) out.common.emplace_back(j, model.program.cost[at(j)]);
  return out;
}

/// Conditional value at risk as in Rockafellar & Uryasev (2000): at least v, and the mean of what outcomes cost beyond v over
/// the tail. Counted in the largest cost of a column, which keeps the rows in scale, and without sunk cost, which decides nothing.
void add_risk(const Scenario& scenario, const Demand& demand, Model& model) {
  const auto& cvar = scenario.policies.cvar;
  if (!cvar || cvar->weight <= 0) return;
  double tail = 1;
  for (const Outcome& outcome : demand.outcomes)
    if (outcome.probability > 0) tail = std::min(tail, outcome.probability);
  tail = std::max(tail, 1 - cvar->level);  // a tail thinner than any outcome is the worst outcome
  const OutcomeCosts costs = outcome_costs(demand, model);
  double unit_usd = 0;
  for (const double cost : model.program.cost) unit_usd = std::max(unit_usd, std::fabs(cost));
  if (unit_usd <= 0) return;
  auto& lp = model.program;
  model.risk.push_back(lp.add_column("risk", cvar->weight * unit_usd, -infinity, infinity));
  for (int s = 0; s < static_cast<int>(demand.outcomes.size()); ++s) {
    const Outcome& outcome = demand.outcomes[at(s)];
    if (outcome.probability <= 0) continue;
    const int beyond = lp.add_column(fmt::format("beyond[{}]", outcome.name), cvar->weight * unit_usd * outcome.probability / tail, 0, infinity);
    model.risk.push_back(beyond);
    Terms terms{{model.risk.front(), 1}, {beyond, 1}};
    for (const Terms& part : {costs.common, costs.own[at(s)]})
      for (const auto& [column, cost] : part) terms.emplace_back(column, -cost / unit_usd);
    const int row = lp.add_row(fmt::format("worst[{}]", outcome.name), 0, infinity, terms);
    model.worst.push_back({row, beyond, cvar->weight * unit_usd * outcome.probability});
    model.tie_rows.push_back(row);
  }
}

}  // namespace tonnage::allocate
