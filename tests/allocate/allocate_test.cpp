#include "test.hpp"

#include <cmath>
#include <map>

#include "small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::random_fleet;
using tonnage::testing::SmallFleet;

namespace {

/// The worth of a limit in a period; 0 when it does not bind.
double worth(const Plan& plan, const std::string& kind, const std::string& name, int period) {
  for (const BindingLimit& limit : plan.limits)
    if (limit.kind == kind && limit.name == name && limit.period == period) return limit.worth_usd;
  return 0;
}

/// 15 of load; nodes here at 5, elsewhere at 7; 100 kW here for nodes of 8 kW at a PUE of 1.25.
SmallFleet two_prices() {
  SmallFleet fleet(1);
  fleet.scenario.nodes[0].type.power_w = 8000;
  Region& here = fleet.region("here");
  here.pue = 1.25;
  here.power_w = {100e3};
  fleet.region("elsewhere");
  fleet.pool("here", "here", OfferKind::lease).price_usd_per_month = 5;
  fleet.pool("elsewhere", "elsewhere", OfferKind::lease).price_usd_per_month = 7;
  fleet.workload("load", {15});
  return fleet;
}

void require_whole(const SmallFleet& fleet, const Plan& plan) {
  for (const Order& order : plan.orders) REQUIRE(order.nodes == std::floor(order.nodes));
  for (const PoolPlan& pool : plan.pools)
    for (const double nodes : pool.in_service) REQUIRE(nodes == std::floor(nodes));
  REQUIRE(plan.pools.size() == fleet.scenario.pools.size());
}

}  // namespace

TEST_CASE("more demand never costs less", "[allocate]") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    SmallFleet fleet = random_fleet(seed);
    const Plan one = fleet.plan(1e-6);
    REQUIRE(one.proof.status == "optimal");
    require_whole(fleet, one);
    fleet.scale_demand(2);
    const Plan twice = fleet.plan(1e-6);
    REQUIRE(twice.proof.status == "optimal");
    REQUIRE(twice.proof.objective_usd >= one.proof.bound_usd * (1 - 1e-9));
    REQUIRE(twice.proof.sunk_usd == one.proof.sunk_usd);
    REQUIRE(one.proof.bound_usd <= one.proof.objective_usd);
    REQUIRE(one.proof.relaxation_usd <= one.proof.objective_usd * (1 + 1e-9));
  }
}

TEST_CASE("another offer or a wider limit never costs more", "[allocate]") {
  for (unsigned seed = 21; seed <= 28; ++seed) {
    CAPTURE(seed);
    const SmallFleet fleet = random_fleet(seed);
    const double bound = fleet.plan(1e-6).proof.objective_usd;
    const auto never_above = [&](SmallFleet wider) { REQUIRE(wider.plan(1e-6).proof.bound_usd <= bound * (1 + 1e-9)); };
    SmallFleet offer = fleet;
    offer.pool("one more", "west", OfferKind::reserved).price_usd_per_month = 300;
    never_above(offer);
    SmallFleet power = fleet;
    for (Region& region : power.scenario.regions)
      for (double& watts : region.power_w) watts *= 1.3;
    never_above(power);
    SmallFleet limits = fleet;
    for (Pool& pool : limits.scenario.pools) {
      if (pool.limit_nodes) *pool.limit_nodes += 2;
      for (double& nodes : pool.supply_nodes) nodes += 2;
    }
    never_above(limits);
    SmallFleet exposed = fleet;
    exposed.scenario.policies.survive.reset();
    never_above(exposed);
  }
}

TEST_CASE("the worth of power is what more of it saves", "[allocate]") {
  SmallFleet fleet = two_prices();
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(85));
  REQUIRE(worth(plan, "power", "here", 0) == Approx(200));  // USD per MW: two for 10 kW
  fleet.scenario.regions[0].power_w = {101e3};
  REQUIRE(plan.proof.relaxation_usd - fleet.plan().proof.relaxation_usd == Approx(200 * 0.001));
  fleet.scenario.regions[0].power_w = {160e3};
  const Plan wide = fleet.plan();
  REQUIRE(wide.proof.objective_usd == Approx(75));
  REQUIRE(wide.limits.empty());
}

