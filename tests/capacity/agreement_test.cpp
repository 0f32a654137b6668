// The analytic curve against the simulation, on random deployments.
#include <algorithm>
#include <cmath>

#include "models.hpp"
#include "test.hpp"
#include "tonnage/capacity/simulated_curve.hpp"
#include "tonnage/core/random.hpp"

using namespace tonnage;
using namespace tonnage::capacity;

namespace {

struct Difference {
  double load_share, ttft_p99, tpot_mean;
};

/// A random deployment at a load of 5 to 95 % of its simulated capacity; nothing when the model does not fit.
std::optional<Difference> difference(std::uint64_t trial) {
  const RandomStream stream(5, "agreement");
  std::uint64_t draw = 16 * trial;
  const auto uniform = [&](double low, double high) { return low + (high - low) * stream.uniform(draw++); };
  const auto choice = [&](int count) { return static_cast<int>(stream.bits(draw++) % static_cast<std::uint64_t>(count)); };
  const ModelArchitecture models[] = {capacity::testing::llama_8b(), capacity::testing::llama2_7b(), capacity::testing::llama_70b(), capacity::testing::mixtral_8x7b()};
  CurveQuery query = capacity::testing::chat_query(models[choice(4)]);
  query.accelerator = choice(2) == 0 ? capacity::testing::h100() : capacity::testing::a100();
  query.node = capacity::testing::node_of(query.accelerator);
  query.shape.input_mean_tokens = std::exp(uniform(std::log(100.0), std::log(4000.0)));
  query.shape.output_mean_tokens = std::exp(uniform(std::log(20.0), std::log(800.0)));
  const bool spread = choice(2) == 0;
  query.shape.input_p95_tokens = spread ? 2.5 * query.shape.input_mean_tokens : 0;
  query.shape.output_p95_tokens = spread ? 2.5 * query.shape.output_mean_tokens : 0;
  query.slo = {};
  const int parallel = 1 << choice(4);
  const double share = uniform(0.05, 0.95);
  const SimulatedReplica replica = simulated_replica(query, parallel, 6 * (query.shape.input_mean_tokens + query.shape.output_mean_tokens));
  if (!replica.problem.empty()) return std::nullopt;
  SimulatedPointQuery point{query.shape, 0, 2000, trial};
  point.load_per_s = share * highest_simulated_load(replica, {}, 5, point);
  if (!(point.load_per_s > 0)) return std::nullopt;
  point.requests = 10000;
  const SimulationSummary simulated = simulate_point(replica, point);
  const auto analytic = capacity_curve(query, parallel, std::vector<double>{point.load_per_s});
  if (analytic.empty() || simulated.tpot_s.mean <= 0) return std::nullopt;
  return Difference{share, analytic[0].ttft_p99_s / simulated.ttft_s.p99 - 1, analytic[0].tpot_mean_s / simulated.tpot_s.mean - 1};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace

TEST_CASE("the analytic curve is near the simulation on 200 random deployments", "[capacity]") {
  std::vector<Difference> all;
  for (std::uint64_t trial = 0; all.size() < 200 && trial < 2000; ++trial)
    if (const auto one = difference(trial)) all.push_back(*one);
  REQUIRE(all.size() == 200);
  for (const auto& [low, high] : {std::pair{0.05, 0.95}, std::pair{0.05, 0.35}, std::pair{0.35, 0.65}, std::pair{0.65, 0.95}}) {
    std::vector<double> tpot, tpot_signed, ttft, ttft_signed;
    for (const Difference& d : all) {
      if (d.load_share < low || d.load_share > high) continue;
      tpot.push_back(std::abs(d.tpot_mean)), ttft.push_back(std::abs(d.ttft_p99));
      tpot_signed.push_back(d.tpot_mean), ttft_signed.push_back(d.ttft_p99);
    }
    std::printf("analytic against simulation, %2.0f to %2.0f %% of capacity, %zu deployments: median difference of mean TPOT %.1f %% (signed %+.1f), of P99 TTFT %.1f %% (signed %+.1f)\n",
                100 * low, 100 * high, tpot.size(), 100 * median(tpot), 100 * median(tpot_signed), 100 * median(ttft), 100 * median(ttft_signed));
  }
  std::vector<double> tpot, ttft;
  for (const Difference& d : all) tpot.push_back(std::abs(d.tpot_mean)), ttft.push_back(std::abs(d.ttft_p99));
  CHECK(median(tpot) < 0.03);
  CHECK(median(ttft) < 0.1);
}

TEST_CASE("a prompt of many chunks goes through the stages of a pipeline as the simulation has it, alone and beside others", "[capacity]") {
  CurveQuery query = capacity::testing::chat_query(capacity::testing::llama_70b());
  query.accelerator = capacity::testing::a100();
  query.node = capacity::testing::node_of(query.accelerator);
  query.slo = {};
  query.shape.output_mean_tokens = 100;
  for (const double input : {2000.0, 20000.0}) {
    query.shape.input_mean_tokens = input;
    for (const Layout& layout : {Layout{4, 2, 1, 1}, Layout{2, 4, 1, 1}}) {
      const SimulatedReplica replica = simulated_replica(query, layout, 2 * input);
      REQUIRE(replica.problem.empty());
      double last = 0;
      SimulatedPointQuery point{query.shape, 0, 4000, 1};
      const double idle = capacity_curve(query, layout, std::vector<double>{1e-6}).front().ttft_mean_s;
      for (const double share : {0.02, 0.3, 0.5}) {
        point.load_per_s = share / idle;
        const double simulated = simulate_point(replica, point).ttft_s.mean, analytic = capacity_curve(query, layout, std::vector<double>{point.load_per_s}).front().ttft_mean_s;
        CAPTURE(input, layout.tensor, layout.pipeline, share, simulated, analytic);
        CHECK(analytic == Approx(simulated).epsilon(0.12));
        CHECK(analytic >= last * (1 - 1e-9));
        last = analytic;
      }
    }
  }
}

TEST_CASE("long prompts wait for each other, and short answers for them, as in the simulation", "[capacity]") {
  for (const ModelArchitecture& model : {capacity::testing::llama_8b(), capacity::testing::mixtral_8x7b()})
    for (const double input : {2000.0, 20000.0})
      for (const int chunk : {512, 8192}) {
        CurveQuery query = capacity::testing::chat_query(model);
        query.precision = Precision::fp8;
        query.engine.max_batched_tokens = chunk;
        query.shape = {};
        query.shape.input_mean_tokens = input, query.shape.output_mean_tokens = 20;
        query.slo = {};
        const SimulatedReplica replica = simulated_replica(query, 1, input + 20);
        REQUIRE(replica.problem.empty());
        SimulatedPointQuery point{query.shape, 0, 2000, 1};
        const double highest = highest_simulated_load(replica, {}, 1, point);
        point.requests = 12000;
        for (const double share : {0.1, 0.3, 0.5}) {
          point.load_per_s = share * highest;
          const SimulationSummary simulated = simulate_point(replica, point);
          const CurvePoint analytic = capacity_curve(query, 1, std::vector<double>{point.load_per_s}).front();
          CAPTURE(input, chunk, share, simulated.ttft_s.mean, analytic.ttft_mean_s, simulated.ttft_s.p99, analytic.ttft_p99_s, simulated.tpot_s.mean, analytic.tpot_mean_s);
          CHECK(analytic.ttft_mean_s == Approx(simulated.ttft_s.mean).epsilon(0.08));
          CHECK(analytic.ttft_p50_s == Approx(simulated.ttft_s.p50).epsilon(0.1));
          CHECK(analytic.ttft_p95_s == Approx(simulated.ttft_s.p95).epsilon(0.12));
          CHECK(analytic.ttft_p99_s == Approx(simulated.ttft_s.p99).epsilon(0.15));
          CHECK(analytic.tpot_mean_s == Approx(simulated.tpot_s.mean).epsilon(0.2));
        }
      }
}
