#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "tonnage/documents/economics.hpp"
#include "tonnage/pipeline/pipeline.hpp"

namespace tonnage::pipeline {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Smallest outcome cost that at least `p` of the probability does not exceed.
Money outcome_quantile(const Run& run, double p) {
  std::vector<std::size_t> order(run.ledger.outcome_present_value.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return run.ledger.outcome_present_value[a] < run.ledger.outcome_present_value[b]; });
  double sum = 0;
  for (const std::size_t i : order) {
    sum += run.demand.outcomes[i].probability;
    if (sum >= p - 1e-9) return run.ledger.outcome_present_value[i];
  }
  return order.empty() ? Money() : run.ledger.outcome_present_value[order.back()];
}

void fleet(const Run& run, Headline& out) {
  const Scenario& s = run.loaded.scenario;
  const std::size_t last = s.periods.size() - 1;
  for (std::size_t p = 0; p < s.pools.size(); ++p) {
    if (s.pools[p].offer == OfferKind::api) continue;  // tokens, no nodes
    const Region& region = s.regions[at(region_index(s, s.pools[p].region))];
    const double mw = s.nodes[at(node_index(s, s.pools[p].node))].type.power_w * region.pue * 1e-6;
    const PoolPlan& pool = run.plan.pools[p];
    const double first_nodes = pool.in_service[0] + pool.rented_peak[0];
    const double last_nodes = pool.in_service[last] + pool.rented_peak[last];
    out.nodes_first += first_nodes;
    out.nodes_last += last_nodes;
    out.mw_first += mw * first_nodes;
    out.mw_last += mw * last_nodes;
  }
}

/// Usable nodes of a state, and those occupied.
void utilisation(const Run& run, Headline& out) {
  const Scenario& s = run.loaded.scenario;
  std::vector<double> usable(run.plan.states.size(), 0), occupied(run.plan.states.size(), 0);
  for (std::size_t k = 0; k < run.plan.states.size(); ++k)
    for (std::size_t p = 0; p < s.pools.size(); ++p)
      usable[k] += run.plan.pools[p].in_service[at(run.plan.states[k].period)] * usable_share(s, s.pools[p]);
  for (const Rental& rental : run.plan.rentals)
    if (s.pools[at(rental.pool)].offer != OfferKind::api) usable[at(rental.state)] += rental.nodes * usable_share(s, s.pools[at(rental.pool)]);
  for (const Placement& placement : run.plan.placements)
    if (!is_hosted(run.capacities.deployments[at(placement.deployment)])) occupied[at(placement.state)] += placement.nodes;
  double hours_usable = 0, hours_occupied = 0;
  for (std::size_t k = 0; k < run.plan.states.size(); ++k) {
    const State& state = run.plan.states[k];
    if (state.lost_region >= 0) continue;
    const double hours = run.demand.blocks[at(state.block)].hours[at(state.period)] * run.demand.outcomes[at(state.outcome)].probability;
    hours_usable += hours * usable[k];
    hours_occupied += hours * occupied[k];
    if (usable[k] > 0) out.used_peak = std::max(out.used_peak, std::min(1.0, occupied[k] / usable[k]));
  }
  out.used_mean = hours_usable > 0 ? hours_occupied / hours_usable : 0;
}

/// Growth counts each workload by the nodes it needs, so that unlike requests add up.
void demand_growth(const Run& run, Headline& out) {
  double first = 0, last = 0, weight = 0;
  for (const WorkloadForecast& f : run.demand.forecasts) {
    double per_load = 0;
    for (const Deployment& d : run.capacities.deployments)
      if (d.workload == f.workload && d.load_per_s > 0 && !is_hosted(d)) per_load = per_load == 0 ? 1 / d.load_per_s * d.accelerators : std::min(per_load, d.accelerators / d.load_per_s);
    if (f.mean_per_s.empty()) continue;
    first += per_load * f.mean_per_s.front();
    last += per_load * f.mean_per_s.back();
    if (f.backtest.origins == 0) continue;
    const double w = per_load * f.mean_per_s.front();
    out.has_backtest = true;
    weight += w;
    out.forecast_error += w * f.backtest.error;
    out.naive_error += w * f.backtest.naive_error;
  }
  out.growth = first > 0 ? last / first : 1;
  if (weight > 0) {
    out.forecast_error /= weight;
    out.naive_error /= weight;
  }
}

/// Share of each period's capacity cost that workloads with tokens use: the cost of a region's nodes of a type goes to
/// workloads by the node-hours they occupy.
std::vector<double> token_shares(const Run& run) {
  const Scenario& s = run.loaded.scenario;
  using Key = std::tuple<int, int, int>;  // period, region, node type
  std::map<Key, double> paid, occupied, by_tokens;
  for (const LineItem& line : run.ledger.lines)
    if (!line.pool.empty()) paid[{line.period, region_index(s, line.region), node_index(s, s.pools[at(pool_index(s, line.pool))].node)}] += line.amount.approximate();
  for (const Placement& x : run.plan.placements) {
    const State& state = run.plan.states[at(x.state)];
    if (state.lost_region >= 0) continue;
    const Key key{state.period, x.region, node_index(s, run.capacities.deployments[at(x.deployment)].node)};
    const double hours = x.nodes * run.demand.blocks[at(state.block)].hours[at(state.period)] * run.demand.outcomes[at(state.outcome)].probability;
    occupied[key] += hours;
    if (s.workloads[at(x.workload)].shape.input_mean_tokens > 0) by_tokens[key] += hours;
  }
  std::vector<double> all(s.periods.size(), 0), tokens(s.periods.size(), 0);
  for (const auto& [key, hours] : occupied) {
    const double cost = paid[key];
    all[at(std::get<0>(key))] += cost;
    if (hours > 0) tokens[at(std::get<0>(key))] += cost * by_tokens[key] / hours;
  }
  for (std::size_t t = 0; t < all.size(); ++t) tokens[t] = all[t] > 0 ? tokens[t] / all[t] : 1;
  return tokens;
}

void unit_cost(const Run& run, Headline& out) {
  const auto& tokens = run.ledger.tokens_by_period;
  if (tokens.empty()) return;
  std::vector<double> cost(tokens.size(), 0);
  for (const LineItem& line : run.ledger.lines)
    if (line.cash) cost[at(line.period)] += line.amount.approximate();
  const std::vector<double> share = token_shares(run);
  if (tokens.front() > 0) out.usd_per_m_tokens_first = cost.front() * share.front() / tokens.front() * 1e6;
  if (tokens.back() > 0) out.usd_per_m_tokens_last = cost.back() * share.back() / tokens.back() * 1e6;
}

}  // namespace

double open_usd(const Proof& proof) { return std::max(0.0, proof.objective_usd - proof.bound_usd); }

Headline headline(const Run& run) {
  Headline out;
  demand_growth(run, out);
  if (!run.feasible()) return out;
  out.cost = run.ledger.totals.present_value;
  out.cost_low = outcome_quantile(run, 0.1);
  out.cost_mid = outcome_quantile(run, 0.5);
  out.cost_high = outcome_quantile(run, 0.9);
  fleet(run, out);
  utilisation(run, out);
  unit_cost(run, out);
  return out;
}

}  // namespace tonnage::pipeline
