#include "tonnage/tco/commitments.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "lines.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::tco {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

class Markets {
 public:
  explicit Markets(const Inputs& in) : in_(in), s_(in.scenario), periods_(static_cast<int>(in.scenario.periods.size())) {}

  std::vector<CommitmentMarket> all() const {
    std::vector<CommitmentMarket> out;
    for (int r = 0; r < static_cast<int>(s_.regions.size()); ++r)
      for (int n = 0; n < static_cast<int>(s_.nodes.size()); ++n)
        if (auto one = market(r, n)) out.push_back(std::move(*one));
    return out;
  }

 private:
  bool here(const Pool& pool, int r, int n) const { return pool.region == s_.regions[at(r)].name && pool.node == s_.nodes[at(n)].type.name; }

  /// Present value of a node's idle energy for an hour of period t. USD.
  double idle_usd(int r, int n, int t) const { return s_.nodes[at(n)].type.idle_power_w * s_.regions[at(r)].pue * electricity_usd_per_wh(s_, s_.regions[at(r)], t); }

  std::optional<CommitmentMarket> market(int r, int n) const {
    CommitmentMarket out;
    out.region = s_.regions[at(r)].name;
    out.node = s_.nodes[at(n)].type.name;
    const Pool* rented = nullptr;
    for (const Pool& pool : s_.pools)
      if (here(pool, r, n) && pool.offer == OfferKind::on_demand && (rented == nullptr || rent_usd_per_hour(s_, pool, 0) < rent_usd_per_hour(s_, *rented, 0))) rented = &pool;
    if (rented == nullptr) return std::nullopt;
    out.on_demand = rented->name;
    out.usable_rented = usable_share(s_, *rented);
    out.held.assign(at(periods_), 0);
    out.held_usd.assign(at(periods_), 0);
    for (int t = 0; t < periods_; ++t) {
      out.hours.push_back(period_hours(s_, t));
      out.rented_usd.push_back((rent_usd_per_hour(s_, *rented, t) + idle_usd(r, n, t)) * discount_factor(s_, t));
    }
    for (const Outcome& one : in_.demand.outcomes) out.probabilities.push_back(one.probability);
    for (int p = 0; p < static_cast<int>(s_.pools.size()); ++p)
      if (here(s_.pools[at(p)], r, n) && s_.pools[at(p)].offer == OfferKind::reserved) offer(p, r, n, out);
    if (out.offers.empty()) return std::nullopt;
    load(r, n, out);
    return out;
  }

  void offer(int p, int r, int n, CommitmentMarket& out) const {
    const Pool& pool = s_.pools[at(p)];
    out.usable_committed = usable_share(s_, pool);
    CommitmentOffer one;
    one.pool = pool.name;
    one.stay = periods_in_service(s_, pool);
    one.supply = pool.supply_nodes;
    double held = 0, committed = 0, rented = 0;
    for (int t = 0; t < periods_; ++t) {
      one.usd.push_back((holding_usd_per_node(s_, pool, t) + idle_usd(r, n, t) * out.hours[at(t)]) * discount_factor(s_, t));
      one.can_start.push_back(order_by(s_, pool, t) >= s_.as_of);
      const double nodes = in_.plan.pools[at(p)].existing[at(t)];
      out.held[at(t)] += nodes;
      out.held_usd[at(t)] += nodes * one.usd.back();
      held = std::max(held, nodes);
      committed += one.usd.back();
      rented += out.rented_usd[at(t)] * out.hours[at(t)] * out.usable_committed / out.usable_rented;
    }
    if (pool.limit_nodes) one.limit = std::max(0.0, *pool.limit_nodes - held);
    one.break_even = committed / rented;
    out.offers.push_back(std::move(one));
  }

  /// Nodes that the plan occupies in each state, less usable ones that are neither committed nor on demand.
  void load(int r, int n, CommitmentMarket& out) const {
    std::vector<double> nodes(in_.plan.states.size(), 0);
    for (const Placement& x : in_.plan.placements)
      if (x.region == r && in_.capacities.deployments[at(x.deployment)].node == out.node) nodes[at(x.state)] += x.nodes;
    for (const Standby& x : in_.plan.standbys)
      if (x.region == r && in_.capacities.deployments[at(x.deployment)].node == out.node) nodes[at(x.state)] += x.nodes;
    for (const Rental& x : in_.plan.rentals)
      if (here(s_.pools[at(x.pool)], r, n) && s_.pools[at(x.pool)].offer == OfferKind::spot) nodes[at(x.state)] -= x.nodes * usable_share(s_, s_.pools[at(x.pool)]);
    std::vector<double> other(at(periods_), 0);
    for (int p = 0; p < static_cast<int>(s_.pools.size()); ++p) {
      const Pool& pool = s_.pools[at(p)];
      if (!here(pool, r, n) || pool.offer == OfferKind::reserved || hourly(pool.offer)) continue;
      for (int t = 0; t < periods_; ++t) other[at(t)] += in_.plan.pools[at(p)].in_service[at(t)] * usable_share(s_, pool);
    }
    for (std::size_t i = 0; i < in_.plan.states.size(); ++i) {
      const State& state = in_.plan.states[i];
      const double needed = nodes[i] - other[at(state.period)];
      if (state.lost_region < 0) out.load.push_back({state.period, state.outcome, in_.demand.blocks[at(state.block)].hours[at(state.period)], needed > 1e-9 ? needed : 0});
    }
  }

