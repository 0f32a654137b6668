#include "tonnage/tco/efficiency.hpp"

#include "test.hpp"

#include "allocate/small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::random_fleet;
using tonnage::testing::SmallFleet;

namespace {

/// Four nodes held for a month of two halves: 4 of load by day, 2 by night.
SmallFleet half_used() {
  SmallFleet fleet(1, {365, 365});
  fleet.region("here");
  fleet.pool("own", "here", OfferKind::owned).in_service_nodes = {4};
  fleet.workload("load", {4, 2});
  return fleet;
}

}  // namespace

TEST_CASE("each layer of use is a share of the one before", "[tco]") {
  SmallFleet fleet = half_used();
  fleet.capacities.deployments[0].busy = 0.8;
  fleet.capacities.deployments[0].flops_share = 0.2;
  fleet.scenario.regions[0].measured_use = {{"unit", 0.7, {}, {}, {}}};
  const auto layers = tco::efficiency(fleet.scenario, fleet.demand, fleet.capacities, fleet.plan());
  REQUIRE(layers.size() == 1);
  CHECK(layers[0].paid_node_hours == Approx(4 * 730));
  CHECK(layers[0].allocated_share == Approx(0.75));
  REQUIRE(layers[0].busy_share.has_value());
  CHECK(*layers[0].busy_share == Approx(0.8));
  REQUIRE(layers[0].flops_share.has_value());
  CHECK(*layers[0].flops_share == Approx(0.25));
  CHECK(!layers[0].bytes_share.has_value());
  CHECK(layers[0].measured.allocated_share == std::optional<double>(0.7));
}

TEST_CASE("headroom is allocated but not busy, and what is not known is not told", "[tco]") {
  SmallFleet fleet = half_used();
  fleet.scenario.policies.headroom = 0.5;
  fleet.scale_demand(0.5);
  fleet.capacities.deployments[0].busy = 1;
  auto layers = tco::efficiency(fleet.scenario, fleet.demand, fleet.capacities, fleet.plan());
  CHECK(layers[0].allocated_share == Approx(0.75));
  CHECK(*layers[0].busy_share == Approx(0.5));
  fleet.capacities.deployments[0].busy.reset();
  layers = tco::efficiency(fleet.scenario, fleet.demand, fleet.capacities, fleet.plan());
  CHECK(!layers[0].busy_share.has_value());
}

TEST_CASE("no layer of use is beyond what is paid for", "[tco]") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    const SmallFleet fleet = random_fleet(seed);
    const Plan plan = fleet.plan(1e-3);
    if (plan.proof.status != "optimal") continue;
    for (const tco::Efficiency& one : tco::efficiency(fleet.scenario, fleet.demand, fleet.capacities, plan)) {
      CHECK(one.allocated_share >= 0);
      CHECK(one.allocated_share <= 1 + 1e-9);
    }
  }
}
