// The simulator and the birth-death chain against closed forms of queueing theory.
#include <cmath>

#include "test.hpp"
#include "tonnage/capacity/fleet.hpp"
#include "tonnage/capacity/queueing.hpp"
#include "tonnage/core/random.hpp"

using namespace tonnage;
using namespace tonnage::capacity;

namespace {

constexpr double tick_s = 2e-3;  ///< a step: services are geometric in steps, close to exponential

/// Poisson arrivals, exponential service of 1 s on average (alone in the engine), prompts of one token.
std::vector<Request> markov_requests(double rate, int count, std::uint64_t seed) {
  const RandomStream stream(seed, "markov");
  std::vector<Request> requests;
  double now = 0;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
    now += -std::log(stream.uniform(2 * i)) / rate;
    requests.push_back({now, 1, std::max(1, static_cast<int>(std::ceil(-std::log(stream.uniform(2 * i + 1)) / tick_s))), 0, -1});
  }
  return requests;
}

/// `slots` in service, a step of n requests takes `step(n)` ticks.
template <class Step>
SimulationSummary simulated(const std::vector<Request>& requests, int slots, int places, Step&& step) {
  EngineSettings engine;
  engine.max_sequences = slots, engine.max_waiting = places;
  SimulationQuery query{requests};
  query.warm_up = 0.05;
  const StepTimes times({slots, 32768, 2048}, [&](double n, double, double, double) { return tick_s * step(std::max(n, 1.0)); });
  return simulate(query, times, engine).summary;
}

/// Mean over independent runs, and its standard error.
struct Estimate {
  std::vector<double> values;

  /// Within four standard errors, and 1 % for services that are whole steps and one step for the prompt.
  void agrees(const char* what, double exact) const {
    double mean = 0, square = 0;
    for (const double v : values) mean += v / static_cast<double>(values.size());
    for (const double v : values) square += (v - mean) * (v - mean);
    const double error = std::sqrt(square / static_cast<double>(values.size() * (values.size() - 1)));
    std::printf("%s: %.4f +- %.4f, closed form %.4f\n", what, mean, error, exact);
    CHECK(std::abs(mean - exact) < 4 * error + 0.01 * exact + 1e-4);
  }
};

struct Sample {
  Estimate in_system, e2e_s, e2e_p95_s, batch, busy, lost;
};

/// Sixteen runs of 20,000 requests with seeds of their own.
template <class Step>
Sample sampled(double rate, int slots, int places, Step&& step) {
  Sample out;
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    const std::vector<Request> requests = markov_requests(rate, 20000, seed);
    const SimulationSummary s = simulated(requests, slots, places, step);
    out.in_system.values.push_back(s.in_system);
    out.e2e_s.values.push_back(s.e2e_s.mean);
    out.e2e_p95_s.values.push_back(s.e2e_s.p95);
    out.batch.values.push_back(s.batch);
    out.busy.values.push_back(s.utilisation);
    out.lost.values.push_back(static_cast<double>(s.turned_away) / static_cast<double>(requests.size()));
  }
  return out;
}

double mean_number(const std::vector<double>& states) {
  double sum = 0;
  for (std::size_t n = 0; n < states.size(); ++n) sum += static_cast<double>(n) * states[n];
  return sum;
}

/// Erlang's C: chance of waiting with c servers and load a (Kleinrock 1975, equation 3.40).
double erlang_c(int servers, double load) {
  double term = 1, sum = 1;
  for (int k = 1; k < servers; ++k) sum += term *= load / k;
  term *= load / servers;
  const double waits = term / (1 - load / servers);
  return waits / (sum + waits);
}

}  // namespace

TEST_CASE("birth-death chains equal M/M/1/K, M/M(n)/1/K and Erlang C to 1e-9", "[capacity]") {
  for (const double rho : {0.2, 0.7, 0.97, 1.0, 1.6}) {
    const int k = 40;
    const std::vector<double> p = birth_death(rho, std::vector<double>(k, 1.0));
    for (int n = 0; n <= k; ++n) {
      const double exact = rho == 1 ? 1.0 / (k + 1) : (1 - rho) * std::pow(rho, n) / (1 - std::pow(rho, k + 1));
      CHECK(p[static_cast<std::size_t>(n)] == Approx(exact).epsilon(1e-9));
    }
  }
  const int c = 12;
  for (const double load : {3.0, 9.0, 11.5}) {
    std::vector<double> rates;
    for (int n = 1; n <= 6000; ++n) rates.push_back(std::min(n, c));
    const std::vector<double> p = birth_death(load, rates);
    double waits = 0;
    for (std::size_t n = c; n < p.size(); ++n) waits += p[n];
    CHECK(waits == Approx(erlang_c(c, load)).epsilon(1e-9));
    CHECK(mean_number(p) == Approx(load + erlang_c(c, load) * load / (c - load)).epsilon(1e-9));
  }
  // M/M(n)/1/K: the product form itself, in extended precision.
  std::vector<double> rates;
  for (int n = 1; n <= 100; ++n) rates.push_back(n / (1 + 0.05 * n));
  const std::vector<double> p = birth_death(9.0, rates);
  std::vector<long double> product{1};
  long double sum = 1;
  for (const double rate : rates) sum += product.emplace_back(product.back() * 9.0L / static_cast<long double>(rate));
  for (std::size_t n = 0; n < p.size(); ++n) CHECK(p[n] == Approx(static_cast<double>(product[n] / sum)).epsilon(1e-9));
}