  const Inputs& in_;
  const Scenario& s_;
  int periods_;
};

/// Committed nodes by period, those held before included.
std::vector<double> nodes_by_period(const CommitmentMarket& market, const std::vector<CommitmentOrder>& orders) {
  std::vector<double> out = market.held;
  const int periods = static_cast<int>(out.size());
  for (const CommitmentOrder& order : orders)
    for (int t = order.period; t < std::min(periods, order.period + market.offers[at(order.offer)].stay); ++t) out[at(t)] += order.nodes;
  return out;
}

double order_usd(const CommitmentMarket& market, int offer, int period) {
  const CommitmentOffer& one = market.offers[at(offer)];
  const int end = std::min(static_cast<int>(market.hours.size()), period + one.stay);
  return std::accumulate(one.usd.begin() + period, one.usd.begin() + end, 0.0);
}

/// Mean of the worst `mass` of probability.
double tail_mean(const std::vector<double>& costs, const std::vector<double>& probabilities, double mass) {
  std::vector<std::size_t> order(costs.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
  double left = mass, sum = 0;
  for (const std::size_t i : order) {
    const double part = std::min(left, probabilities[i]);
    sum += part * costs[i];
    left -= part;
  }
  return sum / (mass - left);
}

}  // namespace

std::vector<CommitmentMarket> commitment_markets(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan) {
  const Inputs in{scenario, demand, capacities, plan};
  return Markets(in).all();
}

CommitmentResult evaluate_commitments(const CommitmentMarket& market, std::string name, std::vector<CommitmentOrder> orders, double level) {
  CommitmentResult out;
  out.name = std::move(name);
  double fixed = std::accumulate(market.held_usd.begin(), market.held_usd.end(), 0.0);
  for (const CommitmentOrder& order : orders) fixed += order.nodes * order_usd(market, order.offer, order.period);
  out.outcome_usd.assign(market.probabilities.size(), fixed);
  const std::vector<double> nodes = nodes_by_period(market, orders);
  for (const LoadState& state : market.load) {
    const double usable = nodes[at(state.period)] * market.usable_committed;
    const double hours = state.hours * market.probabilities[at(state.outcome)];
    const double used = std::min(usable, state.nodes);
    const double usd_per_hour = market.rented_usd[at(state.period)] / market.usable_rented;
    out.outcome_usd[at(state.outcome)] += state.hours * (state.nodes - used) * usd_per_hour;
    out.on_demand_usd += hours * state.nodes * usd_per_hour;
    out.needed_hours += hours * state.nodes;
    out.used_hours += hours * used;
  }
  for (std::size_t t = 0; t < nodes.size(); ++t) out.committed_hours += nodes[t] * market.usable_committed * market.hours[t];
  for (std::size_t s = 0; s < out.outcome_usd.size(); ++s) out.usd += market.probabilities[s] * out.outcome_usd[s];
  out.tail_usd = tail_mean(out.outcome_usd, market.probabilities, 1 - level);
  out.orders = std::move(orders);
  return out;
}

std::vector<CommitmentOrder> best_commitments(const CommitmentMarket& market, std::optional<int> outcome, optimize::Solver& solver) {
  using optimize::infinity;
  optimize::LinearProgram lp;
  const int periods = static_cast<int>(market.hours.size());
  std::vector<CommitmentOrder> choices;
  std::vector<optimize::Terms> active(at(periods));
  for (int o = 0; o < static_cast<int>(market.offers.size()); ++o) {
    const CommitmentOffer& offer = market.offers[at(o)];
    std::vector<optimize::Terms> own(at(periods));
    for (int t = 0; t < periods; ++t) {
      if (!offer.can_start[at(t)]) continue;
      const double most = offer.supply.empty() ? infinity : std::floor(offer.supply[at(t)] + 1e-6);
      const int column = lp.add_column("order", order_usd(market, o, t), 0, most, true);
      choices.push_back({o, t, 0});
      for (int u = t; u < std::min(periods, t + offer.stay); ++u) own[at(u)].emplace_back(column, 1);
    }
    for (int t = 0; t < periods; ++t) {
      if (offer.limit && !own[at(t)].empty()) lp.add_row("limit", -infinity, std::floor(*offer.limit + 1e-6), own[at(t)]);
      active[at(t)].insert(active[at(t)].end(), own[at(t)].begin(), own[at(t)].end());
    }
  }
  for (const LoadState& state : market.load) {
    if (outcome && state.outcome != *outcome) continue;
    const double left = state.nodes - market.held[at(state.period)] * market.usable_committed;
    if (left <= 0) continue;
    const double weight = outcome ? 1 : market.probabilities[at(state.outcome)];
    const int rent = lp.add_column("rent", weight * state.hours * market.rented_usd[at(state.period)] / market.usable_rented, 0, infinity);
    optimize::Terms terms = active[at(state.period)];
    for (auto& [column, coefficient] : terms) coefficient = market.usable_committed;
    terms.emplace_back(rent, 1);
    lp.add_row("load", left, infinity, terms);
  }
  if (choices.empty()) return {};
  optimize::SolveOptions options;
  options.relative_gap = 0;
  const optimize::Solution solution = solver.solve(lp, options);
  std::vector<CommitmentOrder> out;
  for (std::size_t i = 0; i < choices.size() && !solution.x.empty(); ++i)
    if (const double nodes = std::round(solution.x[i]); nodes > 0) out.push_back({choices[i].offer, choices[i].period, nodes});
  return out;
}

