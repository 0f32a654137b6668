#include <cmath>

#include "test.hpp"
#include "tonnage/scenario/outliers.hpp"

using namespace tonnage;
using namespace tonnage::scenario;

namespace {

/// Hourly, with a day and a week in it and a little that looks irregular.
HistorySeries hours(int weeks) {
  HistorySeries h;
  for (int i = 0; i < weeks * 168; ++i)
    h.values.push_back(100 + 30 * std::sin(2 * 3.14159265358979 * i / 24) + (i / 24 % 7 >= 5 ? -20 : 0) + 4 * std::fmod(0.618034 * (i + 1) * (i % 11 + 1), 1.0));
  return h;
}

}  // namespace

TEST_CASE("outliers: a spike and a hole are found with what belongs there; clean and bursty data have none", "[scenario]") {
  HistorySeries h = hours(8);
  CHECK(find_outliers(h).empty());
  const double usual = h.values[500];
  h.values[500] = 900, h.values[777] = 0, h.values[30] = NAN;
  const auto found = find_outliers(h);
  REQUIRE(found.size() == 2);
  CHECK(found[0].at == 500);
  CHECK(found[0].expected == Approx(usual).margin(5));
  CHECK(found[1].at == 777);
  for (std::size_t i = 0; i < h.values.size(); i += 20) h.values[i] = 1000;
  CHECK(find_outliers(h).empty());
  CHECK(find_outliers(HistorySeries{}).empty());
}

TEST_CASE("level shift: a step that stays is found, of a passing one its end, growth is none", "[scenario]") {
  HistorySeries h = hours(20);
  CHECK(find_level_shift(h) == -1);
  HistorySeries stepped = h, passing = h, growing = h;
  for (std::size_t i = 1680; i < h.values.size(); ++i) stepped.values[i] *= 2.5;
  for (std::size_t i = 1680; i < 2400; ++i) passing.values[i] *= 2.5;
  for (std::size_t i = 0; i < h.values.size(); ++i) growing.values[i] *= 1 + 0.001 * static_cast<double>(i);
  CHECK(find_level_shift(stepped) == 1680);
  CHECK(find_level_shift(passing) == 2400);
  CHECK(find_level_shift(growing) == -1);
}
