#include "lines.hpp"

#include <algorithm>
#include <map>

#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::tco {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

LineItem line_of_pool(const Inputs& in, int p, int t, std::string category) {
  const Pool& pool = in.scenario.pools[at(p)];
  LineItem line;
  line.period = t;
  line.pool = pool.name;
  line.region = pool.region;
  line.provider = in.scenario.regions[at(region_index(in.scenario, pool.region))].provider;
  line.category = std::move(category);
  return line;
}

/// What is paid for holding `nodes` of a pool for a period.
LineItem holding(const Inputs& in, int p, int t, double nodes, const HoldingCost& cost) {
  LineItem line = line_of_pool(in, p, t, cost.category);
  line.factors.push_back({"", nodes, cost.category == "spares" ? "spare nodes" : "nodes", ""});
  line.factors.insert(line.factors.end(), cost.factors.begin(), cost.factors.end());
  line.quantity = nodes * cost.quantity;
  line.unit = cost.unit;
  line.expense_ratio = cost.expense_ratio;
  line.embodied_kg = nodes * cost.embodied_kg;
  return line;
}

void add(const Inputs& in, LineItem line, bool sunk, std::vector<LineItem>& lines) {
  line.sunk = sunk;
  if (evaluate(line) != 0 || line.embodied_kg > 0) lines.push_back(finish(in.scenario, std::move(line)));
}

}  // namespace

double state_hours(const Inputs& in, const State& state) {
  const double probability = in.demand.outcomes[at(state.outcome)].probability;
  if (state.lost_region >= 0) return probability * in.scenario.policies.survive->weight_hours_per_month * period_months(in.scenario);
  return probability * in.demand.blocks[at(state.block)].hours[at(state.period)];
}

LineItem finish(const Scenario& scenario, LineItem line) {
  const double amount = evaluate(line);
  line.discount = discount_factor(scenario, line.period);
  line.amount = Money::from_double(amount);
  line.expense = Money::from_double(amount * line.expense_ratio);
  line.present_value = Money::from_double(amount * line.discount);
  return line;
}

void holding_lines(const Inputs& in, std::vector<LineItem>& lines) {
  for (int p = 0; p < static_cast<int>(in.scenario.pools.size()); ++p) {
    const Pool& pool = in.scenario.pools[at(p)];
    const PoolPlan& held = in.plan.pools[at(p)];
    for (int t = 0; t < static_cast<int>(in.scenario.periods.size()); ++t) {
      for (const auto& [nodes, sunk] : {std::pair{held.kept(t), true}, std::pair{held.in_service[at(t)] - held.kept(t), false}})
        if (nodes > 0)
          for (const HoldingCost& cost : holding_costs(in.scenario, pool, t)) add(in, holding(in, p, t, nodes, cost), sunk, lines);
    }
  }
  for (int t = 0; t < static_cast<int>(in.scenario.periods.size()); ++t)
    for (LineItem& line : fixed_costs(in.scenario, t)) add(in, std::move(line), true, lines);
}

void run_off_lines(const Inputs& in, std::vector<LineItem>& lines) {
  for (const Order& order : in.plan.orders) {
    const int p = pool_index(in.scenario, order.pool);
    for (const HoldingCost& cost : run_off_costs(in.scenario, in.scenario.pools[at(p)], order.period)) {
      LineItem line = holding(in, p, static_cast<int>(in.scenario.periods.size()) - 1, order.nodes, cost);
      line.cash = false;
      add(in, std::move(line), false, lines);
    }
  }
}

void power_lines(const Inputs& in, std::vector<LineItem>& lines) {
  for (const Region& region : in.scenario.regions) {
    if (!region.power_offer) continue;
    const HoldingCost cost = power_cost(in.scenario, region);
    for (int t = 0; t < static_cast<int>(in.scenario.periods.size()); ++t) {
      double kw = 0;
      for (const PowerOrder& order : in.plan.power_orders)
        if (order.region == region.name && order.period <= t) kw += order.power_w / 1000;
      LineItem line;
      line.period = t, line.region = region.name, line.provider = region.provider, line.category = cost.category;
      line.factors = {{"bought", kw, "kW", ""}};
      line.factors.insert(line.factors.end(), cost.factors.begin(), cost.factors.end());
      line.quantity = kw * cost.quantity, line.unit = cost.unit, line.expense_ratio = cost.expense_ratio;
      add(in, std::move(line), false, lines);
    }
  }
}

