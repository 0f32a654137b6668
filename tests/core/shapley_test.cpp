#include "tonnage/core/shapley.hpp"

#include <bit>
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
