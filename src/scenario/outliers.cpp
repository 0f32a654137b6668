#include "tonnage/scenario/outliers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "build.hpp"
#include "tonnage/core/calendar.hpp"

namespace tonnage::scenario {

namespace {

constexpr long long whole_day_s = 86400, whole_week_s = 7 * whole_day_s;
constexpr double robust_deviation = 1.4826;

/// Median of the finite values; NaN when there is none.
double median(std::vector<double> values) {
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }), values.end());
  if (values.empty()) return std::nan("");
  const auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Steps of the longest of week and day that the series holds three times; 1: neither.
long long phase_steps(const HistorySeries& series) {
  for (const long long season_s : {whole_week_s, whole_day_s})
    if (series.step_s > 0 && season_s % series.step_s == 0 && season_s / series.step_s >= 2 && static_cast<long long>(series.values.size()) >= 3 * (season_s / series.step_s)) return season_s / series.step_s;
  return 1;
}

/// Means by whole day, from the first value on.
std::vector<double> daily_means(const HistorySeries& series, long long per_day) {
  std::vector<double> days;
  for (long long begin = 0; begin + per_day <= static_cast<long long>(series.values.size()); begin += per_day) {
    double sum = 0, count = 0;
    for (long long i = begin; i < begin + per_day; ++i)
      if (std::isfinite(series.values[static_cast<std::size_t>(i)])) sum += series.values[static_cast<std::size_t>(i)], count += 1;
    days.push_back(count > 0 ? sum / count : std::nan(""));
  }
  return days;
}

}  // namespace

std::vector<Outlier> find_outliers(const HistorySeries& series) {
  const long long n = static_cast<long long>(series.values.size()), season = phase_steps(series);
  std::vector<double> expected(series.values.size(), std::nan("")), difference;
  for (long long t = 0; t < n; ++t) {
    std::vector<double> around;
    const int reach = season > 1 ? 2 : 3;
    for (int k = -reach; k <= reach; ++k)
      if (k != 0 && t + k * season >= 0 && t + k * season < n) around.push_back(series.values[static_cast<std::size_t>(t + k * season)]);
    if (around.size() < 3) continue;
    expected[static_cast<std::size_t>(t)] = median(around);
    difference.push_back(std::abs(series.values[static_cast<std::size_t>(t)] - expected[static_cast<std::size_t>(t)]));
  }
  std::vector<Outlier> out;
  const double limit = std::max(8 * robust_deviation * median(difference), 0.2 * std::abs(median(series.values)));
  if (!(limit > 0)) return out;
  for (long long t = 0; t < n; ++t) {
    const double e = expected[static_cast<std::size_t>(t)], v = series.values[static_cast<std::size_t>(t)];
    if (std::isfinite(e) && std::isfinite(v) && std::abs(v - e) > limit) out.push_back({static_cast<std::size_t>(t), e});
  }
  if (static_cast<double>(out.size()) > std::max(1.0, 0.02 * static_cast<double>(n))) out.clear();
  return out;
}

long long find_level_shift(const HistorySeries& series) {
  if (series.step_s <= 0 || series.step_s > whole_day_s) return -1;
  const long long per_day = whole_day_s / series.step_s;
  const std::vector<double> days = daily_means(series, per_day);
  constexpr std::size_t window = 28;
  std::vector<double> change;
  for (std::size_t i = 7; i < days.size(); ++i) change.push_back(std::abs(days[i] - days[i - 7]));
  const double noise = robust_deviation * median(change);
  long long found = -1;
  double largest = 0;
  for (std::size_t i = window; i + window <= days.size(); ++i) {
    const double before = median({days.begin() + static_cast<long>(i - window), days.begin() + static_cast<long>(i)}), after = median({days.begin() + static_cast<long>(i), days.begin() + static_cast<long>(i + window)});
    const double jump = std::abs(after - before), next = std::abs(days[i] - days[i - 1]);
    // The step itself, not the weeks beside it: the next day is already halfway there.
    if (!(jump > 8 * noise) || !(jump > 0.4 * std::abs(before)) || !(next > 0.5 * jump)) continue;
    const bool stays = std::all_of(days.begin() + static_cast<long>(i), days.end(), [&](double d) { return !std::isfinite(d) || std::abs(d - before) > 0.5 * jump; });
    if (stays && jump > largest) largest = jump, found = static_cast<long long>(i) * per_day;
  }
  return found;
}

void check_outliers(const std::string& workload, const LocatedSeries& located, Diagnostics& diagnostics) {
  int reported = 0;
  for (const Outlier& outlier : find_outliers(located.series)) {
    if (++reported > 3) continue;
    const HistorySeries& s = located.series;
    diagnostics.error("outlier", fmt::format("workload '{}': {:.4g} at {} is far from the {:.4g} that the weeks around it suggest", workload, s.values[outlier.at], time_to_string(s.start_s + static_cast<long long>(outlier.at) * s.step_s), outlier.expected),
                      located.rows[outlier.at], "", "'outliers: replace' takes the suggested value, 'outliers: keep' the given one");
  }
  if (reported > 3) diagnostics.error("outlier", fmt::format("workload '{}': its history has {} outliers in all", workload, reported), located.rows.front());
}

}  // namespace tonnage::scenario
