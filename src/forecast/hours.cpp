#include "tonnage/forecast/hours.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tonnage::forecast {
namespace {

constexpr long long hour_s = 3600, day_s = 24 * hour_s, week_s = 7 * day_s;
constexpr int recent_weeks = 8;

/// Hour of the week of a time; 1970-01-01 was a Thursday.
int hour_of_week(long long time_s) {
  const long long hours = (time_s >= 0 ? time_s : time_s - hour_s + 1) / hour_s + 3 * 24;
  return static_cast<int>(((hours % hours_of_week) + hours_of_week) % hours_of_week);
}

/// Load over the mean of its week, added up by hour of the week.
struct Sums {
  WeekProfile sum{}, count{};

  void add(long long time_s, long long step_s, double ratio) {
    // A step of several hours counts in each of them; steps within an hour share it.
    const long long last = time_s + std::max(step_s, 1LL) - 1;
    for (long long t = time_s; t <= last; t += hour_s) {
      const std::size_t hour = static_cast<std::size_t>(hour_of_week(t));
      sum[hour] += ratio;
      count[hour] += 1;
    }
  }
};

WeekProfile flat_profile() {
  WeekProfile profile;
  profile.fill(1.0);
  return profile;
}

/// Means by hour; an hour of the week that was never seen takes the mean of its hour of the day.
WeekProfile to_profile(const Sums& sums, bool weekly) {
  std::array<double, 24> day_sum{}, day_count{};
  for (std::size_t h = 0; h < hours_of_week; ++h) day_sum[h % 24] += sums.sum[h], day_count[h % 24] += sums.count[h];
  WeekProfile profile = flat_profile();
  double mean = 0;
  for (std::size_t h = 0; h < hours_of_week; ++h) {
    if (weekly && sums.count[h] > 0) {
      profile[h] = sums.sum[h] / sums.count[h];
    } else if (day_count[h % 24] > 0) {
      profile[h] = day_sum[h % 24] / day_count[h % 24];
    }
    mean += profile[h] / hours_of_week;
  }
  if (!(mean > 0)) return flat_profile();
  for (double& p : profile) p /= mean;
  return profile;
}

std::vector<int> descending(const WeekProfile& total) {
  std::vector<int> order(hours_of_week);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return total[a] > total[b]; });
  return order;
}

/// Where to cut the descending loads order[first..] in two so that the sum of squares within the parts is least.
int best_cut(const WeekProfile& total, const std::vector<int>& order, int first) {
  const int n = static_cast<int>(order.size());
  double sum = 0, left = 0, best = -1;
  for (int i = first; i < n; ++i) sum += total[order[i]];
  int cut = first + 1;
  for (int i = first + 1; i < n; ++i) {
    left += total[order[i - 1]];
    const double a = i - first, b = n - i;
    // Least squares within is most squares between: left^2 / a + right^2 / b.
    const double between = left * left / a + (sum - left) * (sum - left) / b;
    if (between > best * (1 + 1e-12)) best = between, cut = i;
  }
  return cut;
}

}  // namespace

WeekProfile week_profile(const HistorySeries& filled) {
  const long long n = static_cast<long long>(filled.values.size()), step = filled.step_s;
  if (step <= 0 || step > day_s || n * step < day_s) return flat_profile();
  const bool weekly = n * step >= week_s;
  if (!weekly && step >= day_s) return flat_profile();
  const long long per_bin = std::max(1LL, (weekly ? week_s : day_s) / step);
  Sums sums;
  // Bins of a week (or day) counted back from the end, so that the last one is whole.
  for (int bin = 0; bin < recent_weeks && n - (bin + 1) * per_bin >= 0; ++bin) {
    const long long first = n - (bin + 1) * per_bin;
    double mean = 0;
    for (long long i = first; i < first + per_bin; ++i) mean += std::max(filled.values[i], 0.0) / static_cast<double>(per_bin);
    if (!(mean > 0)) continue;
    for (long long i = first; i < first + per_bin; ++i)
      sums.add(filled.start_s + i * step, step, std::max(filled.values[i], 0.0) / mean);
  }
  return to_profile(sums, weekly);
}

bool is_flat(const WeekProfile& profile) {
  const auto [low, high] = std::minmax_element(profile.begin(), profile.end());
  return *high - *low <= 1e-9 * std::max(1.0, std::abs(*high));
}

double BlockShape::mean(const WeekProfile& profile, int block) const {
  double sum = 0, hours = 0;
  for (std::size_t h = 0; h < hours_of_week; ++h) sum += share[block][h] * profile[h], hours += share[block][h];
  return hours > 0 ? sum / hours : 0;
}

BlockShape make_blocks(const WeekProfile& total) {
  BlockShape shape;
  if (is_flat(total)) {
    shape.names = {"all"};
    shape.share.emplace_back().fill(1.0);
    shape.weight = {1.0};
    return shape;
  }
  const std::vector<int> order = descending(total);
  int peak = 0;
  while (peak < hours_of_week && total[order[peak]] >= 0.95 * total[order[0]]) ++peak;
  peak = std::clamp(peak, 4, 24);
  const int cut = best_cut(total, order, peak);
  shape.names = {"peak", "day", "night"};
  const int ends[] = {peak, cut, hours_of_week};
  int begin = 0;
  for (const int end : ends) {
    std::array<double, hours_of_week>& share = shape.share.emplace_back();
    share.fill(0.0);
    for (int i = begin; i < end; ++i) share[order[i]] = 1.0;
    shape.weight.push_back(static_cast<double>(end - begin) / hours_of_week);
    begin = end;
  }
  return shape;
}

BlockShape assign_blocks(const WeekProfile& total, const std::vector<NamedWeight>& given, const std::vector<int>& busiest_first) {
  BlockShape shape;
  double sum = 0;
  for (const NamedWeight& block : given) sum += std::max(block.value, 0.0);
  for (const NamedWeight& block : given) {
    shape.names.push_back(block.name);
    shape.weight.push_back(sum > 0 ? std::max(block.value, 0.0) / sum : 1.0 / static_cast<double>(given.size()));
    shape.share.emplace_back().fill(0.0);
  }
  const std::vector<int> order = descending(total);
  double at = 0;  // hours handed out
  for (std::size_t j = 0; j < busiest_first.size(); ++j) {
    const int block = busiest_first[j];
    const bool last = j + 1 == busiest_first.size();
    const double end = last ? hours_of_week : std::min<double>(hours_of_week, at + shape.weight[block] * hours_of_week);
    while (at < end - 1e-12) {
      const int i = std::min(static_cast<int>(at + 1e-12), hours_of_week - 1);
      const double to = std::min(end, i + 1.0);
      shape.share[block][order[i]] += to - at;
      at = to;
    }
  }
  return shape;
}

}  // namespace tonnage::forecast
