// Bursts: what methods learn without them, what stays because it may be a change, and how the errors keep them.
#include <cmath>
#include <vector>

#include "forecast/bursts.hpp"
#include "test.hpp"
#include "tonnage/core/random.hpp"
#include "tonnage/forecast/series.hpp"

using namespace tonnage::forecast;

namespace {

constexpr int day = 24, week = 168;

/// Hours of some weeks about a daily shape, with noise of a twentieth.
std::vector<double> hours(int weeks, const char* name) {
  const tonnage::RandomStream noise(5, name);
  std::vector<double> y;
  for (int t = 0; t < weeks * week; ++t) y.push_back(100 * (1 + 0.4 * std::sin(2 * 3.14159265358979 * t / day)) * (1 + 0.05 * noise.normal(static_cast<std::uint64_t>(t))));
  return y;
}

}  // namespace

TEST_CASE("bursts: an isolated one takes what is usual at its hour, all else stays", "[forecast]") {
  const std::vector<double> calm = hours(6, "calm");
  std::vector<double> y = calm;
  for (const int t : {300, 301, 700}) y[static_cast<std::size_t>(t)] *= 20;
  const std::vector<double> usual = without_bursts(y, week, 36);
  for (std::size_t t = 0; t < y.size(); ++t) {
    if (y[t] == calm[t]) CHECK(usual[t] == y[t]);
    else CHECK(usual[t] == Approx(calm[t]).epsilon(0.25));
  }
  const std::vector<double> excess = burst_excess(y, usual, 600);
  REQUIRE(excess.size() == 2);
  CHECK(excess[0] == Approx(19 * calm[300]).epsilon(0.05));
  CHECK(without_bursts({}, week, 36).empty());
  CHECK(without_bursts(std::vector<double>{5}, week, 36) == std::vector<double>{5});
}

TEST_CASE("bursts: a change is none, nor is what stands at the very end", "[forecast]") {
  std::vector<double> shifted = hours(20, "shifted"), ending = hours(6, "ending");
  for (std::size_t t = shifted.size() - 60; t < shifted.size(); ++t) shifted[t] *= 4;  // the last days are on a new level
  CHECK(without_bursts(shifted, week, 36) == shifted);
  for (std::size_t t = ending.size() - 3; t < ending.size(); ++t) ending[t] *= 10;
  CHECK(without_bursts(ending, week, 36) == ending);
}

TEST_CASE("bursts: the forecast stays with the usual, and far quantiles know that bursts come", "[forecast]") {
  const std::vector<double> calm = hours(8, "demand");
  std::vector<double> bursty = calm;
  const tonnage::RandomStream when(9, "when");
  for (std::uint64_t t = 0; t < 5 * week; ++t)  // none in the last three weeks
    if (when.uniform(t) < 0.01) bursty[t] *= 15;
  SeriesOptions options;
  options.season = week, options.horizon = day, options.levels = {0.8, 0.999};
  const SeriesForecast plain = forecast_series(calm, options), with = forecast_series(bursty, options);
  double far = 0, far_plain = 0;
  for (std::size_t k = 0; k < day; ++k) {
    CHECK(with.mean[k] == Approx(plain.mean[k]).epsilon(0.1));
    far += with.intervals[1].upper[k] - with.mean[k], far_plain += plain.intervals[1].upper[k] - plain.mean[k];
  }
  CHECK(far > 3 * far_plain);
}
