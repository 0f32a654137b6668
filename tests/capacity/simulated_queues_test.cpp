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

TEST_CASE("an M/M/1 queue comes out of the simulator", "[capacity]") {
  const double rho = 0.7;
  const SimulationSummary s = simulated(markov_requests(rho, 100000, 21), 1, 0, [](double) { return 1.0; });
  std::printf("M/M/1 at 0.7: %.3f in system, closed form %.3f; %.3f s, closed form %.3f\n", s.in_system, rho / (1 - rho), s.e2e_s.mean, 1 / (1 - rho));
  CHECK(s.in_system == Approx(rho / (1 - rho)).epsilon(0.05));
  CHECK(s.e2e_s.mean == Approx(1 / (1 - rho)).epsilon(0.05));
  CHECK(s.e2e_s.p95 == Approx(-std::log(0.05) / (1 - rho)).epsilon(0.07));  // sojourn is exponential
  CHECK(s.utilisation == Approx(rho).epsilon(0.02));
}

TEST_CASE("Erlang C comes out of the simulator", "[capacity]") {
  const int c = 8;
  const double load = 6.4;
  const SimulationSummary s = simulated(markov_requests(load, 200000, 5), c, 0, [](double) { return 1.0; });
  const double number = load + erlang_c(c, load) * load / (c - load);
  std::printf("M/M/%d at %.1f: %.3f in system, closed form %.3f\n", c, load, s.in_system, number);
  CHECK(s.in_system == Approx(number).epsilon(0.03));
  CHECK(s.batch == Approx(load).epsilon(0.01));
}

TEST_CASE("M/M/1/K and M/M(n)/1/K come out of the simulator, losses included", "[capacity]") {
  for (const double rho : {0.8, 1.3}) {
    const int k = 6;
    const std::vector<double> p = birth_death(rho, std::vector<double>(k, 1.0));
    const std::vector<Request> requests = markov_requests(rho, 200000, 9);
    const SimulationSummary s = simulated(requests, 1, k - 1, [](double) { return 1.0; });
    const double lost = static_cast<double>(s.turned_away) / static_cast<double>(requests.size());
    std::printf("M/M/1/%d at %.1f: %.4f lost, closed form %.4f; %.3f in system, closed form %.3f\n", k, rho, lost, p.back(), s.in_system, mean_number(p));
    CHECK(lost == Approx(p.back()).margin(0.005));
    CHECK(s.in_system == Approx(mean_number(p)).epsilon(0.02));
  }
  // Continuous batching whose steps grow by 5 % a sequence: the death rate in state n is n / (1 + 0.05 n).
  const int slots = 32, places = 16;
  std::vector<double> rates;
  for (int n = 1; n <= slots + places; ++n) rates.push_back(std::min(n, slots) / (1 + 0.05 * std::min(n, slots)));
  const double load = 11.5;
  const std::vector<double> p = birth_death(load, rates);
  const std::vector<Request> requests = markov_requests(load, 300000, 13);
  const SimulationSummary s = simulated(requests, slots, places, [](double n) { return 1 + 0.05 * n; });
  const double lost = static_cast<double>(s.turned_away) / static_cast<double>(requests.size());
  std::printf("M/M(n)/1/%d: %.4f lost, closed form %.4f; %.2f in system, closed form %.2f\n", slots + places, lost, p.back(), s.in_system, mean_number(p));
  CHECK(lost == Approx(p.back()).margin(0.005));
  CHECK(s.in_system == Approx(mean_number(p)).epsilon(0.03));
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