TEST_CASE("the worth of supply and of a pool's limit is what more of it saves", "[allocate]") {
  for (const bool supply : {true, false}) {
    CAPTURE(supply);
    SmallFleet fleet(2);
    fleet.region("here");
    Pool& pool = fleet.pool("unit", "here", OfferKind::lease);
    pool.price_usd_per_month = 20;
    if (supply) pool.supply_nodes = {8, 0};
    else pool.limit_nodes = 8;
    fleet.workload("load", {10}).unmet_usd_per_unit = 50 / (3600 * 730.0);
    const Plan plan = fleet.plan();
    REQUIRE(plan.proof.objective_usd == Approx(2 * (8 * 20 + 2 * 50)));
    const std::string kind = supply ? "supply" : "limit";
    // A node ordered in the first period serves in both; a limit is one figure for both.
    const double told = worth(plan, kind, "unit", supply ? 0 : every_period);
    if (supply) fleet.scenario.pools[0].supply_nodes = {9, 0};
    else fleet.scenario.pools[0].limit_nodes = 9;
    REQUIRE(plan.proof.relaxation_usd - fleet.plan().proof.relaxation_usd == Approx(told));
    REQUIRE(told == Approx(60));
  }
}

TEST_CASE("the worth of a limit on rented nodes is told too", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  Pool& pool = fleet.pool("rented", "here", OfferKind::on_demand);
  pool.price_usd_per_hour = 1;
  pool.limit_nodes = 8;
  fleet.workload("load", {10}).unmet_usd_per_unit = 5 / 3600.0;
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(730 * (8 * 1 + 2 * 5)));
  REQUIRE(worth(plan, "limit", "rented", every_period) == Approx(730 * 4));
}

TEST_CASE("the worth of the capex budget is what more of it saves", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  Pool& bought = fleet.pool("bought", "here", OfferKind::purchase);
  bought.price_usd_once = 60000;
  bought.life_months = 60;  // 1000 a month
  fleet.pool("leased", "here", OfferKind::lease).price_usd_per_month = 1600;
  fleet.workload("load", {10});
  fleet.scenario.policies.capex_budget_usd = {240000};
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(4 * 1000 + 6 * 1600));
  const double told = worth(plan, "capex budget", "all pools", 0);
  fleet.scenario.policies.capex_budget_usd = {250000};
  REQUIRE(plan.proof.relaxation_usd - fleet.plan().proof.relaxation_usd == Approx(told * 0.01));  // told per million
  REQUIRE(told == Approx(10000));
}

TEST_CASE("what cannot be served is named with its place and amount", "[allocate]") {
  SmallFleet fleet(2, {400, 330});
  fleet.region("here");
  fleet.pool("own", "here", OfferKind::owned).in_service_nodes = {4, 6};
  fleet.workload("load", {5, 3, 7, 6});
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "infeasible");
  std::map<std::pair<int, int>, double> missing;
  for (const Shortfall& x : plan.shortfalls) {
    const State& state = plan.states.at(static_cast<std::size_t>(x.state));
    missing[{state.period, state.block}] = x.load_per_s;
    REQUIRE(x.origin == "home");
    REQUIRE(x.demand_per_s == Approx(fleet.demand.load(fleet.demand.series[0], 0, state.period, state.block)));
  }
  REQUIRE(missing.size() == 2);
  REQUIRE(missing[{0, 0}] == Approx(1));
  REQUIRE(missing[{1, 0}] == Approx(1));
}

TEST_CASE("load that must be served comes before load that has a price", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  Pool& pool = fleet.pool("rented", "here", OfferKind::on_demand);
  pool.price_usd_per_hour = 55;
  pool.limit_nodes = 10;
  fleet.workload("chat", {50}, "unit", 10);
  fleet.workload("vision", {10000}, "unit", 1000).unmet_usd_per_unit = 0.01;
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "optimal");
  REQUIRE(plan.proof.objective_usd == Approx(730 * (10 * 55 + 5000 * 3600 * 0.01)));
}