void spare_lines(const Inputs& in, std::vector<LineItem>& lines) {
  for (int p = 0; p < static_cast<int>(in.scenario.pools.size()); ++p) {
    const Pool& pool = in.scenario.pools[at(p)];
    const PoolPlan& held = in.plan.pools[at(p)];
    for (int t = 0; t < static_cast<int>(in.scenario.periods.size()); ++t) {
      const double all = spare_nodes(in.scenario, pool, held.in_service[at(t)]);
      const double sunk = std::min(all, spare_nodes(in.scenario, pool, held.existing[at(t)]));
      if (sunk > 0) add(in, holding(in, p, t, sunk, spare_cost(in.scenario, pool)), true, lines);
      if (all > sunk) add(in, holding(in, p, t, all - sunk, spare_cost(in.scenario, pool)), false, lines);
    }
  }
}

std::vector<std::pair<int, double>> spares_bought(const Scenario& scenario, const Pool& pool, const PoolPlan& held) {
  std::vector<std::pair<int, double>> out;
  double most = 0;
  for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t) {
    const double beyond = spare_nodes(scenario, pool, held.in_service[at(t)]) - spare_nodes(scenario, pool, held.existing[at(t)]);
    if (beyond > most) out.emplace_back(t, beyond - most);
    most = std::max(most, beyond);
  }
  return out;
}

void rental_lines(const Inputs& in, std::vector<LineItem>& lines) {
  std::map<std::tuple<int, int, bool>, double> node_hours;  // period, pool, failover
  for (const Rental& rental : in.plan.rentals) {
    const State& state = in.plan.states[at(rental.state)];
    node_hours[{state.period, rental.pool, state.lost_region >= 0}] += rental.nodes * state_hours(in, state);
  }
  for (const auto& [key, hours] : node_hours) {
    const auto& [t, p, failover] = key;
    const Pool& pool = in.scenario.pools[at(p)];
    if (pool.offer == OfferKind::api) continue;  // paid by the token
    LineItem line = line_of_pool(in, p, t, failover ? "failover" : pool.offer == OfferKind::spot ? "spot" : "on-demand");
    line.quantity = hours;
    line.unit = "node-hours";
    line.embodied_kg = in.scenario.nodes[at(node_index(in.scenario, pool.node))].costs.embodied_kg / pool.life_months * hours * period_months(in.scenario) / period_hours(in.scenario, t);
    line.factors = {{"", hours, "node-hours", ""}, {"", rent_usd_per_hour(in.scenario, pool, t), "USD/h", pool.path + ".price"}};
    add(in, std::move(line), false, lines);
  }
}

namespace {

/// Million tokens that a hosted model reads and writes.
struct Tokens {
  double input = 0, output = 0;
};

std::map<std::tuple<int, int, bool>, Tokens> hosted_tokens(const Inputs& in) {
  std::map<std::tuple<int, int, bool>, Tokens> out;  // period, pool, failover
  for (const Placement& placement : in.plan.placements) {
    const Deployment& d = in.capacities.deployments[at(placement.deployment)];
    if (!is_hosted(d)) continue;
    const State& state = in.plan.states[at(placement.state)];
    const Shape& shape = in.scenario.workloads[at(placement.workload)].shape;
    const double m_requests = placement.load_per_s * 3600 * state_hours(in, state) * 1e-6;
    for (int p = 0; p < static_cast<int>(in.scenario.pools.size()); ++p) {
      if (in.scenario.pools[at(p)].node != d.node) continue;  // a node type of its own
      Tokens& tokens = out[{state.period, p, state.lost_region >= 0}];
      tokens.input += m_requests * shape.input_mean_tokens;
      tokens.output += m_requests * shape.output_mean_tokens;
    }
  }
  return out;
}

}  // namespace

