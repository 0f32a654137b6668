#include "tonnage/core/shapley.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "tonnage/core/normal.hpp"
#include "tonnage/core/random.hpp"

namespace tonnage {

namespace {

__extension__ using Wide = __int128;

int players_of(std::size_t coalitions) {
  const int n = std::countr_zero(coalitions);
  if (!std::has_single_bit(coalitions) || n > max_shapley_players) throw std::invalid_argument("a game needs the values of all coalitions of at most 12 players");
  return n;
}

std::int64_t factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }

/// Sum over the coalitions without `player` of weight(size) x what the player adds.
template <class Sum, class Value, class Weight>
Sum share(const std::vector<Value>& values, int player, Weight weight) {
  Sum sum = 0;
  const std::size_t bit = std::size_t{1} << player;
  for (std::size_t mask = 0; mask < values.size(); ++mask)
    if ((mask & bit) == 0) sum += static_cast<Sum>(weight(std::popcount(mask))) * (static_cast<Sum>(values[mask | bit]) - static_cast<Sum>(values[mask]));
  return sum;
}

/// Sums over `whole`, so that they add up to `left`; the rest of the division goes to those nearest to one more.
std::vector<std::int64_t> divided(const std::vector<Wide>& sums, Wide whole, std::int64_t left) {
  std::vector<std::int64_t> out(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    out[i] = static_cast<std::int64_t>(sums[i] / whole);  // towards zero: the same for the negated game
    left -= out[i];
  }
  const std::int64_t step = left < 0 ? -1 : 1;
  std::vector<std::size_t> order(sums.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return step * (sums[a] % whole) > step * (sums[b] % whole); });
  for (std::size_t k = 0; left != 0; ++k, left -= step) out[order[k]] += step;
  return out;
}

}  // namespace

double shapley_weight(int players, int size) {
  return static_cast<double>(factorial(size)) * static_cast<double>(factorial(players - 1 - size)) / static_cast<double>(factorial(players));
}

std::vector<std::int64_t> shapley_values(const std::vector<std::int64_t>& values) {
  const int n = players_of(values.size());
  std::vector<Wide> sums;
  for (int i = 0; i < n; ++i) sums.push_back(share<Wide>(values, i, [n](int size) { return factorial(size) * factorial(n - 1 - size); }));
  return divided(sums, factorial(n), values.back() - values.front());
}

std::vector<double> shapley_values(const std::vector<double>& values) {
  const int n = players_of(values.size());
  std::vector<double> out(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) out[static_cast<std::size_t>(i)] = share<double>(values, i, [n](int size) { return shapley_weight(n, size); });
  return out;
}

std::vector<std::vector<int>> drawn_orders(int players, int pairs, std::uint64_t seed) {
  const RandomStream stream(seed, "orders of players");
  std::vector<std::vector<int>> out;
  std::uint64_t next = 0;
  for (int pair = 0; pair < pairs; ++pair) {
    std::vector<int> order(static_cast<std::size_t>(players));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[static_cast<std::size_t>(stream.uniform(next++) * static_cast<double>(i))]);
    out.push_back(order);
    std::reverse(order.begin(), order.end());
    out.push_back(std::move(order));
  }
  return out;
}

std::vector<std::int64_t> mean_shares(const std::vector<std::vector<std::int64_t>>& gains) {
  std::vector<Wide> sums(gains.at(0).size());
  for (const auto& order : gains)
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += order[i];
  return divided(sums, static_cast<Wide>(gains.size()), std::accumulate(gains[0].begin(), gains[0].end(), std::int64_t{0}));
}

std::vector<double> half_widths(const std::vector<std::vector<std::int64_t>>& gains) {
  const std::size_t pairs = gains.size() / 2;
  std::vector<double> out(gains.at(0).size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto of_pair = [&](std::size_t k) { return (static_cast<double>(gains[2 * k][i]) + static_cast<double>(gains[2 * k + 1][i])) / 2; };
    double mean = 0, squares = 0;
    for (std::size_t k = 0; k < pairs; ++k) mean += of_pair(k) / static_cast<double>(pairs);
    for (std::size_t k = 0; k < pairs; ++k) squares += (of_pair(k) - mean) * (of_pair(k) - mean);
    out[i] = pairs > 1 ? normal_975 * std::sqrt(squares / static_cast<double>(pairs - 1) / static_cast<double>(pairs)) : 0;
  }
  return out;
}

}  // namespace tonnage
