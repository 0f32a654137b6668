// A workload's history: gaps filled, weekly levels by origin, their forecast, and the profile of the week.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "paths.hpp"
#include "tonnage/forecast/components.hpp"
#include "tonnage/forecast/series.hpp"
#include "tonnage/scenario/outliers.hpp"

namespace tonnage::forecast {
namespace {

constexpr long long day_s = 86400, week_s = 7 * day_s;
constexpr double year_s = 365.25 * 86400;

long long end_of(const HistorySeries& series) {
  return series.start_s + series.step_s * static_cast<long long>(series.values.size());
}

/// Steps of the season to fill gaps by: a week when two of them are there, else a day.
int gap_season(const HistorySeries& series) {
  const long long n = static_cast<long long>(series.values.size());
  for (const long long season_s : {week_s, day_s}) {
    const long long steps = season_s / std::max(series.step_s, 1LL);
    if (season_s % std::max(series.step_s, 1LL) == 0 && steps >= 2 && n >= 2 * steps) return static_cast<int>(steps);
  }
  return 1;
}

std::string of_origin(const HistorySeries& series) { return series.origin.empty() ? "" : fmt::format(" of origin '{}'", series.origin); }

/// Outliers are told, and replaced where the scenario accepts it; a level shift is told.
void replace_outliers(const Workload& workload, HistorySeries& series, std::vector<std::string>& remarks) {
  const std::vector<scenario::Outlier> found = scenario::find_outliers(series);
  if (!found.empty())
    remarks.push_back(fmt::format("workload '{}': {} outlier{} in the history{}, the first at {}; {}", workload.name, found.size(), found.size() == 1 ? "" : "s", of_origin(series),
                                  time_to_string(series.start_s + static_cast<long long>(found.front().at) * series.step_s),
                                  workload.replace_outliers ? "replaced by what the weeks around say" : "kept ('outliers: replace' takes what the weeks around say)"));
  if (workload.replace_outliers)
    for (const scenario::Outlier& outlier : found) series.values[outlier.at] = outlier.expected;
  const long long shift = scenario::find_level_shift(series);
  if (shift >= 0)
    remarks.push_back(fmt::format("workload '{}': the level of the history{} shifts at {}; was it a launch? an event or an override can say what comes", workload.name, of_origin(series),
                                  time_to_string(series.start_s + shift * series.step_s)));
}

/// Usable series: a positive step, no trailing or leading missing values, no negative load, gaps filled.
std::vector<HistorySeries> clean(const Workload& workload, std::vector<std::string>& remarks) {
  std::vector<HistorySeries> out;
  long long missing = 0, negative = 0;
  for (const HistorySeries& given : workload.demand.history) {
    HistorySeries series = given;
    const auto present = [](double v) { return std::isfinite(v); };
    const auto first = std::find_if(series.values.begin(), series.values.end(), present);
    if (series.step_s <= 0 || first == series.values.end()) {
      remarks.push_back(fmt::format("workload '{}': the history{} has no value and is left out", workload.name,
                                    series.origin.empty() ? "" : fmt::format(" of origin '{}'", series.origin)));
      continue;
    }
    series.start_s += series.step_s * (first - series.values.begin());
    series.values.erase(series.values.begin(), first);
    while (!std::isfinite(series.values.back())) series.values.pop_back();
    for (double& v : series.values) {
      missing += !std::isfinite(v);
      if (v < 0) v = 0, ++negative;
    }
    replace_outliers(workload, series, remarks);
    series.values = fill_gaps(series.values, gap_season(series));
    if (series.origin.empty()) series.origin = anywhere;
    out.push_back(std::move(series));
  }
  if (missing > 0)
    remarks.push_back(fmt::format("workload '{}': {} missing value{} of its history interpolated{}", workload.name, missing,
                                  missing == 1 ? "" : "s", workload.refuse_gaps ? ", although gaps are refused" : ""));
  if (negative > 0) remarks.push_back(fmt::format("workload '{}': {} negative values of its history count as 0", workload.name, negative));
  return out;
}

/// Mean load by bin (a week, or the series' step if longer), counted back from `end_s`; the first bin is whole.
struct Levels {
  long long end_s = 0, bin_s = week_s;
  std::vector<double> values;  ///< oldest first; NaN where less than half a bin is known
};

Levels levels_of(const HistorySeries& series, long long end_s, long long bin_s) {
  Levels levels{end_s, bin_s, {}};
  const long long bins = (end_s - series.start_s) / bin_s;
  std::vector<double> sum(bins, 0.0), known(bins, 0.0);
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const long long middle = series.start_s + static_cast<long long>(i) * series.step_s + series.step_s / 2;
    const long long bin = bins - 1 - (end_s - 1 - middle) / bin_s;
    if (bin < 0 || bin >= bins) continue;
    sum[bin] += series.values[i];
    known[bin] += 1;
  }
  const double least = 0.5 * static_cast<double>(bin_s) / static_cast<double>(series.step_s);
  for (long long b = 0; b < bins; ++b) levels.values.push_back(known[b] >= least && known[b] > 0 ? sum[b] / known[b] : NAN);
  return levels;
}

/// Levels known and forecast, by time.
struct LevelPath {
  Levels known;
  std::vector<double> mean, lower, upper;  ///< ahead of known.end_s

