#include "extract.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "tonnage/documents/economics.hpp"

namespace tonnage::allocate {

namespace {

constexpr double tiny_load = 1e-9;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

double value(const std::vector<double>& x, int column) { return column >= 0 ? x[at(column)] : 0; }

void extract_orders(const Scenario& scenario, const Model& model, const std::vector<double>& x, Plan& plan) {
  for (int p = 0; p < static_cast<int>(scenario.pools.size()); ++p)
    for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t) {
      const double nodes = std::round(value(x, model.order[at(p)][at(t)]));
      if (nodes <= 0) continue;
      Order order{scenario.pools[at(p)].name, t, nodes, order_by(scenario, scenario.pools[at(p)], t), 0};
      const int last = std::min(static_cast<int>(scenario.periods.size()), t + periods_in_service(scenario, scenario.pools[at(p)]));
      for (int k = t; k < last; ++k) order.present_value_usd += nodes * model.program.cost[at(model.held[at(p)][at(k)])];
      plan.orders.push_back(std::move(order));
    }
  std::stable_sort(plan.orders.begin(), plan.orders.end(), [](const Order& a, const Order& b) { return a.order_by < b.order_by; });
}

void extract_pools(const Scenario& scenario, const Model& model, const std::vector<double>& x, Plan& plan) {
  const std::size_t periods = scenario.periods.size();
  for (int p = 0; p < static_cast<int>(scenario.pools.size()); ++p) {
    PoolPlan pool{scenario.pools[at(p)].name, scenario.pools[at(p)].in_service_nodes, scenario.pools[at(p)].in_service_nodes, std::vector<double>(periods, 0), std::vector<double>(periods, 0)};
    for (std::size_t t = 0; t < periods; ++t) pool.in_service[t] += std::round(value(x, model.held[at(p)][t]));
    plan.pools.push_back(std::move(pool));
  }
}

void extract_state(const Scenario& scenario, const Demand& demand, const StateColumns& columns, const std::vector<double>& x, int index, Plan& plan) {
  const State& st = columns.state;
  for (const RouteColumn& c : columns.routes)
    if (value(x, c.column) > tiny_load) plan.flows.push_back({index, c.workload, demand.series[at(c.series)].origin, c.region, value(x, c.column)});
  for (const ShortColumn& c : columns.shorts)
    if (value(x, c.column) > tiny_load) plan.flows.push_back({index, c.workload, demand.series[at(c.series)].origin, -1, value(x, c.column)});
  for (const PlaceColumn& c : columns.places)
    if (value(x, c.column) > tiny_load) plan.placements.push_back({index, c.workload, c.region, c.deployment, value(x, c.column), value(x, c.column) * c.nodes_per_load});
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

/// Cost by outcome: what is common to all, and the outcome's own states at their full weight.
void outcome_costs(const Demand& demand, const Model& model, const std::vector<double>& x, Plan& plan) {
  double common = model.program.offset;
  std::vector<char> own(x.size(), 0);
  std::vector<double> costs(demand.outcomes.size(), 0);
  for (const StateColumns& columns : model.states) {
    const int s = columns.state.outcome;
    const auto add = [&](int column) {
      own[at(column)] = 1;
      const double probability = demand.outcomes[at(s)].probability;
      if (probability > 0) costs[at(s)] += x[at(column)] * model.program.cost[at(column)] / probability;
    };
    for (const RouteColumn& c : columns.routes) add(c.column);
    for (const PlaceColumn& c : columns.places) add(c.column);
    for (const ShortColumn& c : columns.shorts) add(c.column);
    for (const RentColumn& c : columns.rents) add(c.column);
  }
  for (std::size_t j = 0; j < x.size(); ++j)
    if (own[j] == 0) common += x[j] * model.program.cost[j];
  for (double& cost : costs) cost += common;
  plan.outcome_cost_usd = std::move(costs);
}

}  // namespace

void extract(const Scenario& scenario, const Demand& demand, const Model& model, const std::vector<double>& x, Plan& plan) {
  extract_orders(scenario, model, x, plan);
  extract_pools(scenario, model, x, plan);
  for (const StateColumns& columns : model.states) {
    extract_state(scenario, demand, columns, x, static_cast<int>(plan.states.size()), plan);
    plan.states.push_back(columns.state);
  }
  outcome_costs(demand, model, x, plan);
}

std::vector<BindingLimit> binding_limits(const Model& model, const std::vector<double>& row_dual) {
  std::map<std::tuple<std::string, std::string, int>, BindingLimit> sums;
  for (const LimitRow& row : model.limits) {
    const double worth = -row_dual[at(row.row)] / row.per;
    BindingLimit& sum = sums[{row.kind, row.name, row.period}];
    sum.kind = row.kind;
    sum.name = row.name;
    sum.period = row.period;
    sum.unit = row.unit;
    sum.limit = row.limit;
    sum.worth_usd += worth;
  }
  std::vector<BindingLimit> out;
  for (auto& [key, limit] : sums)
    if (limit.worth_usd > 0.5) out.push_back(std::move(limit));
  std::stable_sort(out.begin(), out.end(), [](const BindingLimit& a, const BindingLimit& b) { return a.worth_usd > b.worth_usd; });
  return out;
}

}  // namespace tonnage::allocate
