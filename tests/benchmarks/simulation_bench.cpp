// Speed of the simulator on one core: steps a second, requests on one replica. Prints a table in Markdown; asserts nothing.
//
//   simulation_bench [RUNS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "benchmarks/fastest.hpp"
#include "capacity/models.hpp"
#include "tonnage/capacity/roofline.hpp"
#include "tonnage/capacity/fleet.hpp"

using namespace tonnage::capacity;
using tonnage::testing::fastest_ms;

namespace {

Placement placement() {
  const tonnage::ModelArchitecture model = testing::llama_8b();
  Placement p;
  p.model = model;
  p.size = size_of(model);
  p.accelerator = testing::h100();
  return p;
}

void replica(const char* name, int runs, const StepTimes& times, double rate, int count, bool joined) {
  Traffic traffic;
  traffic.arrivals.rate_per_s = rate;
  traffic.input.mean = 900, traffic.output.mean = 200;
  EngineSettings engine;
  engine.join_steps = joined;
  engine.kv_tokens = 400000;
  SimulationResult result;
  const double ms = fastest_ms(runs, [&] {
    const std::vector<Request> requests = make_requests(traffic, count, 1);
    result = simulate({requests, ArrivalKind::poisson}, times, engine);
  });
  const SimulationSummary& s = result.summary;
  std::printf("| %s, %g/s | %.2f | %lld | %.1f | %.1f | %s |\n", name, rate, ms, s.steps, static_cast<double>(s.steps) / ms / 1e3, s.batch, s.saturated ? "yes" : "no");
}

void fleet(const char* name, int runs, const StepTimes& times, int replicas, Routing routing, int decode_replicas = 0) {
  Traffic traffic;
  traffic.arrivals.rate_per_s = 15.0 * replicas;
  traffic.input = {LengthKind::lognormal, 900, 0.8, 2000}, traffic.output = {LengthKind::lognormal, 200, 0.8, 500};
  traffic.longest_tokens = 8192;
  ReplicaSpec spec;
  spec.times = &times;
  spec.engine.kv_tokens = 400000;
  FleetResult result;
  const double ms = fastest_ms(runs, [&] {
    const std::vector<Request> requests = make_requests(traffic, 100000, 1);
    FleetQuery query;
    query.load.requests = requests;
    query.routing = routing;
    query.replicas.assign(static_cast<std::size_t>(replicas), spec);
    query.decode_replicas.assign(static_cast<std::size_t>(decode_replicas), spec);
    result = simulate_fleet(query);
  });
  const SimulationSummary& s = result.all.summary;
  std::printf("| %s | %.0f | %lld | %.1f | %.1f | %s |\n", name, ms, s.steps, static_cast<double>(s.steps) / ms / 1e3, s.batch / replicas, s.saturated ? "yes" : "no");
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 20;
  const Placement p = placement();
  StepTimes times;
  long long calls = 0;
  const auto seconds = [&](double n, double c, double f, double q) { return ++calls, step_time(p, n, c, f, q).total_s; };
  const double table_ms = fastest_ms(runs, [&] { calls = 0, times = StepTimes({256, 2048, 2048}, seconds); });
  double sum = 0;
  const double decode_ms = fastest_ms(runs, [&] { for (int i = 0; i < 1000000; ++i) sum += times.decode(i & 255, i & 1023); });
  const double mixed_ms = fastest_ms(runs, [&] { for (int i = 0; i < 1000000; ++i) sum += times.mixed(i & 255, i & 1023, 1 + (i & 1023), i & 511); });
  std::printf("table of step times: %lld samples in %.2f ms; lookup %.1f ns without, %.1f ns with prompts (%.3g)\n\n", calls, table_ms, decode_ms, mixed_ms, sum);
  std::printf("| run | ms | steps | M steps/s | batch | saturated |\n| --- | ---: | ---: | ---: | ---: | --- |\n");
  for (const double rate : {2.0, 10.0, 25.0, 60.0}) {
    replica("2,000 requests, one replica", runs, times, rate, 2000, true);
    replica("2,000 requests, step by step", runs, times, rate, 2000, false);
  }
  const StepTimes wide({256, 8192, 2048}, seconds);
  const int few = std::max(1, runs / 4);
  fleet("100,000 requests, 16 replicas in turn", few, wide, 16, Routing::round_robin);
  fleet("100,000 requests, 16 replicas, least requests", few, wide, 16, Routing::least_requests);
  fleet("100,000 requests, 64 replicas, least requests", few, wide, 64, Routing::least_requests);
  fleet("100,000 requests, 16 prefill and 16 decode", few, wide, 16, Routing::least_requests, 16);
  return 0;
}
