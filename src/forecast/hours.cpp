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

/// Hours of which a block of their own is made leave the others; a block without hours goes.
void split_off(BlockShape& shape, const std::array<double, hours_of_week>& share, const std::string& name) {
  BlockShape out;
  const auto add = [&](const std::string& block, const std::array<double, hours_of_week>& hours) {
    const double sum = std::accumulate(hours.begin(), hours.end(), 0.0);
    if (!(sum > 0)) return;
    out.names.push_back(block), out.share.push_back(hours), out.weight.push_back(sum / hours_of_week);
  };
  for (std::size_t b = 0; b < shape.names.size(); ++b) {
    std::array<double, hours_of_week> rest = shape.share[b];
    for (std::size_t h = 0; h < hours_of_week; ++h) rest[h] = share[h] > 0 ? 0 : rest[h];
    add(shape.names[b], rest);
  }
  add(name, share);
  shape = std::move(out);
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

double peak_error(const BlockShape& shape, const WeekProfile& profile, int& block) {
  double most = -1;
  block = 0;
  for (int b = 0; b < static_cast<int>(shape.names.size()); ++b)
    if (const double mean = shape.mean(profile, b); shape.weight[static_cast<std::size_t>(b)] > 0 && mean > most * (1 + 1e-12)) most = mean, block = b;
  return most > 0 ? std::max(0.0, *std::max_element(profile.begin(), profile.end()) / most - 1) : 0;
}

void add_peaks(BlockShape& shape, const std::vector<NamedProfile>& series) {
  constexpr double allowed = 0.1;
  constexpr std::size_t most_blocks = 6;
  const auto in_peak = [&](int hour) {
    for (std::size_t b = 0; b < shape.names.size(); ++b)
      if (shape.names[b].rfind("peak", 0) == 0 && shape.share[b][static_cast<std::size_t>(hour)] > 0) return true;
    return false;
  };
  std::vector<char> done(series.size(), 0);
  while (shape.names.size() > 1 && shape.names.size() < most_blocks) {
    int worst = -1, block = 0;
    double error = allowed;
    for (std::size_t i = 0; i < series.size(); ++i)
      if (const double e = peak_error(shape, series[i].profile, block); !done[i] && e > error) error = e, worst = static_cast<int>(i);
    if (worst < 0) return;
    done[static_cast<std::size_t>(worst)] = 1;
    const WeekProfile& profile = series[static_cast<std::size_t>(worst)].profile;
    std::array<double, hours_of_week> share{};
    int taken = 0;
    double top = 0;
    for (const int hour : descending(profile)) {
      if (in_peak(hour)) continue;
      top = std::max(top, profile[hour]);
      if (taken >= 24 || (taken >= 4 && profile[hour] < 0.95 * top)) break;
      share[hour] = 1, ++taken;
    }
    if (taken > 0) split_off(shape, share, "peak " + series[static_cast<std::size_t>(worst)].name);
  }
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
