// Arrivals in bunches, loads that swing, and speculative decoding in the analytic curve: closed forms, simulation, monotony.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../../src/capacity/dispersion.hpp"
#include "models.hpp"
#include "test.hpp"
#include "tonnage/capacity/simulated_curve.hpp"
#include "tonnage/core/random.hpp"

using namespace tonnage;
using namespace tonnage::capacity;

namespace {

struct Moments {
  double mean = 0, variance = 0;
};

Moments moments(std::span<const double> chances) {
  Moments m;
  for (std::size_t n = 0; n < chances.size(); ++n) m.mean += static_cast<double>(n) * chances[n], m.variance += static_cast<double>(n * n) * chances[n];
  m.variance -= m.mean * m.mean;
  return m;
}

std::vector<double> count_chances(double mean, double dispersion) {
  std::vector<double> chances;
  Counts count(mean, dispersion);
  for (int k = 0; k < 2000; ++k, count.next()) chances.push_back(count.chance());
  return chances;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

/// Differences of the analytic curve from the simulation.
struct Difference {
  double ttft_p95 = 0, ttft_p99 = 0, tpot_mean = 0;
};

std::optional<Difference> difference(std::uint64_t trial, bool bunches, bool drafts) {
  const RandomStream stream(11, "agreement of arrivals");
  std::uint64_t draw = 16 * trial;
  const auto uniform = [&](double low, double high) { return low + (high - low) * stream.uniform(draw++); };
  CurveQuery query = capacity::testing::chat_query(uniform(0, 1) < 0.5 ? capacity::testing::llama_8b() : capacity::testing::llama_70b());
  query.shape.input_mean_tokens = std::exp(uniform(std::log(200.0), std::log(3000.0)));
  query.shape.output_mean_tokens = std::exp(uniform(std::log(50.0), std::log(600.0)));
  query.shape.input_p95_tokens = uniform(0, 1) < 0.5 ? 2.5 * query.shape.input_mean_tokens : 0;
  query.shape.output_p95_tokens = uniform(0, 1) < 0.5 ? 2.5 * query.shape.output_mean_tokens : 0;
  if (bunches) query.arrivals.cv = std::exp(uniform(std::log(0.4), std::log(4.0)));
  if (drafts) query.speculation = {1 + static_cast<int>(uniform(0, 5)), uniform(0.4, 0.9), uniform(0, 0.1)};
  const int parallel = 1 << static_cast<int>(uniform(0, 4));
  const double share = uniform(0.1, 0.8);
  const SimulatedReplica replica = simulated_replica(query, parallel, 6 * (query.shape.input_mean_tokens + query.shape.output_mean_tokens));
  if (!replica.problem.empty()) return std::nullopt;
  SimulatedPointQuery point{query.shape, 0, 2000, trial, 1};
  point.load_per_s = share * highest_simulated_load(replica, {}, 5, point);
  point.requests = 10000, point.arrival_cv = query.arrivals.cv;
  const SimulationSummary simulated = simulate_point(replica, point);
  const auto analytic = capacity_curve(query, parallel, std::vector<double>{point.load_per_s});
  if (analytic.empty() || !(simulated.tpot_s.mean > 0) || simulated.saturated) return std::nullopt;
  return Difference{analytic[0].ttft_p95_s / simulated.ttft_s.p95 - 1, analytic[0].ttft_p99_s / simulated.ttft_s.p99 - 1, analytic[0].tpot_mean_s / simulated.tpot_s.mean - 1};
}

void check_agreement(const char* what, bool bunches, bool drafts, double tpot_bar, double ttft_bar) {
  std::vector<double> tpot, p95, p99, tpot_signed, p99_signed;
  for (std::uint64_t trial = 0; tpot.size() < 60 && trial < 600; ++trial)
    if (const auto one = difference(trial, bunches, drafts)) {
      tpot.push_back(std::abs(one->tpot_mean)), p95.push_back(std::abs(one->ttft_p95)), p99.push_back(std::abs(one->ttft_p99));
      tpot_signed.push_back(one->tpot_mean), p99_signed.push_back(one->ttft_p99);
    }
  REQUIRE(tpot.size() == 60);
  std::printf("analytic against simulation, %s, 60 deployments: median difference of mean TPOT %.1f %% (signed %+.1f), of P95 TTFT %.1f %%, of P99 TTFT %.1f %% (signed %+.1f)\n", what,
              100 * median(tpot), 100 * median(tpot_signed), 100 * median(p95), 100 * median(p99), 100 * median(p99_signed));
  CHECK(median(tpot) < tpot_bar);
  CHECK(median(p99) < ttft_bar);
}

double load_of(const CurveQuery& query, int tensor) { return highest_load_per_s(query, Layout{tensor, 1, 1, 1}); }

}  // namespace

TEST_CASE("counts have their mean and their index of dispersion", "[capacity]") {
  for (const double mean : {0.2, 1.0, 3.0, 12.0})
    for (const double dispersion : {1.0, 1.5, 4.0, 16.0}) {
      const Moments m = moments(count_chances(mean, dispersion));
      CHECK(m.mean == Approx(mean).epsilon(1e-6));
      CHECK(m.variance == Approx(mean * dispersion).epsilon(1e-6));
    }
  const Moments even = moments(count_chances(4, 0.5));  // a binomial of 8
  CHECK(even.mean == Approx(4).epsilon(1e-9));
  CHECK(even.variance == Approx(2).epsilon(1e-9));
}

TEST_CASE("peakedness goes from 1 to half of 1 + cv^2, counts to cv^2", "[capacity]") {
  CHECK(Dispersion(1).poisson());
  CHECK(Dispersion(1).peakedness(7) == 1);
  for (const double cv : {0.5, 2.0, 4.0}) {
    const Dispersion d(cv);
    if (cv <= 2) CHECK(d.peakedness(1e-6) == Approx(1).margin(0.1));  // those of long gaps forget slowly
    CHECK(d.peakedness(1e6) == Approx(0.5 * (1 + cv * cv)).epsilon(1e-3));
    CHECK(d.peakedness(1e6, 1) == Approx(cv * cv).epsilon(1e-3));
    CHECK(d.of_counts(1e6) == Approx(cv * cv).epsilon(1e-3));
  }
}

TEST_CASE("the chain of bunched arrivals keeps its load, and the number in service has the peakedness", "[capacity]") {
  std::vector<double> rates;
  for (int n = 1; n <= 2000; ++n) rates.push_back(n);  // servers never lack
  for (const double peakedness : {0.6, 1.0, 2.5, 8.0}) {
    const Moments m = moments(bunched_chain(100, peakedness, rates).states);
    CHECK(m.mean == Approx(100).epsilon(1e-6));
    CHECK(m.variance / m.mean == Approx(peakedness).epsilon(1e-6));
  }
  const BunchedChain random = bunched_chain(3, 1, rates);
  const std::vector<double> closed = birth_death(3, rates);
  for (std::size_t n = 0; n < 20; ++n) CHECK(random.states[n] == closed[n]);
}

TEST_CASE("arrivals in bunches: the analytic curve is near the simulation", "[capacity]") { check_agreement("bunches (CV 0.4 to 4)", true, false, 0.035, 0.12); }

TEST_CASE("speculative decoding: the analytic curve is near the simulation", "[capacity]") { check_agreement("drafts (1 to 5)", false, true, 0.03, 0.1); }

TEST_CASE("more bunches, more swing or less acceptance never carry more", "[capacity]") {
  for (const int tensor : {1, 4}) {
    CurveQuery query = capacity::testing::chat_query();
    double last = std::numeric_limits<double>::infinity();
    for (const double cv : {0.3, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0}) {
      query.arrivals.cv = cv;
      const double load = load_of(query, tensor);
      CHECK(load <= last * (1 + 2e-3));
      last = load;
    }
    CHECK(last < 0.6 * load_of(capacity::testing::chat_query(), tensor));
    query = capacity::testing::chat_query(), last = std::numeric_limits<double>::infinity();
    for (const double swing : {0.0, 0.02, 0.1, 0.3, 0.6}) {
      query.arrivals.rate_cv = swing;
      const double load = load_of(query, tensor);
      CHECK(load <= last * (1 + 1e-3));
      last = load;
    }
    CHECK(last < 0.8 * load_of(capacity::testing::chat_query(), tensor));
    query = capacity::testing::chat_query(), last = 0;
    for (const double acceptance : {0.0, 0.2, 0.5, 0.7, 0.9, 1.0}) {
      query.speculation = {3, acceptance, 0.05};
      const double load = load_of(query, tensor);
      CHECK(load >= last * (1 - 1e-3));
      last = load;
    }
    CHECK(last > load_of(capacity::testing::chat_query(), tensor));
  }
}

TEST_CASE("drafts that are never accepted cost their time and nothing else", "[capacity]") {
  Placement p;
  p.model = capacity::testing::llama_8b(), p.size = size_of(p.model), p.accelerator = capacity::testing::h100();
  const double plain = StepCost(p).at(8, 1000, 0, 0).total_s;
  p.speculation = {3, 0, 0};
  const double checked = StepCost(p).at(8, 1000, 0, 0).total_s;
  CHECK(checked > plain);
  CHECK(checked < 1.1 * plain);  // memory-bound: three more tokens ride along
  p.speculation = {3, 0, 0.1};
  CHECK(StepCost(p).at(8, 1000, 0, 0).total_s == Approx(checked + 0.3 * plain));
  CHECK(StepCost(p).at(0, 0, 500, 250).total_s == Approx([&] { p.speculation = {}; return StepCost(p).at(0, 0, 500, 250).total_s; }()));
}
