// What is meant for large fleets, on fleets small enough to know the answer.
#include "test.hpp"

#include "small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::random_fleet;
using tonnage::testing::SmallFleet;

namespace {

/// As if the program were too large for its ties.
Plan plan_apart(const SmallFleet& fleet, double gap) {
  const auto solver = optimize::interior_solver(optimize::highs_solver(), 0);
  allocate::AllocateOptions options;
  options.relative_gap = gap;
  options.cost_only = true;
  return allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *solver).plan;
}

Plan plan_together(const SmallFleet& fleet) {
  const auto solver = optimize::highs_solver();
  allocate::AllocateOptions options;
  options.relative_gap = 0;
  options.cost_only = true;
  return allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *solver).plan;
}

double moved_accelerators(const Plan& plan, int period) {
  double out = 0;
  for (const Move& m : plan.moves)
    if (m.period == period) out += m.accelerators;
  return out;
}

/// Ten of load that had better go to region b from the second period on.
SmallFleet cheaper_later() {
  SmallFleet fleet(3);
  fleet.region("a");
  fleet.region("b");
  fleet.pool("a", "a", OfferKind::on_demand).price_usd_per_hour = 2;
  Pool& b = fleet.pool("b", "b", OfferKind::lease);
  b.price_usd_per_month = 0.001;
  b.lead_time_months = 1;
  fleet.workload("load", {10});
  return fleet;
}

}  // namespace

TEST_CASE("churn limits what moves in large fleets too", "[allocate]") {
  SmallFleet fleet = cheaper_later();
  for (const double churn : {1.0, 0.2, 0.0}) {
    fleet.scenario.policies.churn_per_month = churn;
    const Plan plan = plan_apart(fleet, 1e-3);
    CHECK(moved_accelerators(plan, 1) <= 10 * churn + 1e-6);
    CHECK(moved_accelerators(plan, 2) <= 10 * churn + 1e-6);
    CHECK(plan.proof.status == "optimal");
    CHECK(plan.proof.objective_usd == Approx(plan_together(fleet).proof.objective_usd).epsilon(1e-3));
  }
}

TEST_CASE("periods apart, with ties at their price, bound and reach the cost of periods together", "[allocate]") {
  int planned = 0, proved = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SmallFleet fleet = random_fleet(seed);
    fleet.scenario.policies.churn_per_month = 0.02 * (seed % 4);
    for (Workload& workload : fleet.scenario.workloads) workload.move_cost_usd = seed % 3 == 0 ? 40 : 0;
    const Plan together = plan_together(fleet);
    const Plan apart = plan_apart(fleet, 1e-4);
    CAPTURE(seed);
    if (together.proof.status != "optimal") continue;
    CHECK(apart.proof.bound_usd <= together.proof.objective_usd * (1 + 1e-6));
    if (apart.proof.status == "limit without a plan") continue;
    CHECK(apart.proof.objective_usd >= together.proof.objective_usd * (1 - 1e-6));
    CHECK(apart.proof.objective_usd <= together.proof.objective_usd * 1.05);
    ++planned;
    proved += apart.proof.status == "optimal";
  }
  CHECK(planned >= 10);
  CHECK(proved >= 6);
}

TEST_CASE("the worst outcomes weigh as much where states are planned apart", "[allocate]") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SmallFleet fleet = random_fleet(seed);
    fleet.scenario.policies.cvar = Cvar{0.9, 0.5};
    const Plan together = plan_together(fleet);
    const Plan apart = plan_apart(fleet, 1e-3);
    CAPTURE(seed);
    REQUIRE(apart.proof.status != "limit without a plan");
    CHECK(apart.proof.bound_usd <= together.proof.objective_usd * (1 + 1e-6));
    CHECK(apart.proof.objective_usd >= together.proof.objective_usd * (1 - 1e-6));
    CHECK(apart.proof.objective_usd <= together.proof.objective_usd * 1.05);
  }
}
