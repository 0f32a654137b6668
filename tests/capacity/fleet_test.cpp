#include "tonnage/capacity/fleet.hpp"

#include <cmath>
#include <cstring>

#include "test.hpp"
#include "tonnage/core/random.hpp"

using namespace tonnage;
using namespace tonnage::capacity;

namespace {

StepTimes times_of(double speed, int sequences = 128, double context = 32768) {
  return StepTimes({sequences, context, 4096}, [=](double n, double c, double p, double q) {
    return (5e-3 + 50e-6 * n + 5e-9 * n * c + 20e-6 * p + 1e-9 * p * q) / speed;
  });
}

Traffic chat(double rate) {
  Traffic t;
  t.arrivals.rate_per_s = rate;
  t.input = {LengthKind::lognormal, 800, 0.8, 2400};
  t.output = {LengthKind::lognormal, 150, 0.8, 450};
  t.longest_tokens = 16384;
  return t;
}

FleetQuery fleet_of(const std::vector<Request>& requests, const StepTimes& times, int replicas, Routing routing) {
  FleetQuery fleet;
  fleet.load.requests = requests;
  fleet.load.warm_up = 0.1;
  fleet.routing = routing;
  ReplicaSpec spec;
  spec.times = &times;
  spec.engine.max_sequences = 128;
  fleet.replicas.assign(static_cast<std::size_t>(replicas), spec);
  return fleet;
}

void all_finish(const FleetResult& result, const std::vector<Request>& requests) {
  long long tokens = 0, finished = 0;
  for (const Request& r : requests) tokens += r.output_tokens;
  for (const RequestOutcome& o : result.all.requests) finished += o.finished;
  CHECK(finished == static_cast<long long>(requests.size()));
  CHECK(result.all.summary.output_tokens == tokens);
}

}  // namespace

TEST_CASE("a fleet of one equals a replica, whatever the router", "[capacity]") {
  const StepTimes times = times_of(1);
  const std::vector<Request> requests = make_requests(chat(8), 600, 2);
  FleetQuery one = fleet_of(requests, times, 1, Routing::round_robin);
  const SimulationResult alone = simulate(one.load, times, one.replicas[0].engine);
  for (const Routing routing : {Routing::round_robin, Routing::least_requests, Routing::least_tokens, Routing::by_length, Routing::prefix}) {
    one.routing = routing;
    const FleetResult r = simulate_fleet(one);
    for (std::size_t i = 0; i < requests.size(); ++i) REQUIRE(r.all.requests[i].e2e_s == Approx(alone.requests[i].e2e_s).epsilon(1e-9));
    CHECK(r.all.summary.steps == alone.summary.steps);
  }
}

TEST_CASE("routers: looking at the load beats taking turns; weights share by speed", "[capacity]") {
  const StepTimes times = times_of(1), slow = times_of(0.4);
  const std::vector<Request> requests = make_requests(chat(70), 6000, 4);
  FleetQuery fleet = fleet_of(requests, times, 4, Routing::round_robin);
  const FleetResult turns = simulate_fleet(fleet);
  all_finish(turns, requests);
  for (const ReplicaReport& r : turns.replicas) CHECK(r.requests == 1500);
  for (const Routing routing : {Routing::least_requests, Routing::least_tokens}) {
    fleet.routing = routing;
    const FleetResult least = simulate_fleet(fleet);
    all_finish(least, requests);
    CHECK(least.all.summary.ttft_s.p99 < turns.all.summary.ttft_s.p99);
    CHECK(least.all.summary.e2e_s.mean < 1.01 * turns.all.summary.e2e_s.mean);
  }
  fleet.routing = Routing::round_robin;
  fleet.replicas[3].times = &slow, fleet.replicas[3].weight = 0.4;
  const FleetResult mixed = simulate_fleet(fleet);
  CHECK(static_cast<double>(mixed.replicas[3].requests) == Approx(6000 * 0.4 / 3.4).epsilon(0.01));
}