std::vector<CommitmentOrder> cover_commitments(const CommitmentMarket& market, double share) {
  const auto cheapest = std::min_element(market.offers.begin(), market.offers.end(), [](const CommitmentOffer& a, const CommitmentOffer& b) { return a.break_even < b.break_even; });
  const int offer = static_cast<int>(cheapest - market.offers.begin());
  std::vector<CommitmentOrder> out;
  for (int t = 0; t < static_cast<int>(market.hours.size()); ++t) {
    double needed = 0, peak = 0;
    for (const LoadState& state : market.load)
      if (state.period == t) needed += state.hours * market.probabilities[at(state.outcome)] * state.nodes, peak = std::max(peak, state.nodes);
    const double before = nodes_by_period(market, out)[at(t)];
    const auto covered = [&](double nodes) {
      double used = 0;
      for (const LoadState& state : market.load)
        if (state.period == t) used += state.hours * market.probabilities[at(state.outcome)] * std::min(state.nodes, (before + nodes) * market.usable_committed);
      return used >= share * needed;
    };
    if (needed <= 0 || !cheapest->can_start[at(t)] || covered(0)) continue;
    double low = 0, high = std::ceil(peak / market.usable_committed);
    while (high - low > 1) (covered(std::floor((low + high) / 2)) ? high : low) = std::floor((low + high) / 2);
    if (cheapest->limit) high = std::min(high, std::floor(*cheapest->limit + 1e-6) - (before - market.held[at(t)]));
    if (!cheapest->supply.empty()) high = std::min(high, std::floor(cheapest->supply[at(t)] + 1e-6));
    if (high > 0) out.push_back({offer, t, high});
  }
  return out;
}

std::vector<CommitmentResult> compare_commitments(const CommitmentMarket& market, const std::vector<CommitmentOrder>& planned, double level, optimize::Solver& solver) {
  std::vector<CommitmentResult> out;
  out.push_back(evaluate_commitments(market, "best", best_commitments(market, std::nullopt, solver), level));
  out.push_back(evaluate_commitments(market, "as planned", planned, level));
  out.push_back(evaluate_commitments(market, "80 % covered", cover_commitments(market, 0.8), level));
  out.push_back(evaluate_commitments(market, "none", {}, level));
  // Each outcome with the orders that are best for it; figures of hours are expected over them.
  CommitmentResult known;
  known.name = "foresight";
  for (int s = 0; s < static_cast<int>(market.probabilities.size()); ++s) {
    CommitmentMarket certain = market;
    for (std::size_t i = 0; i < certain.probabilities.size(); ++i) certain.probabilities[i] = static_cast<int>(i) == s ? 1 : 0;
    const CommitmentResult one = evaluate_commitments(certain, "", best_commitments(market, s, solver), level);
    const double p = market.probabilities[at(s)];
    known.outcome_usd.push_back(one.outcome_usd[at(s)]);
    known.usd += p * one.usd;
    known.on_demand_usd += p * one.on_demand_usd;
    known.needed_hours += p * one.needed_hours;
    known.committed_hours += p * one.committed_hours;
    known.used_hours += p * one.used_hours;
  }
  known.tail_usd = tail_mean(known.outcome_usd, market.probabilities, 1 - level);
  for (CommitmentResult& one : out)
    for (std::size_t s = 0; s < market.probabilities.size(); ++s) {
      const double regret = one.outcome_usd[s] - known.outcome_usd[s];
      one.mean_regret_usd += market.probabilities[s] * regret;
      one.worst_regret_usd = std::max(one.worst_regret_usd, regret);
    }
  out.push_back(std::move(known));
  return out;
}

std::vector<CommitmentOrder> planned_commitments(const CommitmentMarket& market, const Plan& plan) {
  std::vector<CommitmentOrder> out;
  for (const Order& order : plan.orders)
    for (int o = 0; o < static_cast<int>(market.offers.size()); ++o)
      if (market.offers[at(o)].pool == order.pool) out.push_back({o, order.period, order.nodes});
  return out;
}

}  // namespace tonnage::tco