  double at(double day, const std::vector<double>& ahead) const {
    const double bins = (day * day_s - static_cast<double>(known.end_s)) / static_cast<double>(known.bin_s);
    const long long bin = static_cast<long long>(std::floor(bins)), n = static_cast<long long>(known.values.size());
    const long long steps = static_cast<long long>(ahead.size());
    if (bin >= 0) return steps == 0 ? 0 : ahead[static_cast<std::size_t>(std::min(bin, steps - 1))];
    const double value = n > 0 ? known.values[static_cast<std::size_t>(std::clamp<long long>(n + bin, 0, n - 1))] : mean.front();
    return std::isfinite(value) ? value : mean.front();
  }
};

SeriesForecast forecast_levels(const Levels& levels, long long horizon_end_s) {
  SeriesOptions options;
  const long long per_year = std::llround(year_s / static_cast<double>(levels.bin_s));
  const bool two_years = static_cast<long long>(levels.values.size()) >= 2 * per_year + 4;
  options.season = two_years && per_year > 1 ? static_cast<int>(per_year) : 1;
  const long long ahead = (horizon_end_s - levels.end_s + levels.bin_s - 1) / levels.bin_s;
  options.horizon = static_cast<int>(std::clamp<long long>(ahead, 1, 20000));
  options.levels = {0.8};
  return forecast_series(levels.values, options);
}

LevelPath to_path(Levels levels, const SeriesForecast& forecast) {
  levels.values = fill_gaps(levels.values, 1);
  return {std::move(levels), forecast.mean, forecast.intervals.front().lower, forecast.intervals.front().upper};
}

/// All origins together: a bin is missing where an origin's is, except before that origin began.
Levels total_of(const std::vector<Levels>& origins) {
  Levels total = origins.front();
  std::size_t longest = 0;
  for (const Levels& one : origins) longest = std::max(longest, one.values.size());
  total.values.assign(longest, 0.0);
  for (const Levels& one : origins)
    for (std::size_t i = 0; i < one.values.size(); ++i) total.values[longest - one.values.size() + i] += one.values[i];
  return total;
}

struct FlatLevel {
  double mean = 0, weekly_error = 0;
  Backtest backtest;
};

/// One-day-ahead trial of the mean of all days before against the day before.
Backtest flat_backtest(const std::vector<double>& days) {
  Backtest result;
  double flat = 0, naive = 0, actual = 0, inside = 0, sum = days.empty() ? 0 : days[0], squares = sum * sum;
  for (std::size_t i = 1; i < days.size(); ++i) {
    const double n = static_cast<double>(i), mean = sum / n, spread = std::sqrt(std::max(squares / n - mean * mean, 0.0) * (n + 1) / n);
    flat += std::abs(days[i] - mean);
    naive += std::abs(days[i] - days[i - 1]);
    actual += std::abs(days[i]);
    inside += std::abs(days[i] - mean) <= 1.2816 * spread;
    sum += days[i];
    squares += days[i] * days[i];
  }
  if (days.size() < 3 || !(actual > 0)) return result;
  result = {static_cast<int>(days.size()) - 1, 1, flat / actual, naive / actual, naive > 0 ? flat / naive : 0, naive > 0 ? 1.0 : 0.0,
            inside / static_cast<double>(days.size() - 1)};
  return result;
}

/// Less than three weeks: mean of the whole weeks (or of everything) and the spread of its days.
FlatLevel flat_level(const HistorySeries& series) {
  FlatLevel flat;
  const long long per_day = std::max(1LL, day_s / series.step_s), n = static_cast<long long>(series.values.size());
  const long long per_week = std::max(1LL, week_s / series.step_s), used = n >= per_week ? n / per_week * per_week : n;
  for (long long i = n - used; i < n; ++i) flat.mean += series.values[i] / static_cast<double>(used);
  std::vector<double> days;
  for (long long end = n; end - per_day >= 0; end -= per_day) {
    double sum = 0;
    for (long long i = end - per_day; i < end; ++i) sum += series.values[i];
    days.insert(days.begin(), sum / static_cast<double>(per_day));
  }
  double squares = 0;
  for (const double day : days) squares += (day - flat.mean) * (day - flat.mean);
  const double spread = days.size() > 1 ? std::sqrt(squares / static_cast<double>(days.size() - 1)) : 0.5 * flat.mean;
  flat.weekly_error = flat.mean > 0 ? spread / std::sqrt(7.0) / flat.mean : 0;
  flat.backtest = flat_backtest(days);
  return flat;
}

/// A flat level whose error grows like a random walk of weeks.
LevelPath flat_path(const FlatLevel& flat, long long end_s, long long horizon_end_s) {
  LevelPath path;
  path.known = {end_s, week_s, {flat.mean}};
  const long long weeks = std::clamp<long long>((horizon_end_s - end_s + week_s - 1) / week_s, 1, 20000);
  for (long long k = 1; k <= weeks; ++k) {
    const double spread = 1.2816 * flat.weekly_error * std::sqrt(static_cast<double>(k));
    path.mean.push_back(flat.mean);
    path.lower.push_back(std::max(0.0, flat.mean * (1 - spread)));
    path.upper.push_back(flat.mean * (1 + spread));
  }
  return path;
}

/// Sum of series on the time they all share, for a short history of several origins.
HistorySeries sum_of(const std::vector<HistorySeries>& all) {
  HistorySeries total = all.front();
  for (std::size_t i = 1; i < all.size(); ++i)
    for (std::size_t j = 0; j < total.values.size(); ++j) {
      const long long k = (total.start_s + static_cast<long long>(j) * total.step_s - all[i].start_s) / all[i].step_s;
      const long long last = static_cast<long long>(all[i].values.size()) - 1;
      total.values[j] += all[i].values[static_cast<std::size_t>(std::clamp<long long>(k, 0, last))];
    }
  return total;
}

/// Level paths of every origin and of all together.
struct Levelled {
  std::vector<LevelPath> origins;
  LevelPath total;
};

Levelled level_paths(const std::vector<HistorySeries>& history, long long horizon_end_s, WorkloadPath& path) {
  long long end_s = end_of(history.front()), start_s = history.front().start_s, bin_s = week_s;
  for (const HistorySeries& series : history) {
    end_s = std::max(end_s, end_of(series));
    start_s = std::min(start_s, series.start_s);
    bin_s = std::max(bin_s, series.step_s);
  }
  Levelled result;
  if (end_s - start_s < 3 * bin_s) {
    for (const HistorySeries& series : history) result.origins.push_back(flat_path(flat_level(series), end_s, horizon_end_s));
    const FlatLevel flat = flat_level(sum_of(history));
    result.total = flat_path(flat, end_s, horizon_end_s);
    path.method = "flat";
    path.reason = "less than three weeks of history: the mean of what there is, with the spread of its days";
    path.backtest = flat.backtest;
    return result;
  }
  std::vector<Levels> levels;
  for (const HistorySeries& series : history) {
    levels.push_back(levels_of(series, end_s, bin_s));
    if (levels.back().values.empty()) levels.back().values.assign(1, flat_level(series).mean);
    result.origins.push_back(to_path(levels.back(), forecast_levels(levels.back(), horizon_end_s)));
  }
  const Levels total = total_of(levels);
  const SeriesForecast forecast = forecast_levels(total, horizon_end_s);
  result.total = to_path(total, forecast);
  path.method = forecast.method;
  path.reason = fmt::format("{} levels of {:.4g} days; {}", total.values.size(), static_cast<double>(bin_s) / day_s, forecast.reason);
  path.backtest = forecast.backtest;
  return result;
}

/// Quantiles of the whole workload over its mean; weeks of a period are taken to err together.
void add_quantiles(const std::vector<Period>& periods, const LevelPath& total, WorkloadPath& path) {
  for (const Period& period : periods) {
    const double mean = period_mean(period, [&](double day) { return total.at(day, total.mean); });
    const double low = period_mean(period, [&](double day) { return total.at(day, total.lower); });
    const double high = period_mean(period, [&](double day) { return total.at(day, total.upper); });
    path.low.push_back(mean > 0 ? std::clamp(low / mean, 0.0, 1.0) : 1.0);
    path.high.push_back(mean > 0 ? std::max(high / mean, 1.0) : 1.0);
  }
}

void add_total_profile(WorkloadPath& path) {
  path.profile.fill(0.0);
  double sum = 0;
  for (const OriginPath& origin : path.origins) {
    double weight = 0;
    for (const double m : origin.mean) weight += m;
    for (std::size_t h = 0; h < hours_of_week; ++h) path.profile[h] += weight * origin.profile[h];
    sum += weight;
  }
  for (double& p : path.profile) p = sum > 0 ? p / sum : 1.0;
  path.has_profile = !is_flat(path.profile);
}

void add_origin(const Workload& workload, const std::vector<Period>& periods, const HistorySeries& series, const LevelPath& level,
                const std::string& name, double share, WorkloadPath& path) {
  OriginPath origin{name, {}, week_profile(series)};
  const double known_day = static_cast<double>(end_of(series)) / day_s;
  // What an event had changed by the end of the history is in the history.
  const double before = event_factor(workload.events, name, known_day);
  for (const Period& period : periods)
    origin.mean.push_back(share * period_mean(period, [&](double day) {
      const double factor = day < known_day ? before : event_factor(workload.events, name, day);
      return std::max(level.at(day, level.mean), 0.0) * (before > 0 ? factor / before : factor) * override_factor(workload.overrides, day);
    }));
  path.origins.push_back(std::move(origin));
}

}  // namespace

