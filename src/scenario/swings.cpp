#include "tonnage/scenario/swings.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace tonnage::scenario {
namespace {

constexpr long long whole_hour_s = 3600, longest_step_s = 300;

}  // namespace

std::optional<HourlySwing> swing_of(const HistorySeries& series) {
  if (series.step_s <= 0 || series.step_s > longest_step_s || whole_hour_s % series.step_s != 0) return std::nullopt;
  const auto per_hour = static_cast<std::size_t>(whole_hour_s / series.step_s);
  const double step_s = static_cast<double>(series.step_s), steps = static_cast<double>(per_hour);
  double variance = 0, expected = 0, squares = 0;
  std::vector<double> ratios;
  for (std::size_t first = 0; first + per_hour <= series.values.size(); first += per_hour) {
    const std::span<const double> hour(series.values.data() + first, per_hour);
    const double mean = std::accumulate(hour.begin(), hour.end(), 0.0) / steps;
    if (!std::isfinite(mean) || !(mean > 0)) continue;
    for (const double v : hour) variance += (v - mean) * (v - mean) * step_s * step_s / (steps - 1), ratios.push_back(v / mean);
    expected += mean * step_s;
    squares += mean * step_s * mean * step_s;
  }
  if (ratios.empty()) return std::nullopt;
  const auto at = ratios.begin() + static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(ratios.size() - 1));
  std::nth_element(ratios.begin(), at, ratios.end());
  return HourlySwing{variance / expected, *at, std::sqrt(std::max(variance - expected, 0.0) / squares)};
}

}  // namespace tonnage::scenario
