#include <cmath>
#include <limits>

#include "test.hpp"
#include "tonnage/capacity/queueing.hpp"

using namespace tonnage::capacity;

TEST_CASE("with equal rates the chain is M/M/1/K", "[capacity]") {
  for (const double rho : {0.1, 0.7, 1.0, 1.3, 20.0})
    for (const int k : {1, 5, 60}) {
      const std::vector<double> rates(static_cast<std::size_t>(k), 2.0);
      const std::vector<double> p = birth_death(2 * rho, rates);
      double sum = 0;
      for (int n = 0; n <= k; ++n) sum += std::pow(rho, n);
      for (int n = 0; n <= k; ++n) CHECK(p[static_cast<std::size_t>(n)] == Approx(std::pow(rho, n) / sum).epsilon(1e-9).margin(1e-12));
    }
}

TEST_CASE("with rates n mu the chain is Erlang's loss system", "[capacity]") {
  const int servers = 200;
  const double load = 180;  // e^180 and 200! overflow when taken apart
  std::vector<double> rates;
  for (int n = 1; n <= servers; ++n) rates.push_back(n);
  double loss = 1;  // Erlang B by its recurrence
  for (int n = 1; n <= servers; ++n) loss = load * loss / (n + load * loss);
  CHECK(birth_death(load, rates).back() == Approx(loss).epsilon(1e-9));
}

TEST_CASE("extreme rates stay finite", "[capacity]") {
  const std::vector<double> rates(2000, 1.0);
  for (const double arrival : {0.0, 1e-300, 1e-9, 1e9, 1e300})
    for (const double p : birth_death(arrival, rates)) CHECK(std::isfinite(p));
  CHECK(birth_death(1e9, rates).back() == Approx(1));
  CHECK(birth_death(0, rates).front() == 1);
}

TEST_CASE("strata keep the mean and approach the tail", "[capacity]") {
  WeightedPoints e;
  for (const Stratum& s : exponential_strata()) e.add(s.value, s.share);
  CHECK(e.mean() == Approx(1));
  WeightedPoints length;
  for (const Stratum& s : length_strata(1100, 3800)) length.add(s.value, s.share);
  CHECK(length.mean() == Approx(1100));
  CHECK(length_strata(1100, 0).size() == 1);
  CHECK(length_strata(1100, 1000).front().value == 1100);
  WeightedPoints extreme;
  for (const Stratum& s : length_strata(10, 1e9)) extreme.add(s.value, s.share);
  CHECK(extreme.mean() == Approx(10));
}

TEST_CASE("points at eight values for every doubling keep weight and mean", "[capacity]") {
  GeometricPoints points;
  CHECK(points.strata().empty());
  double weight = 0, sum = 0;
  for (int i = 1; i <= 200; ++i) {
    const double value = 1e-4 * i * i, share = 1.0 / i;
    points.add(value, share);
    weight += share, sum += share * value;
  }
  double shares = 0, mean = 0;
  for (const Stratum& s : points.strata()) shares += s.share, mean += s.share * s.value;
  CHECK(shares == Approx(1));
  CHECK(mean == Approx(sum / weight));
  GeometricPoints odd;
  for (const double value : {-1.0, 0.0, 1e300, std::numeric_limits<double>::infinity(), std::nan("")}) odd.add(value, 1);
  for (const Stratum& s : odd.strata()) {
    CHECK(s.value > 0.5e-12);
    CHECK(s.value <= 2e12);
  }
}

TEST_CASE("percentiles of points lie on lines between them", "[capacity]") {
  WeightedPoints points;
  for (int i = 1; i <= 100; ++i) points.add(i, 1);
  CHECK(points.quantile(0.95) == Approx(95));
  CHECK(points.quantile(0.945) == Approx(94.5));
  CHECK(points.quantile(0.5) == Approx(50));
  WeightedPoints none;
  CHECK(none.quantile(0.5) == 0);
}
