#include "test.hpp"

#include <cmath>
#include <map>

#include "small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::SmallFleet;

namespace {

/// 4 of load; three nodes at 1 in one region, any number at 2 in the other.
SmallFleet near_and_far(double load) {
  SmallFleet fleet(1);
  fleet.region("near");
  fleet.region("far");
  Pool& near = fleet.pool("near", "near", OfferKind::lease);
  near.price_usd_per_month = 1;
  near.limit_nodes = 3;
  fleet.pool("far", "far", OfferKind::lease).price_usd_per_month = 2;
  fleet.workload("load", {load});
  return fleet;
}

}  // namespace

TEST_CASE("a region that serves a workload has the fewest replicas of it", "[allocate]") {
  SmallFleet fleet = near_and_far(4);
  REQUIRE(fleet.plan().proof.objective_usd == Approx(3 * 1 + 1 * 2));
  fleet.scenario.policies.min_replicas = 2;  // two and two: 2 x 1 + 2 x 2, for three and two would be 7
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(6));
  REQUIRE(plan.proof.bound_usd == Approx(6));
  REQUIRE(plan.proof.relaxation_usd == Approx(5));
  std::map<int, double> replicas;
  for (const Placement& x : plan.placements) replicas[x.region] += x.load_per_s;
  for (const Standby& x : plan.standbys) replicas[x.region] += x.replicas;
  REQUIRE(replicas[0] >= Approx(2));
  REQUIRE(replicas[1] >= Approx(2));
}

TEST_CASE("small load still takes whole replicas where it is served", "[allocate]") {
  SmallFleet fleet = near_and_far(0.2);
  fleet.scenario.policies.min_replicas = 3;
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(3));
  REQUIRE(plan.standbys.size() == 1);
  REQUIRE(plan.standbys[0].replicas == Approx(2.8));
  REQUIRE(plan.standbys[0].nodes == Approx(2.8));
  fleet.scenario.policies.min_replicas = 4;  // the near region has room for three
  REQUIRE(fleet.plan().proof.objective_usd == Approx(8));
}

TEST_CASE("work that waits needs no replica of its own", "[allocate]") {
  SmallFleet fleet = near_and_far(0.2);
  fleet.scenario.policies.min_replicas = 3;
  fleet.scenario.workloads[0].deferrable = true;
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(1));
  REQUIRE(plan.standbys.empty());
}

TEST_CASE("headroom is kept free beside the fewest replicas", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  fleet.pool("lease", "here", OfferKind::lease).price_usd_per_month = 1;
  fleet.workload("load", {1.6});
  fleet.scenario.policies.headroom = 0.2;  // 1.6 is the load of two replicas
  fleet.scenario.policies.min_replicas = 2;
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(2));
  REQUIRE(plan.standbys.empty());
  fleet.scenario.policies.min_replicas = 3;
  REQUIRE(fleet.plan().proof.objective_usd == Approx(3));
}
