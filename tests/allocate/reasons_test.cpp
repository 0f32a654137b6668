#include "test.hpp"

#include "small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::random_fleet;
using tonnage::testing::SmallFleet;

namespace {

SmallFleet leased(double limit_nodes, double load) {
  SmallFleet fleet(1);
  fleet.region("here");
  Pool& pool = fleet.pool("lease", "here", OfferKind::lease);
  pool.price_usd_per_month = 20;
  pool.limit_nodes = limit_nodes;
  fleet.workload("load", {load}).unmet_usd_per_unit = 50 / (3600 * 730.0);
  return fleet;
}

/// A random fleet with a third of its power, which binds.
SmallFleet short_of_power(unsigned seed) {
  SmallFleet fleet = random_fleet(seed);
  fleet.scenario.policies.survive.reset();
  for (Region& region : fleet.scenario.regions)
    for (double& watts : region.power_w) watts *= 0.3;
  return fleet;
}

/// Relaxed cost with so much more of a limit of power.
double relaxed_usd(SmallFleet fleet, const BindingLimit& limit, double by_mw) {
  fleet.scenario.regions[static_cast<std::size_t>(region_index(fleet.scenario, limit.name))].power_w[static_cast<std::size_t>(limit.period)] += by_mw * 1e6;
  return fleet.plan(1e-3).proof.relaxation_usd;
}

Plan reasoned(const SmallFleet& fleet, double gap) {
  const auto solver = optimize::highs_solver();
  allocate::AllocateOptions options;
  options.reasons = allocate::ReasonsWanted::all;
  options.relative_gap = gap;
  return allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *solver).plan;
}

}  // namespace

TEST_CASE("at a kink more of a limit is worth nothing, and less of it costs", "[allocate]") {
  const Plan plan = leased(8, 8).plan();
  REQUIRE(plan.limits.size() == 1);
  REQUIRE(plan.limits[0].worth_usd == 0);
  REQUIRE(plan.limits[0].loss_usd.has_value());
  REQUIRE(*plan.limits[0].loss_usd == Approx(30));
  REQUIRE(leased(9, 8).plan().limits.empty());
}

TEST_CASE("a limit without which there is no plan has no price for less of it", "[allocate]") {
  SmallFleet fleet = leased(8, 8);
  fleet.scenario.workloads[0].unmet_usd_per_unit.reset();
  const Plan plan = fleet.plan();
  REQUIRE(plan.limits.size() == 1);
  REQUIRE_FALSE(plan.limits[0].loss_usd.has_value());
}

TEST_CASE("every worth of power that is told equals a plan made with more and with less", "[allocate]") {
  int seen = 0;
  for (unsigned seed = 41; seed <= 52; ++seed) {
    CAPTURE(seed);
    const SmallFleet fleet = short_of_power(seed);
    const Plan plan = fleet.plan(1e-3);
    for (const BindingLimit& limit : plan.limits) {
      if (limit.kind != "power") continue;
      ++seen;
      const double step = limit.limit * 0.01;
      REQUIRE(limit.worth_usd * step == Approx(plan.proof.relaxation_usd - relaxed_usd(fleet, limit, step)).epsilon(1e-4));
      if (limit.loss_usd) REQUIRE(*limit.loss_usd * step == Approx(relaxed_usd(fleet, limit, -step) - plan.proof.relaxation_usd).epsilon(1e-4));
    }
  }
  REQUIRE(seen >= 3);
}

TEST_CASE("a conflict of limits alone is named with what repairs it", "[allocate]") {
  SmallFleet fleet = tonnage::testing::least_beyond_power();
  fleet.workload("more", {1});
  const Plan plan = fleet.plan();
  REQUIRE(plan.conflicts.size() == 3);
  REQUIRE(plan.conflicts[0] == "cannot hold together: min of lease in 2027-01; power in here in 2027-01");
  REQUIRE(plan.conflicts[1] == "enough alone: 1 node less: min of lease");
  REQUIRE(plan.conflicts[2] == "enough alone: 0.001 MW more: power in here");
}

TEST_CASE("only the period that is short is in the conflict", "[allocate]") {
  SmallFleet fleet(3);
  fleet.region("here");
  Pool& pool = fleet.pool("lease", "here", OfferKind::lease);
  pool.price_usd_per_month = 5;
  pool.limit_nodes = 8;
  fleet.workload("load", {7, 9, 8});
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "infeasible");
  REQUIRE(plan.conflicts.at(0) == "cannot hold together: all load of load in 2027-02; limit of lease in 2027-02");
}

TEST_CASE("the worst outcomes weigh as much as the policy says", "[allocate]") {
  SmallFleet fleet(1, {730}, {0.5, 0.3, 0.2});
  fleet.region("here");
  fleet.pool("lease", "here", OfferKind::lease).price_usd_per_month = 35;
  fleet.workload("load", {4, 8, 12}).unmet_usd_per_unit = 100 / (3600 * 730.0);
  REQUIRE(fleet.plan().pools[0].in_service[0] == 8);  // 35 <= 50 up to 8, above 20 beyond
  fleet.scenario.policies.cvar = Cvar{0.8, 1};         // worst fifth: the third outcome; 2 x 35 against 20 + 100
  const Plan plan = fleet.plan();
  REQUIRE(plan.pools[0].in_service[0] == 12);
  REQUIRE(plan.proof.risk_usd == Approx(12 * 35));
  REQUIRE(plan.proof.objective_usd == Approx(2 * 12 * 35));
  for (const double cost : plan.outcome_cost_usd) REQUIRE(cost == Approx(12 * 35));
  fleet.scenario.policies.cvar = Cvar{1, 1};           // a tail thinner than any outcome is the worst one
  REQUIRE(fleet.plan().proof.risk_usd == Approx(12 * 35));
}