TEST_CASE("pools split by length: each takes what it holds, and long requests do not delay short ones", "[capacity]") {
  const StepTimes times = times_of(1);
  const std::vector<Request> requests = make_requests(chat(60), 6000, 6);
  FleetQuery fleet = fleet_of(requests, times, 4, Routing::by_length);
  for (std::size_t i = 0; i < 3; ++i) fleet.replicas[i].longest_tokens = 2048;
  const FleetResult split = simulate_fleet(fleet);
  all_finish(split, requests);
  for (std::size_t i = 0; i < requests.size(); ++i)
    CHECK((split.all.requests[i].replica < 3) == (requests[i].input_tokens + requests[i].output_tokens <= 2048));
  for (ReplicaSpec& r : fleet.replicas) r.longest_tokens = 2048;  // nobody takes the long ones
  const FleetResult none = simulate_fleet(fleet);
  CHECK(none.all.summary.refused > 0);
}

TEST_CASE("prefix-aware routing finds prefixes more often than taking turns", "[capacity]") {
  const StepTimes times = times_of(1);
  Traffic traffic = chat(40);
  traffic.prefix_groups = 64, traffic.cached_share = 0.7;
  const std::vector<Request> requests = make_requests(traffic, 6000, 8);
  FleetQuery fleet = fleet_of(requests, times, 4, Routing::least_requests);
  for (ReplicaSpec& r : fleet.replicas) r.prefix_cache_tokens = 16000;
  const FleetResult blind = simulate_fleet(fleet);
  fleet.routing = Routing::prefix;
  const FleetResult aware = simulate_fleet(fleet);
  all_finish(aware, requests);
  CHECK(aware.prefix_hits > blind.prefix_hits + 0.2);
  CHECK(aware.all.summary.ttft_s.mean < blind.all.summary.ttft_s.mean);
}

TEST_CASE("disaggregated: prompts, transfer, decode", "[capacity]") {
  const StepTimes times = times_of(1);
  const std::vector<Request> one{{0.5, 1000, 11, 0, -1}};
  FleetQuery fleet = fleet_of(one, times, 1, Routing::least_requests);
  fleet.decode_replicas = fleet.replicas;
  fleet.replicas[0].engine.max_batched_tokens = 4096;
  fleet.transfer = {1e5, 1e9, 0.003};
  const FleetResult r = simulate_fleet(fleet);
  const double prefill = 5e-3 + 20e-6 * 1000 + 1e-9 * 1000 * 500, first = 5e-3 + 20e-6 + 1e-9 * 999.5;
  CHECK(r.all.requests[0].ttft_s == Approx(prefill + 0.1 + 0.003 + first));
  CHECK(r.all.requests[0].tpot_s == Approx(5e-3 + 50e-6 + 5e-9 * 1005.5));

  const std::vector<Request> many = make_requests(chat(25), 4000, 3);
  FleetQuery split = fleet_of(many, times, 2, Routing::least_requests);
  split.decode_replicas = split.replicas;
  split.transfer = {1e5, 50e9, 0.001};
  const FleetResult apart = simulate_fleet(split);
  all_finish(apart, many);
  CHECK(apart.replicas.size() == 4);
  const FleetResult together = simulate_fleet(fleet_of(many, times, 4, Routing::least_requests));
  CHECK(apart.all.summary.tpot_s.p99 < together.all.summary.tpot_s.p99);  // no prompts among the decodes

  // A closed loop through both stages keeps its concurrency.
  split.load.arrivals = ArrivalKind::closed, split.load.concurrency = 40;
  const FleetResult loop = simulate_fleet(split);
  all_finish(loop, many);
  CHECK(loop.all.summary.request_rate_per_s * loop.all.summary.e2e_s.mean == Approx(40).epsilon(0.05));
}

