#include "test.hpp"

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "tonnage/core/money.hpp"
#include "tonnage/core/random.hpp"

using namespace tonnage;

TEST_CASE("money adds exactly whatever the order", "[core]") {
  const RandomStream random(7, "money");
  std::vector<Money> amounts;
  for (std::uint64_t i = 0; i < 1000; ++i) amounts.push_back(Money::from_double(1e6 * random.normal(i)));
  Money forward, backward;
  for (const Money m : amounts) forward += m;
  for (auto it = amounts.rbegin(); it != amounts.rend(); ++it) backward += *it;
  CHECK(forward == backward);
  CHECK(forward - backward == Money());
}

TEST_CASE("money prints decimals, rounded half away from zero", "[core]") {
  CHECK(Money::from_double(57723.15).to_string(2) == "57723.15");
  CHECK(Money::from_double(0.005).to_string(2) == "0.01");
  CHECK(Money::from_double(-0.005).to_string(2) == "-0.01");
  CHECK(Money::from_double(-0.004).to_string(2) == "0.00");
  CHECK(Money::from_double(1234.5).to_string(0) == "1235");
  CHECK(Money::from_micros(1).to_string() == "0.000001");
}

TEST_CASE("money beyond its range is an error, not a wrong number", "[core]") {
  CHECK_THROWS_AS(Money::from_double(1e13), std::overflow_error);
  CHECK_THROWS_AS(Money::from_double(std::nan("")), std::overflow_error);
  const Money large = Money::from_double(9e12);
  CHECK_THROWS_AS(large + large, std::overflow_error);
  CHECK_THROWS_AS(-large - large, std::overflow_error);
}

TEST_CASE("rounded parts add up to the rounded total", "[core]") {
  const RandomStream random(11, "parts");
  for (std::uint64_t run = 0; run < 200; ++run) {
    std::vector<Money> parts;
    Money total;
    for (std::uint64_t i = 0; i < 1 + run % 20; ++i) {
      parts.push_back(Money::from_double(1e5 * random.normal(1000 * run + i)));
      total += parts.back();
    }
    const std::int64_t unit = 1'000'000'000;
    const auto rounded = round_parts(parts, unit);
    const std::int64_t sum = std::accumulate(rounded.begin(), rounded.end(), std::int64_t{0});
    CHECK(sum % unit == 0);
    CHECK(2 * std::abs(sum - total.micros()) <= unit);
    for (std::size_t i = 0; i < parts.size(); ++i) CHECK(std::abs(rounded[i] - parts[i].micros()) < unit);
  }
}

TEST_CASE("the published sample with columns that do not add is rounded right", "[core]") {
  // 925.4 + 436.4 = 1361.8: printed 925 + 437 and 1,361 in a published report; parts must add to what is shown.
  const auto rounded = round_parts({Money::from_double(925.4), Money::from_double(436.4)}, 1'000'000);
  CHECK(rounded[0] + rounded[1] == 1362'000'000);
}
