#include "tonnage/core/shapley.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <stdexcept>

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

}  // namespace

double shapley_weight(int players, int size) {
  return static_cast<double>(factorial(size)) * static_cast<double>(factorial(players - 1 - size)) / static_cast<double>(factorial(players));
}

std::vector<std::int64_t> shapley_values(const std::vector<std::int64_t>& values) {
  const int n = players_of(values.size());
  const Wide whole = factorial(n);
  std::vector<std::int64_t> out(static_cast<std::size_t>(n));
  std::vector<Wide> rest(static_cast<std::size_t>(n));
  std::int64_t left = values.back() - values.front();
  for (int i = 0; i < n; ++i) {
    const Wide sum = share<Wide>(values, i, [n](int size) { return factorial(size) * factorial(n - 1 - size); });
    const auto at = static_cast<std::size_t>(i);
    out[at] = static_cast<std::int64_t>(sum / whole);  // towards zero: the same for the negated game
    rest[at] = sum % whole;
    left -= out[at];
  }
  const std::int64_t step = left < 0 ? -1 : 1;
  std::vector<std::size_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return step * rest[a] > step * rest[b]; });
  for (std::size_t k = 0; left != 0; ++k, left -= step) out[order[k]] += step;
  return out;
}

std::vector<double> shapley_values(const std::vector<double>& values) {
  const int n = players_of(values.size());
  std::vector<double> out(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) out[static_cast<std::size_t>(i)] = share<double>(values, i, [n](int size) { return shapley_weight(n, size); });
  return out;
}

}  // namespace tonnage