TEST_CASE("a decode pool that is too small is told, and so is a small pool of lengths", "[capacity]") {
  const StepTimes times = times_of(1), weak = times_of(0.05);
  const std::vector<Request> many = make_requests(chat(25), 4000, 3);
  FleetQuery split = fleet_of(many, times, 3, Routing::least_requests);
  split.decode_replicas.assign(1, split.replicas[0]);
  split.decode_replicas[0].times = &weak;
  CHECK(simulate_fleet(split).all.summary.saturated);
  FleetQuery pools = fleet_of(many, times, 4, Routing::by_length);
  for (std::size_t i = 0; i < 3; ++i) pools.replicas[i].longest_tokens = 4096;
  CHECK_FALSE(simulate_fleet(pools).all.summary.saturated);
  const StepTimes snail = times_of(0.01);
  pools.replicas[3].times = &snail;
  CHECK(simulate_fleet(pools).all.summary.saturated);
}

TEST_CASE("random fleets end, keep every token and repeat to the byte", "[capacity]") {
  const StepTimes fast = times_of(1, 64, 8192), slow = times_of(0.3, 64, 8192);
  const RandomStream stream(99, "random fleets");
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    std::uint64_t draw = 100 * trial;
    const auto whole = [&](int low, int high) { return low + static_cast<int>(stream.bits(draw++) % static_cast<std::uint64_t>(high - low + 1)); };
    Traffic traffic = chat(std::exp(whole(-10, 60) / 10.0));
    traffic.longest_tokens = 8000;
    traffic.arrivals.kind = static_cast<ArrivalKind>(whole(0, 4));
    traffic.arrivals.cv = whole(0, 40) / 10.0;
    traffic.output.mean = whole(1, 300);
    traffic.cached_share = whole(0, 2) * 0.5;
    traffic.prefix_groups = whole(0, 20);
    const std::vector<Request> requests = make_requests(traffic, whole(1, 300), trial);
    FleetQuery fleet = fleet_of(requests, fast, whole(1, 5), static_cast<Routing>(whole(0, 4)));
    fleet.load.arrivals = traffic.arrivals.kind;
    fleet.load.concurrency = whole(0, 80), fleet.load.ramp_s = whole(0, 3), fleet.load.warm_up = whole(0, 10) / 10.0;
    for (ReplicaSpec& r : fleet.replicas) {
      r.times = whole(0, 1) != 0 ? &fast : &slow;
      r.engine.prefill = static_cast<Prefill>(whole(0, 2));
      r.engine.max_sequences = whole(1, 64);
      r.engine.max_batched_tokens = whole(64, 3000);
      r.engine.kv_tokens = whole(0, 3) * 9000.0;
      r.engine.draft_tokens = whole(0, 3), r.engine.acceptance = whole(0, 10) / 10.0;
      r.engine.front_end_s = 0.01, r.engine.front_end_cv = whole(0, 2);
      r.engine.max_waiting = whole(0, 3) == 0 ? whole(1, 20) : 0;
      r.prefix_cache_tokens = whole(0, 2) * 4000.0;
    }
    if (whole(0, 2) == 0) fleet.decode_replicas = fleet.replicas, fleet.transfer = {1e5, whole(0, 2) * 1e9, 1e-3};
    INFO("trial " << trial);
    const FleetResult a = simulate_fleet(fleet), b = simulate_fleet(fleet);
    CHECK(a.all.summary.stopped.empty());
    long long finished = 0, tokens = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const RequestOutcome& o = a.all.requests[i];
      finished += o.finished;
      if (!o.finished) continue;
      tokens += requests[i].output_tokens;
      CHECK((std::isfinite(o.ttft_s) && o.ttft_s > 0 && o.e2e_s >= o.ttft_s && o.tpot_s >= 0));
    }
    CHECK(finished + a.all.summary.turned_away + a.all.summary.refused == static_cast<long long>(requests.size()));
    CHECK(tokens == a.all.summary.output_tokens);
    CHECK(a.all.summary.kv_use_peak <= 1 + 1e-9);
    CHECK(std::memcmp(a.all.requests.data(), b.all.requests.data(), requests.size() * sizeof(RequestOutcome)) == 0);
  }
}