TEST_CASE("load that must be served may displace other load to dearer nodes", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  fleet.node("dear", 1000, 0);
  Pool& cheap = fleet.pool("cheap", "here", OfferKind::on_demand);
  cheap.price_usd_per_hour = 1;
  cheap.limit_nodes = 10;
  fleet.pool("dear", "here", OfferKind::on_demand, "dear").price_usd_per_hour = 60;
  fleet.workload("small", {5});
  fleet.workload("large", {10});
  fleet.deployment("large", "dear", 1, 1000);
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "optimal");
  REQUIRE(plan.proof.objective_usd == Approx(730 * (10 * 1 + 5 * 60)));
}

TEST_CASE("dear egress is a cost, not a reason to call load impossible", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here").egress_usd_per_request = 5e-4;
  fleet.pool("rented", "here", OfferKind::on_demand).price_usd_per_hour = 55;
  fleet.workload("images", {8000}, "unit", 8000);
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "optimal");
  REQUIRE(plan.proof.objective_usd == Approx(730 * (55 + 8000 * 3600 * 5e-4)));
}

TEST_CASE("nodes already there beyond the power of their region are a conflict", "[allocate]") {
  for (const bool more : {false, true}) {
    CAPTURE(more);
    SmallFleet fleet(1);
    Region& here = fleet.region("here");
    here.pue = 1.2;
    here.power_w = {5000};
    Pool& own = fleet.pool("own", "here", OfferKind::owned);
    own.in_service_nodes = {5};
    own.price_usd_once = 1000;
    if (more) fleet.pool("more", "here", OfferKind::lease).price_usd_per_month = 5;
    fleet.workload("load", {2});
    const Plan plan = fleet.plan();
    REQUIRE(plan.conflicts.size() == 1);
    REQUIRE(plan.conflicts[0].find("power in here in 2027-01") != std::string::npos);
    REQUIRE(plan.conflicts[0].find("0.006 MW") != std::string::npos);
    REQUIRE(plan.proof.status == "infeasible");
  }
}

TEST_CASE("limits that exclude each other end without a plan and with a reason", "[allocate]") {
  const Plan plan = tonnage::testing::least_beyond_power().plan();
  REQUIRE(plan.proof.status == "infeasible");
  REQUIRE_FALSE(plan.conflicts.empty());
}

TEST_CASE("nodes are whole and the relaxation is below them", "[allocate]") {
  SmallFleet fleet(1);
  for (const char* name : {"a", "b", "c"}) {
    fleet.region(name);
    fleet.pool(name, name, OfferKind::lease).price_usd_per_month = 1;
  }
  fleet.workload("load", {11});
  fleet.scenario.policies.survive = Survive{{"a", "b", "c"}, 8};
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.relaxation_usd == Approx(16.5));
  REQUIRE(plan.proof.objective_usd == Approx(17));
  REQUIRE(plan.proof.bound_usd == Approx(17));
  require_whole(fleet, plan);
}

TEST_CASE("a replica is whole within a node, one larger than a node takes whole nodes", "[allocate]") {
  SmallFleet fleet(1);
  fleet.node("eight", 8000, 0, 8);
  fleet.region("here");
  fleet.pool("eight", "here", OfferKind::lease, "eight").price_usd_per_month = 1;
  fleet.workload("three", {10}, "eight");
  fleet.capacities.deployments[0].accelerators = 3;  // two in a node: 5 nodes
  REQUIRE(fleet.plan().proof.objective_usd == Approx(5));
  fleet.capacities.deployments[0].accelerators = 12;  // two nodes for one
  REQUIRE(fleet.plan().proof.objective_usd == Approx(20));
}

TEST_CASE("nothing is ordered before today, and an order ends with its term", "[allocate]") {
  SmallFleet fleet(6);
  fleet.region("here");
  Pool& pool = fleet.pool("lease", "here", OfferKind::lease);
  pool.price_usd_per_month = 1;
  pool.lead_time_months = 1.5;
  pool.term_months = 2;
  fleet.pool("rented", "here", OfferKind::on_demand).price_usd_per_hour = 10.0 / 730;
  fleet.workload("load", {3});
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(2 * 3 * 10 + 4 * 3));
  REQUIRE(plan.orders.size() == 2);
  REQUIRE(plan.orders[0].period == 2);
  REQUIRE(to_string(plan.orders[0].order_by) == "2027-01-17");  // 1.5 months before March 1: half of January's 31 days after its first
  REQUIRE(plan.orders[1].period == 4);
  REQUIRE(plan.pools[0].in_service == std::vector<double>{0, 0, 3, 3, 3, 3});
}

