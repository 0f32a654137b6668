#include "tonnage/capacity/fleet_plan.hpp"

#include <cmath>

#include "models.hpp"
#include "test.hpp"
#include "tonnage/capacity/simulated_curve.hpp"

using namespace tonnage;
using namespace tonnage::capacity;

namespace {

PoolQuery pool_of(const char* name, int replicas, int longest = 0) {
  PoolQuery pool;
  pool.name = name;
  pool.query = capacity::testing::chat_query();
  pool.replicas = replicas, pool.longest_tokens = longest;
  pool.usd_per_accelerator_hour = 4;
  return pool;
}

FleetPlanQuery fleet_of(std::vector<PoolQuery> pools, const std::vector<Request>& requests, double ttft_p99_s) {
  FleetPlanQuery query;
  query.pools = std::move(pools);
  query.load.requests = requests;
  query.load.warm_up = 0.1;
  query.slo.ttft = {{0.99, ttft_p99_s}};
  return query;
}

std::vector<Request> chat(double rate, int count) {
  Traffic traffic;
  traffic.arrivals.rate_per_s = rate;
  traffic.input = {LengthKind::lognormal, 800, 0.8, 2400};
  traffic.output = {LengthKind::lognormal, 150, 0.8, 450};
  traffic.longest_tokens = 8192;
  return make_requests(traffic, count, 7);
}

}  // namespace

TEST_CASE("the fewest replicas hold the SLO and one less does not", "[capacity]") {
  const std::vector<Request> requests = chat(120, 6000);
  const FleetOutcome found = plan_fleet(fleet_of({pool_of("h100", 0)}, requests, 0.2));
  REQUIRE(found.holds);
  const int count = found.pools[0].replicas;
  CHECK(count > 1);
  CHECK(found.accelerators == count);
  CHECK(found.usd_per_hour == 4 * count);
  CHECK_FALSE(plan_fleet(fleet_of({pool_of("h100", count - 1)}, requests, 0.2)).holds);
  CHECK(plan_fleet(fleet_of({pool_of("h100", count)}, requests, 0.2)).holds);
  // A tighter limit needs no fewer, a higher load neither.
  CHECK(plan_fleet(fleet_of({pool_of("h100", 0)}, requests, 0.18)).pools[0].replicas >= count);
  CHECK(plan_fleet(fleet_of({pool_of("h100", 0)}, chat(240, 12000), 0.2)).pools[0].replicas > count);
}

TEST_CASE("what no number of replicas holds is told, and what cannot be simulated too", "[capacity]") {
  const std::vector<Request> requests = chat(20, 2000);
  const FleetOutcome never = plan_fleet(fleet_of({pool_of("h100", 0)}, requests, 0.001));
  CHECK_FALSE(never.holds);
  CHECK(never.reason.rfind("no number of replicas holds the SLO: P99 TTFT of", 0) == 0);
  PoolQuery prefill = pool_of("prompts", 1);
  prefill.role = PoolRole::prefill;
  CHECK(plan_fleet(fleet_of({prefill}, requests, 1)).reason == "a prefill pool needs a decode pool, and the other way round");
  PoolQuery large = pool_of("large", 1);
  large.query.model = capacity::testing::llama_70b(), large.query.precision = Precision::bf16;
  CHECK(plan_fleet(fleet_of({large}, requests, 1)).reason.find("do not fit") != std::string::npos);
  CHECK(plan_fleet(fleet_of({}, requests, 1)).reason == "there are no pools");
}

TEST_CASE("pools by length and disaggregated pools are each sized, requests go where they belong", "[capacity]") {
  const std::vector<Request> requests = chat(80, 6000);
  FleetPlanQuery pools = fleet_of({pool_of("short", 0, 1024), pool_of("long", 0)}, requests, 0.3);
  pools.routing = Routing::by_length;
  const FleetOutcome split = plan_fleet(pools);
  REQUIRE(split.holds);
  CHECK(split.pools[0].requests + split.pools[1].requests == 6000);
  CHECK(split.pools[0].requests > split.pools[1].requests);
  PoolQuery prefill = pool_of("prefill", 0), decode = pool_of("decode", 0);
  prefill.role = PoolRole::prefill, decode.role = PoolRole::decode;
  FleetPlanQuery apart = fleet_of({prefill, decode}, requests, 0.4);
  apart.kv_link_bytes_per_s = 50e9;
  const FleetOutcome disaggregated = plan_fleet(apart);
  REQUIRE(disaggregated.holds);
  CHECK(disaggregated.pools[1].ttft_s.p99 <= 0.4);
  CHECK(disaggregated.pools[1].tpot_s.p99 < split.pools[1].tpot_s.p99);
  // Roles in another order in the table are the same fleet.
  std::swap(apart.pools[0], apart.pools[1]);
  const FleetOutcome swapped = plan_fleet(apart);
  CHECK(swapped.pools[0].replicas == disaggregated.pools[1].replicas);
  CHECK(swapped.result.all.summary.ttft_s.p99 == disaggregated.result.all.summary.ttft_s.p99);
}

TEST_CASE("power rises with load between idle and full", "[capacity]") {
  double last = 0;
  for (const double rate : {0.5, 2.0, 8.0, 20.0}) {
    const FleetOutcome out = plan_fleet(fleet_of({pool_of("h100", 1)}, chat(rate, 1500), 10));
    CHECK(out.power_w > last);
    CHECK(out.power_w <= 1.5 * 700);
    last = out.power_w;
  }
}

TEST_CASE("the highest simulated load holds, a little more does not", "[capacity]") {
  CurveQuery query = capacity::testing::chat_query();
  const SimulatedReplica replica = simulated_replica(query, 1, 4096);
  REQUIRE(replica.problem.empty());
  SimulatedPointQuery point{query.shape, 0, 3000, 1};
  Slo slo;
  slo.ttft = {{0.95, 0.2}}, slo.tpot = {{0, 0.02}};
  const double highest = highest_simulated_load(replica, slo, 5, point);
  CHECK(highest > 5);
  point.load_per_s = highest;
  CHECK(missed_limit(simulate_point(replica, point), slo).empty());
  point.load_per_s = 1.03 * highest;
  CHECK_FALSE(missed_limit(simulate_point(replica, point), slo).empty());
  // From another guess the same, within the tolerance.
  CHECK(highest_simulated_load(replica, slo, 40, point) == Approx(highest).epsilon(0.03));
}
