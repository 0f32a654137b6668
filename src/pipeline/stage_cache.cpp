#include "tonnage/pipeline/stage_cache.hpp"

#include "tonnage/core/key.hpp"
#include "tonnage/forecast/demand.hpp"

namespace tonnage {

// Structured bindings name every field: a new one breaks the build here.
static void add_to(Key& key, const HistorySeries& x) {
  const auto& [origin, start_s, step_s, values] = x;
  key.add(origin).add(start_s, step_s).add(values);
}

static void add_to(Key& key, const Spread& x) {
  const auto& [form, low, high, sd] = x;
  key.add(form).add(low, high, sd);
}

static void add_to(Key& key, const DemandEvent& x) {
  const auto& [name, date, origin, share, share_spread, ramp_months, half_life_months, probability, from_history] = x;
  key.add(name).add(date.time_since_epoch().count()).add(origin).add(share, ramp_months, half_life_months, probability, from_history);
  add_to(key, share_spread);
}

static void add_to(Key& key, const DemandOverride& x) {
  const auto& [from, until, factor, factor_spread, why] = x;
  key.add(from.time_since_epoch().count()).add(until.has_value()).add(until ? until->time_since_epoch().count() : 0).add(factor).add(why);
  add_to(key, factor_spread);
}

static void add_to(Key& key, const BassGrowth& x) {
  const auto& [market_per_s, innovation_per_year, imitation_per_year, market_spread] = x;
  key.add(market_per_s, innovation_per_year, imitation_per_year);
  add_to(key, market_spread);
}

static void add_to(Key& key, const PriceStep& x) {
  const auto& [from, price] = x;
  key.add(from.time_since_epoch().count()).add(price);
}

static void add_to(Key& key, const PriceEffect& x) {
  const auto& [history, now, ahead, elasticity, elasticity_spread] = x;
  add_to(key, history);
  key.add(now).add(ahead).add(elasticity);
  add_to(key, elasticity_spread);
}

static void add_to(Key& key, const Replaced& x) {
  const auto& [workload, share, share_spread] = x;
  key.add(workload).add(share);
  add_to(key, share_spread);
}

static void add_to(Key& key, const DemandCorrelation& x) {
  const auto& [a, b, rank] = x;
  key.add(a).add(b).add(rank);
}

static void add_to(Key& key, const Launch& x) {
  const auto& [date, analogues, market_per_s, market_spread, seen, replaces] = x;
  key.add(date.time_since_epoch().count()).add(analogues).add(market_per_s).add(seen).add(replaces);
  add_to(key, market_spread);
}

static void add_to(Key& key, const DemandRow& x) {
  const auto& [period, block, outcome, origin, load_per_s] = x;
  key.add(period, block, outcome).add(origin).add(load_per_s);
}

static void add_to(Key& key, const Job& x) {
  const auto& [node, accelerators, hours, every_hours, within_hours, preemptible] = x;
  key.add(node).add(accelerators, hours, every_hours, within_hours, preemptible);
}

static void add_to(Key& key, const NamedWeight& x) {
  const auto& [name, value] = x;
  key.add(name).add(value);
}

static void add_to(Key& key, const Period& x) {
  const auto& [name, start, end, hours] = x;
  key.add(name).add(start.time_since_epoch().count()).add(end.time_since_epoch().count()).add(hours);
}

static void add_to(Key& key, const DemandSource& x) {
  const auto& [history, start_per_s, start_spread, growth_per_year, growth_spread, bass, launch, constant_per_s, constant_spread, table, origin_shares, price] = x;
  key.add(history).add(start_per_s).add(growth_per_year).add(bass).add(launch).add(constant_per_s).add(table).add(origin_shares).add(price);
  for (const Spread* spread : {&start_spread, &growth_spread, &constant_spread}) add_to(key, *spread);
}

/// What is not added is what a workload is served with and how well, which the forecast does not read.
static void add_to(Key& key, const Workload& x) {
  const auto& [name, version_of, load_share, team, unit, model, has_model, measured, precision, kv_precision, shape, arrivals, arrivals_given, speculation, batch_limit, slo, priority, demand, events, overrides, capacity, job, deferrable, deadline_hours, serve, reach_s,
               residency, unmet_usd_per_unit, move_cost_usd, protected_share, accept_gaps, refuse_gaps, replace_outliers, refuse_outliers, path] = x;
  key.add(name).add(version_of).add(load_share).add(unit).add(path).add(events).add(overrides).add(job).add(deferrable, deadline_hours);
  key.add(arrivals_given).add(accept_gaps, refuse_gaps, replace_outliers, refuse_outliers);
  add_to(key, demand);
}

}  // namespace tonnage

namespace tonnage::pipeline {

std::string forecast_key(const Scenario& scenario, std::uint64_t seed) {
  const auto& [name, description, currency, as_of, period_kind, periods, own_seed, regions, origins, accelerators, nodes, pools, workloads, block_hours, outcomes, demand_correlations, outcome_count, calibration,
               fixed_costs, prices, policies, finance, checks] = scenario;
  Key key;
  key.add(seed).add(as_of.time_since_epoch().count()).add(period_kind).add(periods).add(workloads).add(block_hours).add(outcomes).add(demand_correlations).add(outcome_count).add(finance.hours_per_month);
  return key.bytes();
}

Demand StageCache::demand(const Scenario& scenario, std::uint64_t seed) {
  const std::string key = forecast_key(scenario, seed);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto found = demands_.find(key); found != demands_.end()) return found->second;
  }
  Demand made = forecast::forecast_demand(scenario, seed);
  const std::lock_guard<std::mutex> lock(mutex_);
  return demands_.emplace(key, std::move(made)).first->second;
}

std::unique_ptr<optimize::Solver> StageCache::solver() { return optimize::remembering_solver(optimize::make_solver(optimize::Method::automatic), solutions_); }

}  // namespace tonnage::pipeline
