#include "tonnage/core/shapley.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "test.hpp"

using namespace tonnage;

TEST_CASE("Shapley values of the glove game", "[core]") {
  // One left glove, two right ones: a pair is worth 6. Published answer: 2/3, 1/6, 1/6 of it.
  std::vector<std::int64_t> values(8, 0);
  for (const unsigned pair : {0b011U, 0b101U, 0b111U}) values[pair] = 6;
  REQUIRE(shapley_values(values) == std::vector<std::int64_t>{4, 1, 1});
}

TEST_CASE("Shapley values sum exactly, change sign with the game, and treat alike players alike", "[core]") {
  for (int n = 1; n <= 12; ++n) {
    std::vector<std::int64_t> values, negated;
    std::uint64_t state = 12345 + static_cast<std::uint64_t>(n);
    for (std::size_t mask = 0; mask < std::size_t{1} << n; ++mask) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      values.push_back(static_cast<std::int64_t>(state >> 20) - (std::int64_t{1} << 43));
      negated.push_back(-values.back());
    }
    const auto shares = shapley_values(values);
    REQUIRE(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}) == values.back() - values.front());
    const auto other = shapley_values(negated);
    for (std::size_t i = 0; i < shares.size(); ++i) REQUIRE(other[i] == -shares[i]);
  }
  std::vector<std::int64_t> symmetric;
  for (unsigned mask = 0; mask < 32; ++mask) symmetric.push_back(1000 * std::popcount(mask) * std::popcount(mask));
  REQUIRE(shapley_values(symmetric) == std::vector<std::int64_t>(5, 5000));
}

TEST_CASE("Shapley values need all coalitions of at most 12 players", "[core]") {
  REQUIRE_THROWS_AS(shapley_values(std::vector<std::int64_t>(3)), std::invalid_argument);
  REQUIRE_THROWS_AS(shapley_values(std::vector<std::int64_t>(1 << 13)), std::invalid_argument);
}

TEST_CASE("drawn orders are permutations in pairs of each and its reverse, the same for a seed", "[core]") {
  const auto orders = drawn_orders(15, 20, 7);
  REQUIRE(orders.size() == 40);
  for (std::size_t k = 0; k < orders.size(); k += 2) {
    std::vector<int> sorted = orders[k], reverse(orders[k + 1].rbegin(), orders[k + 1].rend());
    REQUIRE(reverse == orders[k]);
    std::sort(sorted.begin(), sorted.end());
    for (int i = 0; i < 15; ++i) REQUIRE(sorted[static_cast<std::size_t>(i)] == i);
  }
  REQUIRE(orders == drawn_orders(15, 20, 7));
  REQUIRE(orders != drawn_orders(15, 20, 8));
}

TEST_CASE("means over drawn orders sum exactly, turn around with the game, and hold the exact shares within their error bars", "[core]") {
  // Ten players: what a coalition is worth is a square, so that orders matter; exact shares for comparison.
  constexpr int n = 10;
  const auto value = [](std::size_t mask) {
    std::int64_t sum = 0;
    for (int i = 0; i < n; ++i)
      if ((mask >> i & 1) != 0) sum += 7 * i * i + 13 * i + 5;
    return sum * sum / 3;
  };
  std::vector<std::int64_t> all(std::size_t{1} << n);
  for (std::size_t mask = 0; mask < all.size(); ++mask) all[mask] = value(mask);
  const auto exact = shapley_values(all);
  std::vector<std::vector<std::int64_t>> gains, negated;
  for (const auto& order : drawn_orders(n, 400, 3)) {
    gains.emplace_back(n);
    std::size_t mask = 0;
    for (const int player : order) {
      gains.back()[static_cast<std::size_t>(player)] = value(mask | std::size_t{1} << player) - value(mask);
      mask |= std::size_t{1} << player;
    }
    negated.push_back(gains.back());
    for (std::int64_t& gain : negated.back()) gain = -gain;
  }
  const auto shares = mean_shares(gains), turned = mean_shares(negated);
  const auto widths = half_widths(gains);
  std::int64_t sum = 0;
  int within = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += shares[i];
    REQUIRE(turned[i] == -shares[i]);
    const double off = std::fabs(static_cast<double>(shares[i] - exact[i]));
    within += off <= widths[i] + 1 ? 1 : 0;
    REQUIRE(off <= 2.5 * widths[i] + 1);
  }
  REQUIRE(sum == all.back());
  REQUIRE(within >= 7);
}
