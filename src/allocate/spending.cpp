#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "model.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::Terms;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// What is paid to one provider in one year, undiscounted; what falls short of the promise is paid too, in the year's last period.
class Spending {
 public:
  Spending(const Scenario& scenario, const Demand& demand, Model& model, const CommittedSpend& promise) : scenario_(scenario), demand_(demand), model_(model), promise_(promise) {
    for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t)
      if (static_cast<int>(std::chrono::year_month_day{scenario.periods[at(t)].start}.year()) == promise.year) last_ = t;
  }

  void add(int index) {
    if (last_ < 0) return;  // a year outside the horizon
    const double unit_usd = std::max(1.0, promise_.usd * 1e-5);
    for (int s = 0; s < static_cast<int>(demand_.outcomes.size()); ++s) {
      const Outcome& outcome = demand_.outcomes[at(s)];
      if (outcome.probability <= 0) continue;
      const std::string name = fmt::format("unspent[{},{},{}]", promise_.provider, promise_.year, outcome.name);
      const double cost = outcome.probability * discount_factor(scenario_, last_) * unit_usd;
      const int column = model_.program.add_column(name, cost, 0, infinity);
      model_.unspent.push_back({index, s, last_, column, unit_usd});
      Terms terms{{column, 1}};
      const double sunk = held(terms, unit_usd) + fixed();
      used(s, terms, unit_usd);
      model_.program.add_row(name, (promise_.usd - sunk) / unit_usd, infinity, terms);
    }
  }

 private:
  bool counts(int region, int t) const {
    return t <= last_ && scenario_.regions[at(region)].provider == promise_.provider && static_cast<int>(std::chrono::year_month_day{scenario_.periods[at(t)].start}.year()) == promise_.year;
  }

  /// Adds the terms of nodes that were ordered; what is paid for those already there.
  double held(Terms& terms, double unit_usd) const {
    double sunk = 0;
    for (int p = 0; p < static_cast<int>(scenario_.pools.size()); ++p)
      for (int t = 0; t < static_cast<int>(scenario_.periods.size()); ++t) {
        if (!counts(region_index(scenario_, scenario_.pools[at(p)].region), t)) continue;
        const double per_node = holding_cost_usd(scenario_, p, t) / discount_factor(scenario_, t);
        sunk += scenario_.pools[at(p)].in_service_nodes[at(t)] * per_node;
        if (const int column = model_.held[at(p)][at(t)]; column >= 0) terms.emplace_back(column, per_node / unit_usd);
      }
    return sunk;
  }

  /// Costs of one's own in the provider's regions. USD.
  double fixed() const {
    double sum = 0;
    for (int t = 0; t < static_cast<int>(scenario_.periods.size()); ++t)
      for (const LineItem& line : fixed_costs(scenario_, t))
        if (!line.region.empty() && counts(region_index(scenario_, line.region), t)) sum += evaluate(line);
    return sum;
  }

  void used(int s, Terms& terms, double unit_usd) const {
    for (const StateColumns& columns : model_.states) {
      const State& st = columns.state;
      if (st.outcome != s) continue;
      const double certain = 1 / (demand_.outcomes[at(s)].probability * discount_factor(scenario_, st.period) * unit_usd);
      const auto one = [&](int region, int column) {
        const double cost = model_.program.cost[at(column)];
        if (cost != 0 && counts(region, st.period)) terms.emplace_back(column, cost * certain);
      };
      for (const RouteColumn& c : columns.routes) one(c.region, c.column);
      for (const PlaceColumn& c : columns.places) one(c.region, c.column);
      for (const RentColumn& c : columns.rents) one(region_index(scenario_, scenario_.pools[at(c.pool)].region), c.column);
    }
  }

  const Scenario& scenario_;
  const Demand& demand_;
  Model& model_;
  const CommittedSpend& promise_;
  int last_ = -1;
};

}  // namespace

double run_off_usd(const Scenario& scenario, int p, int t) {
  double sum = 0;
  for (const HoldingCost& cost : run_off_costs(scenario, scenario.pools[at(p)], t)) sum += product(cost.factors);
  return sum * discount_factor(scenario, static_cast<int>(scenario.periods.size()) - 1);
}

double holding_cost_usd(const Scenario& scenario, int p, int t) {
  const Pool& pool = scenario.pools[at(p)];
  const Region& region = scenario.regions[at(region_index(scenario, pool.region))];
  const NodeType& node = scenario.nodes[at(node_index(scenario, pool.node))].type;
  const double idle = electricity_usd_per_wh(scenario, region, t) * region.pue * node.idle_power_w * period_hours(scenario, t);
  return discount_factor(scenario, t) * (holding_usd_per_node(scenario, pool, t) + idle);
}

double fixed_cost_usd(const Scenario& scenario) {
  double sum = 0;
  for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t)
    for (const LineItem& line : fixed_costs(scenario, t)) sum += discount_factor(scenario, t) * evaluate(line);
  return sum;
}

void add_committed_spend(const Scenario& scenario, const Demand& demand, Model& model) {
  const auto& promises = scenario.policies.committed_spend;
  for (int i = 0; i < static_cast<int>(promises.size()); ++i) Spending(scenario, demand, model, promises[at(i)]).add(i);
}

}  // namespace tonnage::allocate