TEST_CASE("deferrable work fills the troughs", "[allocate]") {
  SmallFleet fleet(1, {182.5, 182.5, 182.5, 182.5});
  fleet.region("here");
  fleet.pool("lease", "here", OfferKind::lease).price_usd_per_month = 1;
  fleet.workload("interactive", {8, 4, 2, 6});
  fleet.workload("batch", {3.75}).deferrable = true;
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.relaxation_usd == Approx(8.75));
  REQUIRE(plan.proof.objective_usd == Approx(9));
}

TEST_CASE("load from far away runs only on deployments that bear the distance", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  fleet.scenario.origins = {{"home", {{"here", 0.05}}}, {"far", {{"here", 0.2}}}};
  fleet.pool("lease", "here", OfferKind::lease).price_usd_per_month = 1;
  fleet.workload("load", {6});
  fleet.capacities.deployments[0].round_trip_s = 0.05;
  fleet.deployment("load", "unit", 0.5, 1000, 0.2);
  fleet.demand.series.push_back({"load", "far", "requests/s", {3}});
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(6 + 6));
  for (const Placement& placement : plan.placements) REQUIRE(placement.load_per_s == Approx(placement.deployment == 0 ? 6 : 3));
}

TEST_CASE("where a loss cannot be survived, no more is exposed than must be", "[allocate]") {
  SmallFleet fleet(1);
  for (const char* name : {"a", "b"}) {
    fleet.region(name);
    Pool& pool = fleet.pool(name, name, OfferKind::owned);
    pool.in_service_nodes = {6};
    pool.price_usd_once = 1000;
  }
  fleet.workload("load", {10});
  fleet.scenario.policies.survive = Survive{{"a", "b"}, 8};
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "optimal");
  REQUIRE(plan.exposed.size() == 2);
  for (const Shortfall& x : plan.exposed) REQUIRE(x.load_per_s == Approx(4));
}

TEST_CASE("a loss that some load cannot survive is no excuse for exposing more", "[allocate]") {
  SmallFleet fleet(1);
  for (const char* name : {"a", "b"}) {
    fleet.region(name);
    fleet.pool(name, name, OfferKind::lease).price_usd_per_month = *name == 'a' ? 1 : 100;
  }
  fleet.scenario.pools[1].limit_nodes = 6;
  fleet.workload("load", {10});
  fleet.scenario.policies.survive = Survive{{"a", "b"}, 8};
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "optimal");
  REQUIRE(plan.exposed.size() == 1);  // without a, b carries 6 of 10
  REQUIRE(plan.exposed[0].load_per_s == Approx(4));
  REQUIRE(plan.proof.objective_usd == Approx(10 * 1 + 6 * 100));
}

TEST_CASE("supply of less than a node a period adds up", "[allocate]") {
  SmallFleet fleet(6);
  fleet.region("here");
  Pool& pool = fleet.pool("lease", "here", OfferKind::lease);
  pool.price_usd_per_month = 1;
  pool.supply_nodes.assign(6, 2.0 / 3);  // two a quarter
  fleet.workload("load", {1}).unmet_usd_per_unit = 100 / (3600 * 730.0);
  const Plan plan = fleet.plan();
  double nodes = 0;
  for (const Order& order : plan.orders) nodes += order.nodes;
  REQUIRE(nodes >= 1);
}

TEST_CASE("a loss that whole nodes cannot survive leaves a plan and says what is exposed", "[allocate]") {
  SmallFleet fleet(1);
  for (const char* name : {"a", "b", "c"}) {
    fleet.region(name).power_w = {5500};  // five and a half nodes
    fleet.pool(name, name, OfferKind::lease).price_usd_per_month = 1;
  }
  fleet.workload("load", {11});
  fleet.scenario.policies.survive = Survive{{"a", "b", "c"}, 8};
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "optimal");
  REQUIRE(plan.exposed.size() == 3);
  for (const Shortfall& x : plan.exposed) REQUIRE(x.load_per_s == Approx(1));
}