WorkloadPath history_path(const Workload& workload, const std::vector<Period>& periods, std::vector<std::string>& remarks) {
  WorkloadPath path;
  path.profile.fill(1.0);
  const std::vector<HistorySeries> history = clean(workload, remarks);
  if (history.empty() || periods.empty()) {
    path.method = "none";
    path.reason = "the history has no value";
    path.origins.push_back({anywhere, std::vector<double>(periods.size(), 0.0), path.profile});
    return path;
  }
  const long long horizon_end_s = periods.back().end.time_since_epoch().count() * day_s;
  const Levelled levels = level_paths(history, horizon_end_s, path);
  if (path.method == "flat")
    remarks.push_back(fmt::format("workload '{}': its history is shorter than three weeks; the level is taken as flat", workload.name));
  double total_share = 0;
  for (const auto& [name, share] : workload.demand.origin_shares) total_share += std::max(share, 0.0);
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (history.size() == 1 && history[i].origin == anywhere && total_share > 0) {
      for (const auto& [name, share] : workload.demand.origin_shares)
        add_origin(workload, periods, history[i], levels.origins[i], name, std::max(share, 0.0) / total_share, path);
    } else {
      add_origin(workload, periods, history[i], levels.origins[i], history[i].origin, 1.0, path);
    }
  }
  add_quantiles(periods, levels.total, path);
  add_total_profile(path);
  return path;
}

}  // namespace tonnage::forecast