void hosted_lines(const Inputs& in, std::vector<LineItem>& lines) {
  for (const auto& [key, tokens] : hosted_tokens(in)) {
    const auto& [t, p, failover] = key;
    const Pool& pool = in.scenario.pools[at(p)];
    const bool apart = pool.usd_per_m_input_tokens != pool.usd_per_m_output_tokens;
    const auto one = [&, t = t, p = p, failover = failover](const char* what, double m_tokens, double usd, const char* price) {
      LineItem line = line_of_pool(in, p, t, failover ? "failover" : "api");
      line.quantity = m_tokens;
      line.unit = "M tokens";
      line.factors = {{what, m_tokens, "M tokens", ""}, {"", usd, "USD/M tokens", pool.path + price}};
      add(in, std::move(line), false, lines);
    };
    if (!apart) one("", tokens.input + tokens.output, pool.usd_per_m_output_tokens, ".price");
    if (apart) one("read", tokens.input, pool.usd_per_m_input_tokens, ".input_price");
    if (apart) one("written", tokens.output, pool.usd_per_m_output_tokens, ".price");
  }
}

namespace {

/// Energy of a region in a period: idle power of every node there, and what placed load adds.
struct Energy {
  double idle_wh_existing = 0, idle_wh_ordered = 0, busy_wh = 0;
};

std::map<std::pair<int, int>, Energy> energy_by_region(const Inputs& in) {
  std::map<std::pair<int, int>, Energy> out;  // period, region
  const Scenario& s = in.scenario;
  for (int p = 0; p < static_cast<int>(s.pools.size()); ++p) {
    const int region = region_index(s, s.pools[at(p)].region);
    const NodeType& node = s.nodes[at(node_index(s, s.pools[at(p)].node))].type;
    const PoolPlan& held = in.plan.pools[at(p)];
    for (int t = 0; t < static_cast<int>(s.periods.size()); ++t) {
      Energy& e = out[{t, region}];
      const double wh = node.idle_power_w * period_hours(s, t);
      e.idle_wh_existing += held.kept(t) * wh;
      e.idle_wh_ordered += (held.in_service[at(t)] - held.kept(t)) * wh;
    }
  }
  for (const Rental& rental : in.plan.rentals) {
    const State& state = in.plan.states[at(rental.state)];
    if (state.lost_region >= 0) continue;
    const Pool& pool = s.pools[at(rental.pool)];
    const NodeType& node = s.nodes[at(node_index(s, pool.node))].type;
    out[{state.period, region_index(s, pool.region)}].idle_wh_ordered += rental.nodes * node.idle_power_w * state_hours(in, state);
  }
  for (const Placement& placement : in.plan.placements) {
    const State& state = in.plan.states[at(placement.state)];
    if (state.lost_region >= 0) continue;
    const Deployment& d = in.capacities.deployments[at(placement.deployment)];
    const NodeType& node = s.nodes[at(node_index(s, d.node))].type;
    out[{state.period, placement.region}].busy_wh += placement.load_per_s * busy_w_per_load(node, d) * state_hours(in, state);
  }
  return out;
}

}  // namespace

void energy_lines(const Inputs& in, std::vector<LineItem>& lines) {
  for (const auto& [key, energy] : energy_by_region(in)) {
    const int t = key.first;
    const int r = key.second;
    const Region& region = in.scenario.regions[at(r)];
    const double price = electricity_usd_per_wh(in.scenario, region, t);
    const auto one = [&](double wh, const char* what, bool sunk) {
      LineItem line;
      line.period = t;
      line.region = region.name;
      line.provider = region.provider;
      line.category = "energy";
      line.factors = {{what, wh / 1000, "kWh", ""}, {"PUE", region.pue, "", "regions." + region.name + ".pue"}, {"", price * 1000, "USD/kWh", "regions." + region.name + ".electricity"}};
      line.energy_kwh = wh / 1000 * region.pue;
      line.carbon_kg = line.energy_kwh * region.carbon_g_per_wh;  // g/Wh = kg/kWh
      line.carbon_market_kg = line.energy_kwh * region.carbon_market_g_per_wh;
      line.quantity = line.energy_kwh;
      line.unit = "kWh";
      line.sunk = sunk;
      if (wh > 0 && (price > 0 || region.carbon_g_per_wh > 0 || region.carbon_market_g_per_wh > 0)) lines.push_back(finish(in.scenario, std::move(line)));
    };
    one(energy.idle_wh_existing, "idle power of nodes already there", true);
    one(energy.idle_wh_ordered, "idle power of nodes added", false);
    one(energy.busy_wh, busy_power, false);
  }
}

