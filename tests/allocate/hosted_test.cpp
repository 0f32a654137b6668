#include "test.hpp"

#include "small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::SmallFleet;

namespace {

constexpr double m_tokens_per_month = 3600e-6 * 730 * 1000;  ///< of a request a second that writes 1000 tokens

/// Two and a half of load on nodes at 10 a month that carry one each, or hosted at `usd` a month for each.
SmallFleet half_hosted(double usd) {
  SmallFleet fleet(1);
  fleet.region("here");
  fleet.pool("nodes", "here", OfferKind::lease).price_usd_per_month = 10;
  fleet.node("tokens", 0, 0, 0);
  Pool& pool = fleet.pool("hosted", "here", OfferKind::api, "tokens");
  pool.serves = {"load"};
  pool.usd_per_m_input_tokens = pool.usd_per_m_output_tokens = pool.price_usd_per_hour = usd / m_tokens_per_month;
  Workload& workload = fleet.workload("load", {2.5});
  workload.shape.output_mean_tokens = 1000;
  Deployment& deployment = fleet.deployment("load", "tokens", hosted_load_per_s(fleet.scenario.pools.back(), workload.shape), 0);
  deployment.evidence = "hosted";
  deployment.accelerators = 0;
  return fleet;
}

Money paid_for_tokens(const SmallFleet& fleet, const Plan& plan) {
  Money out;
  for (const LineItem& line : fleet.ledger(plan).lines)
    if (line.category == "api") out += line.amount;
  return out;
}

}  // namespace

TEST_CASE("what does not fill a node is hosted where that is cheaper", "[allocate]") {
  const SmallFleet fleet = half_hosted(15);
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(2 * 10 + 0.5 * 15));
  CHECK(paid_for_tokens(fleet, plan).approximate() == Approx(7.5));
  CHECK(fleet.ledger(plan).totals.present_value.approximate() == Approx(plan.proof.objective_usd).epsilon(1e-9));
  CHECK(half_hosted(25).plan().proof.objective_usd == Approx(30));
  CHECK(half_hosted(5).plan().proof.objective_usd == Approx(12.5));
}

TEST_CASE("tokens need no headroom, no fewest replicas and no room, and have a limit of their own", "[allocate]") {
  SmallFleet fleet = half_hosted(15);
  fleet.scenario.policies.headroom = 0.5;  // a node carries half
  CHECK(fleet.plan().proof.objective_usd == Approx(2.5 * 15));
  fleet.scenario.policies.min_replicas = 3;
  fleet.scenario.regions[0].space_nodes = 0;
  CHECK(fleet.plan().proof.objective_usd == Approx(2.5 * 15));
  fleet = half_hosted(5);
  fleet.scenario.pools[1].limit_nodes = 0.5 * m_tokens_per_month / 730;
  CHECK(fleet.plan().proof.objective_usd == Approx(2 * 10 + 0.5 * 5));
}

TEST_CASE("a request with prompt and answer at prices apart costs what its tokens do", "[allocate]") {
  Pool pool;
  pool.usd_per_m_input_tokens = 0.5;
  pool.usd_per_m_output_tokens = 2;
  Shape shape;
  shape.input_mean_tokens = 800;
  shape.output_mean_tokens = 300;
  CHECK(2 / hosted_load_per_s(pool, shape) / 3600 == Approx((800 * 0.5 + 300 * 2) * 1e-6));
  pool.usd_per_m_input_tokens = 4;
  CHECK(4 / hosted_load_per_s(pool, shape) / 3600 == Approx((800 * 4 + 300 * 2) * 1e-6));
  CHECK(hosted_load_per_s(pool, Shape{}) == 0);
}

TEST_CASE("spot nodes that are taken back do again what they did", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  Pool& pool = fleet.pool("spot", "here", OfferKind::spot);
  pool.price_usd_per_hour = 1;
  pool.interruption_per_day = 0.1;
  fleet.workload("load", {9});
  CHECK(fleet.plan().proof.objective_usd == Approx(730 * 9 / 0.9));
  fleet.scenario.pools[0].restart_days = 0.5;
  CHECK(fleet.plan().proof.objective_usd == Approx(730 * 9 / 0.85));
}