TEST_CASE("M/M/1 comes out of the simulator, within its statistical error", "[capacity]") {
  const double rho = 0.7;
  const Sample s = sampled(rho, 1, 0, [](double) { return 1.0; });
  s.in_system.agrees("M/M/1 at 0.7, in system", rho / (1 - rho));
  s.e2e_s.agrees("M/M/1 at 0.7, sojourn", 1 / (1 - rho));
  s.e2e_p95_s.agrees("M/M/1 at 0.7, P95 of the sojourn", -std::log(0.05) / (1 - rho));  // it is exponential
  s.busy.agrees("M/M/1 at 0.7, busy", rho);
}

TEST_CASE("Erlang C comes out of the simulator, within its statistical error", "[capacity]") {
  const int c = 8;
  const double load = 6.4;
  const Sample s = sampled(load, c, 0, [](double) { return 1.0; });
  s.in_system.agrees("M/M/8 at 6.4, in system", load + erlang_c(c, load) * load / (c - load));
  s.batch.agrees("M/M/8 at 6.4, in service", load);
}

TEST_CASE("M/M/1/K and M/M(n)/1/K come out of the simulator, losses included, within its statistical error", "[capacity]") {
  for (const double rho : {0.8, 1.3}) {
    const int k = 6;
    const std::vector<double> p = birth_death(rho, std::vector<double>(k, 1.0));
    const Sample s = sampled(rho, 1, k - 1, [](double) { return 1.0; });
    s.lost.agrees("M/M/1/6, lost", p.back());
    s.in_system.agrees("M/M/1/6, in system", mean_number(p));
  }
  // Continuous batching whose steps grow by 5 % a sequence: the death rate in state n is n / (1 + 0.05 n).
  const int slots = 32, places = 16;
  std::vector<double> rates;
  for (int n = 1; n <= slots + places; ++n) rates.push_back(std::min(n, slots) / (1 + 0.05 * std::min(n, slots)));
  for (const double load : {5.0, 9.0, 11.5}) {
    const std::vector<double> p = birth_death(load, rates);
    const Sample s = sampled(load, slots, places, [](double n) { return 1 + 0.05 * n; });
    s.lost.agrees("M/M(n)/1/48, lost", p.back());
    s.in_system.agrees("M/M(n)/1/48, in system", mean_number(p));
  }
}

TEST_CASE("static batching: M/D/1, and full batches under overload", "[capacity]") {
  const std::vector<Request> requests = markov_requests(0.7, 100000, 3);
  SimulationQuery query{requests};
  query.warm_up = 0.05;
  const std::vector<double> one{1.0};
  BatchSettings settings;
  settings.max_batch = 1;
  const SimulationSummary s = simulate_batches(query, one, settings).summary;
  const double wait = 0.7 / (2 * (1 - 0.7));  // Pollaczek-Khinchine, constant service of 1 s
  std::printf("M/D/1 at 0.7: %.3f s, closed form %.3f\n", s.e2e_s.mean, 1 + wait);
  CHECK(s.e2e_s.mean == Approx(1 + wait).epsilon(0.03));
  CHECK(s.in_system == Approx(0.7 * (1 + wait)).epsilon(0.03));
  CHECK(s.utilisation == Approx(0.7).epsilon(0.02));

  const std::vector<double> eight{1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7};
  settings.max_batch = 8, settings.servers = 2;
  const SimulationSummary over = simulate_batches(SimulationQuery{markov_requests(20, 4000, 3)}, eight, settings).summary;
  CHECK(over.saturated);
  CHECK(over.utilisation == Approx(1).epsilon(0.02));
  CHECK(over.request_rate_per_s == Approx(2 * 8 / 1.7).epsilon(0.03));
  settings.max_wait_s = 0.5;
  const std::vector<Request> sparse{{0, 1, 1, 0, -1}, {0.2, 1, 1, 0, -1}, {9, 1, 1, 0, -1}};
  const auto waited = simulate_batches(SimulationQuery{sparse}, eight, settings).requests;
  CHECK(waited[0].e2e_s == Approx(0.5 + 1.1));
  CHECK(waited[1].e2e_s == Approx(0.3 + 1.1));
  CHECK(waited[2].e2e_s == Approx(0.5 + 1.0));
}
