#include "extract.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/documents/economics.hpp"

namespace tonnage::allocate {

namespace {

/// Whole within what solvers allow; fractions where the program has them.
double whole_or_fraction(double nodes) { return std::fabs(nodes - std::round(nodes)) < 1e-4 ? std::round(nodes) : nodes; }

constexpr double tiny_load = 1e-9;
constexpr double tiny_usd = 1e-9;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

double value(const std::vector<double>& x, int column) { return column >= 0 ? x[at(column)] : 0; }

void extract_orders(const Scenario& scenario, const Model& model, const std::vector<double>& x, Plan& plan) {
  for (int p = 0; p < static_cast<int>(scenario.pools.size()); ++p)
    for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t) {
      const double nodes = whole_or_fraction(value(x, model.order[at(p)][at(t)]));
      if (nodes <= 0) continue;
      Order order{scenario.pools[at(p)].name, t, nodes, order_by(scenario, scenario.pools[at(p)], t), 0};
      const int last = std::min(static_cast<int>(scenario.periods.size()), t + periods_in_service(scenario, scenario.pools[at(p)]));
      for (int k = t; k < last; ++k) order.present_value_usd += nodes * model.program.cost[at(model.held[at(p)][at(k)])];
      plan.orders.push_back(std::move(order));
    }
  std::stable_sort(plan.orders.begin(), plan.orders.end(), [](const Order& a, const Order& b) { return a.order_by < b.order_by; });
}

void extract_power(const Scenario& scenario, const Model& model, const std::vector<double>& x, Plan& plan) {
  constexpr double least_mw = 1e-9;
  const int periods = static_cast<int>(scenario.periods.size());
  for (std::size_t r = 0; r < scenario.regions.size(); ++r) {
    double so_far = 0;
    for (int t = 0; t < periods; ++t) {
      const double now = value(x, model.bought_power[r][at(t)]);
      if (now - so_far <= least_mw) continue;
      PowerOrder order{scenario.regions[r].name, t, (now - so_far) * 1e6, order_by(scenario, *scenario.regions[r].power_offer, t), 0};
      for (int k = t; k < periods; ++k) order.present_value_usd += (now - so_far) * model.program.cost[at(model.bought_power[r][at(k)])];
      plan.power_orders.push_back(std::move(order));
      so_far = now;
    }
  }
  std::stable_sort(plan.power_orders.begin(), plan.power_orders.end(), [](const PowerOrder& a, const PowerOrder& b) { return a.order_by < b.order_by; });
}

void extract_pools(const Scenario& scenario, const Model& model, const std::vector<double>& x, Plan& plan) {
  const std::size_t periods = scenario.periods.size();
  for (int p = 0; p < static_cast<int>(scenario.pools.size()); ++p) {
    PoolPlan pool{scenario.pools[at(p)].name, scenario.pools[at(p)].in_service_nodes, scenario.pools[at(p)].in_service_nodes, std::vector<double>(periods, 0), std::vector<double>(periods, 0)};
    for (std::size_t t = 0; t < periods; ++t) pool.in_service[t] += whole_or_fraction(value(x, model.held[at(p)][t]));
    plan.pools.push_back(std::move(pool));
  }
}

void extract_conversions(const Model& model, const std::vector<double>& x, Plan& plan) {
  for (const ConversionColumn& c : model.conversions)
    if (const double nodes = whole_or_fraction(value(x, c.given)); nodes > 0) plan.conversions.push_back({c.from, c.to, c.period, nodes, whole_or_fraction(value(x, c.gained))});
  std::stable_sort(plan.conversions.begin(), plan.conversions.end(), [](const Conversion& a, const Conversion& b) { return a.period < b.period; });
}

void extract_state(const Scenario& scenario, const Demand& demand, const Model& model, const StateColumns& columns, const std::vector<double>& x, int index, Plan& plan) {
  const State& st = columns.state;
  for (const OriginFlow& flow : flows_of(scenario, demand, model, columns, x))
    if (flow.load > tiny_load) plan.flows.push_back({index, flow.workload, demand.series[at(flow.series)].origin, flow.region, flow.load});
  for (const PlaceColumn& c : columns.places)
    if (value(x, c.column) > tiny_load) plan.placements.push_back({index, c.workload, c.region, c.deployment, value(x, c.column), value(x, c.column) * c.nodes_per_load});
  for (const StandbyColumn& c : columns.standbys)
    if (value(x, c.column) > tiny_load) plan.standbys.push_back({index, c.workload, c.region, c.deployment, value(x, c.column), value(x, c.column) * c.nodes_per_replica});
  for (const RentColumn& c : columns.rents) {
    const double nodes = value(x, c.column);
    if (nodes <= tiny_load) continue;
    plan.rentals.push_back({index, c.pool, nodes});
    PoolPlan& pool = plan.pools[at(c.pool)];
    const double probability = demand.outcomes[at(st.outcome)].probability;
    const double hours = st.lost_region < 0 ? demand.blocks[at(st.block)].hours[at(st.period)] : scenario.policies.survive->weight_hours_per_month * period_months(scenario);
    pool.rented_hours[at(st.period)] += probability * hours * nodes;
    if (st.lost_region < 0) pool.rented_peak[at(st.period)] = std::max(pool.rented_peak[at(st.period)], nodes);
  }
}

}  // namespace

void extract(const Scenario& scenario, const Demand& demand, const Model& model, const std::vector<double>& x, Plan& plan) {
  extract_power(scenario, model, x, plan);
  extract_orders(scenario, model, x, plan);
  extract_pools(scenario, model, x, plan);
  extract_conversions(model, x, plan);
  for (const StateColumns& columns : model.states) {
    extract_state(scenario, demand, model, columns, x, static_cast<int>(plan.states.size()), plan);
    plan.states.push_back(columns.state);
  }
  for (const UnspentColumn& c : model.unspent)
    if (x[at(c.column)] * c.unit_usd > tiny_usd) plan.unspent.push_back({c.promise, c.outcome, c.period, x[at(c.column)] * c.unit_usd});
  for (const MoveColumn& c : model.moves)
    if (const double load = x[at(c.column)]; load > tiny_load) plan.moves.push_back({c.period, c.outcome, c.workload, c.region, c.node, load, load / c.replica_load, load / c.replica_load * c.accelerators});
  const OutcomeCosts costs = outcome_costs(demand, model);
  const double common = model.program.offset + optimize::value(costs.common, x);
  for (const optimize::Terms& own : costs.own) plan.outcome_cost_usd.push_back(common + optimize::value(own, x));
  for (const int column : model.risk) plan.proof.risk_usd += model.program.cost[at(column)] * x[at(column)];
}

}  // namespace tonnage::allocate
