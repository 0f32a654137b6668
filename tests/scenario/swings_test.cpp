#include "tonnage/scenario/swings.hpp"

#include <cmath>

#include "test.hpp"
#include "tonnage/core/random.hpp"

using namespace tonnage;

TEST_CASE("swings: what random arrivals vary is taken off, what the rate varies stays", "[scenario]") {
  const RandomStream stream(3, "swings");
  HistorySeries series;
  series.step_s = 60;
  for (std::uint64_t i = 0; i < 60 * 400; ++i) {
    const double mean = 50.0 * (1 + 0.2 * stream.normal(2 * i));  // requests/s
    const double count = mean * 60 + std::sqrt(std::max(mean * 60, 0.0)) * stream.normal(2 * i + 1);
    series.values.push_back(std::max(count, 0.0) / 60);
  }
  const auto swing = scenario::swing_of(series);
  REQUIRE(swing);
  CHECK(swing->rate_cv == Approx(0.2).epsilon(0.03));
  CHECK(swing->dispersion == Approx(1 + 0.04 * 3000).epsilon(0.05));
  CHECK(swing->p99_ratio == Approx(1 + 2.33 * 0.2).epsilon(0.05));
}

TEST_CASE("swings: random arrivals alone do not swing; hours, gaps and no load tell nothing", "[scenario]") {
  const RandomStream stream(4, "swings");
  HistorySeries series;
  series.step_s = 300;
  for (std::uint64_t i = 0; i < 12 * 500; ++i) series.values.push_back(std::max(3000 + std::sqrt(3000.0) * stream.normal(i), 0.0) / 300);
  const auto swing = scenario::swing_of(series);
  REQUIRE(swing);
  CHECK(swing->rate_cv < 0.005);
  CHECK(swing->dispersion == Approx(1).epsilon(0.05));
  for (std::size_t i = 5; i < series.values.size(); i += 12) series.values[i] = std::nan("");
  CHECK_FALSE(scenario::swing_of(series));
  series.values.assign(120, 0.0);
  CHECK_FALSE(scenario::swing_of(series));
  series.values.assign(120, 1.0), series.step_s = 3600;
  CHECK_FALSE(scenario::swing_of(series));
}
