// A small typed fleet: one node type that carries one unit of load, cheap arithmetic, no discounting unless a test wants it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tonnage/allocate/allocate.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/tco/cash.hpp"
#include "tonnage/tco/ledger.hpp"

namespace tonnage::testing {

struct SmallFleet {
  Scenario scenario;
  Demand demand;
  Capacities capacities;

  explicit SmallFleet(int periods, std::vector<double> block_hours = {730}, std::vector<double> probabilities = {1}) {
    scenario.name = "small";
    scenario.as_of = *parse_date("2027-01-01");
    scenario.period_kind = PeriodKind::month;
    scenario.periods = make_periods(scenario.as_of, scenario.period_kind, periods);
    scenario.finance.discount_rate_per_year = 0;
    scenario.finance.hours_per_month = 730;
    demand.periods = scenario.periods;
    for (std::size_t b = 0; b < block_hours.size(); ++b) demand.blocks.push_back({"b" + std::to_string(b), std::vector<double>(scenario.periods.size(), block_hours[b])});
    for (std::size_t s = 0; s < probabilities.size(); ++s) demand.outcomes.push_back({"s" + std::to_string(s), probabilities[s]});
    node("unit", 1000, 0);
  }

  NodeType& node(const std::string& name, double power_w, double idle_power_w, int accelerators = 1) {
    scenario.nodes.push_back({{name, "chip", accelerators, power_w, idle_power_w, {}}, {}});
    return scenario.nodes.back().type;
  }

  Region& region(const std::string& name) {
    Region one;
    one.name = name;
    one.site = Site::own;
    scenario.regions.push_back(one);
    return scenario.regions.back();
  }

  Pool& pool(const std::string& name, const std::string& where, OfferKind offer, const std::string& of = "unit") {
    Pool one;
    one.name = name;
    one.region = where;
    one.node = of;
    one.offer = offer;
    one.in_service_nodes.assign(scenario.periods.size(), 0);
    one.path = "pools." + name;
    scenario.pools.push_back(one);
    return scenario.pools.back();
  }

  /// A workload of one origin with one deployment on a node; its load by outcome, period and block is `load`.
  Workload& workload(const std::string& name, std::vector<double> load, const std::string& of = "unit", double replica_load = 1, double power_w = 1000) {
    Workload one;
    one.name = name;
    one.path = "workloads." + name;
    scenario.workloads.push_back(one);
    deployment(name, of, replica_load, power_w);
    const std::size_t cells = demand.outcomes.size() * scenario.periods.size() * demand.blocks.size();
    if (load.size() == 1) load.assign(cells, load[0]);
    demand.series.push_back({name, "home", "requests/s", std::move(load)});
    WorkloadForecast forecast;
    forecast.workload = name;
    forecast.unit = "requests/s";
    demand.forecasts.push_back(forecast);
    return scenario.workloads.back();
  }

  Deployment& deployment(const std::string& of_workload, const std::string& of_node, double replica_load, double power_w, double round_trip_s = any_round_trip_s) {
    Deployment one;
    one.workload = of_workload;
    one.node = of_node;
    one.load_per_s = replica_load;
    one.power_w = power_w;
    one.round_trip_s = round_trip_s;
    capacities.deployments.push_back(one);
    return capacities.deployments.back();
  }

  void scale_demand(double factor) {
    for (DemandSeries& series : demand.series)
      for (double& load : series.load_per_s) load *= factor;
  }

  allocate::Result solve(double gap = 0) const {
    const auto solver = optimize::highs_solver();
    allocate::AllocateOptions options;
    options.relative_gap = gap;
    return allocate::allocate(scenario, demand, capacities, options, *solver);
  }

  Plan plan(double gap = 0) const { return solve(gap).plan; }
  Ledger ledger(const Plan& plan_of_it) const { return tco::make_ledger(scenario, demand, capacities, plan_of_it); }
  Ledger ledger_with_cash(const Plan& plan_of_it) const {
    Ledger out = ledger(plan_of_it);
    out.cash = tco::cash_by_quarter(scenario, tco::focus_rows(scenario, demand, capacities, plan_of_it, out));
    return out;
  }
};

/// Random numbers that any machine draws alike.
class Draw {
 public:
  explicit Draw(unsigned seed) : state_(seed * 2654435761U + 12345U) {}
  double between(double low, double high) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return low + (high - low) * static_cast<double>(state_ >> 11U) / 9007199254740992.0;
  }
  int whole(int low, int high) { return low + static_cast<int>(between(0, static_cast<double>(high - low) + 0.999999)); }

 private:
  unsigned long long state_;
};

/// Two regions, bought and rented nodes, two blocks, two outcomes, power limits, a loss to survive: all drawn from a seed.
inline SmallFleet random_fleet(unsigned seed) {
  Draw draw(seed);
  SmallFleet fleet(3, {500, 230}, {0.6, 0.4});
  fleet.scenario.finance.discount_rate_per_year = 0.08;
  fleet.scenario.nodes[0].type.idle_power_w = 200;
  fleet.node("pair", 2500, 500, 2);
  for (const char* name : {"west", "east"}) {
    Region& region = fleet.region(name);
    region.electricity_usd_per_wh = draw.between(4e-5, 1.5e-4);
    region.pue = draw.between(1.05, 1.5);
    region.egress_usd_per_request = draw.between(0, 1e-7);
    region.power_w.assign(3, draw.between(20e3, 60e3));
  }
  for (const char* name : {"west", "east"})
    for (const char* node : {"unit", "pair"}) {
      const std::string at = std::string(name) + "-" + node;
      Pool& own = fleet.pool(at + "-own", name, OfferKind::owned, node);
      own.in_service_nodes.assign(3, draw.whole(0, 4));
      own.price_usd_once = 20000;
      Pool& bought = fleet.pool(at + "-bought", name, OfferKind::purchase, node);
      bought.price_usd_once = draw.between(15000, 60000);
      bought.lead_time_months = draw.whole(0, 1);
      bought.supply_nodes.assign(3, draw.whole(2, 9));
      Pool& rented = fleet.pool(at + "-rented", name, OfferKind::on_demand, node);
      rented.price_usd_per_hour = draw.between(1, 6);
      rented.limit_nodes = draw.whole(3, 30);
    }
  for (const char* name : {"chat", "search"}) {
    std::vector<double> load(12);
    for (double& one : load) one = draw.between(2, 9);
    Workload& workload = fleet.workload(name, load, "unit", draw.between(0.8, 1.4), 900);
    workload.unmet_usd_per_unit = draw.between(0.01, 0.1);
    workload.protected_share = 0.5;
    fleet.deployment(name, "pair", draw.between(0.8, 1.6), 1000);
  }
  fleet.scenario.policies.headroom = 0.1;
  fleet.scenario.policies.availability = 0.97;
  fleet.scenario.policies.survive = Survive{{"west", "east"}, 8};
  return fleet;
}

/// A lease of at least 4 nodes where the power is enough for 3.
inline SmallFleet least_beyond_power() {
  SmallFleet fleet(1);
  fleet.region("here").power_w = {3000};
  Pool& pool = fleet.pool("lease", "here", OfferKind::lease);
  pool.price_usd_per_month = 5;
  pool.min_nodes = 4;
  fleet.workload("load", {1});
  return fleet;
}

}  // namespace tonnage::testing