namespace {

/// What it costs that replicas leave their place from one period to the next, expected over the outcomes.
void migration_lines(const Inputs& in, std::vector<LineItem>& lines) {
  std::map<std::pair<int, int>, double> replicas;  // period, workload
  for (const Move& move : in.plan.moves) replicas[{move.period, move.workload}] += in.demand.outcomes[at(move.outcome)].probability * move.replicas;
  for (const auto& [key, moved] : replicas) {
    const Workload& workload = in.scenario.workloads[at(key.second)];
    LineItem line;
    line.period = key.first;
    line.workload = workload.name;
    line.category = "migration";
    line.quantity = moved;
    line.unit = "replicas";
    line.factors = {{"moved", moved, "replicas", ""}, {"", workload.move_cost_usd, "USD", workload.path + ".move_cost"}};
    add(in, std::move(line), false, lines);
  }
}

}  // namespace

void request_lines(const Inputs& in, std::vector<LineItem>& lines) {
  migration_lines(in, lines);
  std::map<std::tuple<int, int, int, bool>, double> units;  // period, workload, region (-1 unmet), failover
  for (const Flow& flow : in.plan.flows) {
    const State& state = in.plan.states[at(flow.state)];
    const bool failover = state.lost_region >= 0;
    if (failover && flow.region >= 0) continue;
    const double per_hour = in.scenario.workloads[at(flow.workload)].unit == "requests/s" ? 3600 : 1;
    units[{state.period, flow.workload, flow.region, failover}] += flow.load_per_s * per_hour * state_hours(in, state);
  }
  for (const auto& [key, count] : units) {
    const auto& [t, w, r, failover] = key;
    const Workload& workload = in.scenario.workloads[at(w)];
    LineItem line;
    line.period = t;
    line.workload = workload.name;
    line.quantity = count;
    line.unit = workload.unit == "requests/s" ? "requests" : "accelerator-hours";
    if (r >= 0) {
      const Region& region = in.scenario.regions[at(r)];
      if (workload.unit != "requests/s" || region.egress_usd_per_request == 0) continue;
      line.region = region.name;
      line.provider = region.provider;
      line.category = "egress";
      line.factors = {{"", count, line.unit, ""}, {"", region.egress_usd_per_request, "USD/request", "regions." + region.name + ".egress"}};
    } else {
      line.category = "unmet";
      line.cash = false;
      line.factors = {{failover ? "not served in a failover" : "not served", count, line.unit, ""}, {"", workload.unmet_usd_per_unit.value_or(0), "USD per unit", "policies.unmet"}};
    }
    add(in, std::move(line), false, lines);
  }
}

void unspent_lines(const Inputs& in, std::vector<LineItem>& lines) {
  std::map<int, LineItem> by_promise;
  for (const Unspent& one : in.plan.unspent) {
    const CommittedSpend& promise = in.scenario.policies.committed_spend[at(one.promise)];
    LineItem& line = by_promise[one.promise];
    line.period = one.period;
    line.provider = promise.provider;
    line.category = "unspent";
    line.quantity += in.demand.outcomes[at(one.outcome)].probability * one.usd;
    line.unit = "USD";
    line.factors = {{"promised and not spent", line.quantity, "USD", "policies.committed_spend." + promise.provider + "." + std::to_string(promise.year)}};
  }
  for (const auto& [index, line] : by_promise) add(in, line, false, lines);
}

}  // namespace tonnage::tco