TEST_CASE("a provider carries at least and at most its share", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("own");
  fleet.region("cloud").provider = "acme";
  fleet.pool("own", "own", OfferKind::lease).price_usd_per_month = 1;
  fleet.pool("cloud", "cloud", OfferKind::lease).price_usd_per_month = 2;
  fleet.workload("load", {10});
  fleet.scenario.policies.provider_shares = {{"acme", 0.3, 1}};
  REQUIRE(fleet.plan().proof.objective_usd == Approx(13));
  fleet.scenario.pools[1].price_usd_per_month = 0.5;
  fleet.scenario.policies.provider_shares = {{"acme", 0, 0.4}};
  REQUIRE(fleet.plan().proof.objective_usd == Approx(8));
  fleet.scenario.pools[0].limit_nodes = 3;  // 3 are 60 %, so 5 in all: 10 cannot be served
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "infeasible");
  REQUIRE(plan.conflicts.at(0) == "cannot hold together: all load of load in 2027-01; largest share of acme in 2027-01; limit of own in 2027-01");
}

TEST_CASE("what is promised to a provider and not spent is paid in each outcome", "[allocate]") {
  SmallFleet fleet(2, {730}, {0.5, 0.5});
  fleet.scenario.finance.discount_rate_per_year = 0.1;
  fleet.region("cloud").provider = "acme";
  fleet.scenario.regions[0].egress_usd_per_request = 1e-4;
  Pool& own = fleet.pool("held", "cloud", OfferKind::reserved);
  own.price_usd_per_month = 730;
  own.in_service_nodes = {2, 2};
  own.limit_nodes = 2;
  fleet.pool("rented", "cloud", OfferKind::on_demand).price_usd_per_hour = 1;
  fleet.workload("load", {4, 4, 10, 10});
  const Plan without = fleet.plan();
  const double egress = 3600 * 730 * 1e-4;
  const double low = 2 * 4 * (730 + egress);  // spent at low load; idle nodes for the rest would cost the same
  fleet.scenario.policies.committed_spend = {{"acme", 2027, low + 1000}, {"acme", 2030, 1e9}};
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd - without.proof.objective_usd == Approx(0.5 * 1000 * discount_factor(fleet.scenario, 1)));
  REQUIRE(fleet.ledger(plan).totals.present_value.approximate() == Approx(plan.proof.objective_usd));
}

TEST_CASE("the carbon that an alternative does without is the ledger's, and each tonne of it has a price", "[allocate]") {
  int cleaner = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    SmallFleet fleet = random_fleet(seed);
    fleet.scenario.regions[0].carbon_g_per_wh = 0.6;
    fleet.scenario.regions[1].carbon_g_per_wh = 0.02;
    const auto solver = optimize::highs_solver();
    allocate::AllocateOptions options;
    options.relative_gap = 0;
    options.alternatives = {"carbon"};
    options.within = 0.1;
    const Plan plan = allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *solver).plan;
    if (plan.proof.status != "optimal") continue;
    REQUIRE(plan.alternatives.size() == 1);
    const Alternative& one = plan.alternatives[0];
    CHECK(one.use == Approx(fleet.ledger(plan).totals.carbon_kg / 1000).epsilon(1e-9));
    CHECK(one.bound <= one.least_use + 1e-9 * one.use);
    CHECK(one.least_use <= one.use + 1e-9 * one.use);
    const auto usd = one.usd_per_unit_less(plan.proof.objective_usd);
    if (!usd) continue;
    ++cleaner;
    CHECK(*usd * (one.use - one.least_use) == Approx(one.cost_usd - plan.proof.objective_usd));
    CHECK(*usd >= -1e-6);
  }
  CHECK(cleaner >= 3);
}

TEST_CASE("what more and less of a limit is worth holds up to where another load or limit takes over", "[allocate]") {
  SmallFleet fleet = leased(8, 6);
  fleet.workload("dearer", {6}).unmet_usd_per_unit = 90 / (3600 * 730.0);
  const Plan plan = reasoned(fleet, allocate::AllocateOptions().relative_gap);
  REQUIRE(plan.limits.size() == 1);
  const BindingLimit& limit = plan.limits[0];
  REQUIRE(limit.worth_usd == Approx(30));
  REQUIRE(limit.worth_until.has_value());
  REQUIRE(*limit.worth_until == Approx(12));
  REQUIRE(*limit.loss_usd == Approx(30));
  REQUIRE(limit.loss_until.has_value());
  REQUIRE(*limit.loss_until == Approx(6));
}

TEST_CASE("within the range that is told a re-solve agrees with the worth, beyond it more is worth less", "[allocate]") {
  int seen = 0;
  for (unsigned seed = 41; seed <= 52; ++seed) {
    CAPTURE(seed);
    const SmallFleet fleet = short_of_power(seed);
    const Plan plan = reasoned(fleet, 1e-3);
    for (const BindingLimit& limit : plan.limits) {
      if (limit.kind != "power" || !limit.worth_until || limit.worth_usd <= 0) continue;
      ++seen;
      const auto saved = [&](double by_mw) { return plan.proof.relaxation_usd - relaxed_usd(fleet, limit, by_mw); };
      const double range = *limit.worth_until - limit.limit;
      CHECK(saved(range) == Approx(limit.worth_usd * range).epsilon(1e-4));
      CHECK(saved(1.2 * range) < 1.2 * limit.worth_usd * range * (1 - 1e-6));
    }
  }
  REQUIRE(seen > 0);
}
