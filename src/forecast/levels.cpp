// A workload's history: gaps filled, outliers told, weekly levels by origin and their forecasts.
#include "levels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "numerics.hpp"
#include "paths.hpp"
#include "tonnage/forecast/components.hpp"
#include "tonnage/forecast/effects.hpp"
#include "tonnage/scenario/outliers.hpp"
#include "tonnage/scenario/swings.hpp"

namespace tonnage::forecast {
namespace {

constexpr long long day_s = 86400, week_s = 7 * day_s;
constexpr double year_s = 365.25 * 86400;

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

/// Steps of five minutes or less tell how load bunches within an hour, which the hour's mean hides.
void remark_bursts(const Workload& workload, const HistorySeries& series, std::vector<std::string>& remarks) {
  const auto swing = scenario::swing_of(series);
  if (!swing) return;
  const bool computed = workload.capacity.empty() && workload.measured.empty();
  const std::string what = workload.arrivals_given ? "the stated 'burst' counts for capacity, not this"
                           : computed && workload.arrivals.rate_cv > 0
                               ? fmt::format("capacity counts on it: a replica's load swings around the hour's mean with a coefficient of variation of {:.3g}", workload.arrivals.rate_cv)
                               : std::string("which blocks of hours do not show: headroom must carry it");
  remarks.push_back(fmt::format("workload '{}': within an hour{}, counts of {} s vary {:.3g} times as much as random arrivals would; one of them in a hundred has {:.3g} times its hour's mean or more; {}",
                                workload.name, of_origin(series), series.step_s, swing->dispersion, swing->p99_ratio, what));
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
      remarks.push_back(fmt::format("workload '{}': the history{} has no value and is left out", workload.name, of_origin(series)));
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
    remark_bursts(workload, series, remarks);
    if (series.origin.empty()) series.origin = anywhere;
    out.push_back(std::move(series));
  }
  if (missing > 0)
    remarks.push_back(fmt::format("workload '{}': {} missing value{} of its history interpolated{}", workload.name, missing,
                                  missing == 1 ? "" : "s", workload.refuse_gaps ? ", although gaps are refused" : ""));
  if (negative > 0) remarks.push_back(fmt::format("workload '{}': {} negative values of its history count as 0", workload.name, negative));
  return out;
}

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

SeriesInput input_of(const std::string& name, const Levels& levels, long long horizon_end_s) {
  SeriesOptions options;
  const long long per_year = std::llround(year_s / static_cast<double>(levels.bin_s));
  const bool two_years = static_cast<long long>(levels.values.size()) >= 2 * per_year + 4;
  options.season = two_years && per_year > 1 ? static_cast<int>(per_year) : 1;
  const long long ahead = (horizon_end_s - levels.end_s + levels.bin_s - 1) / levels.bin_s;
  options.horizon = static_cast<int>(std::clamp<long long>(ahead, 1, 20000));
  options.levels = {0.8};
  return {name, levels.values, options};
}

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

/// Mean reach of events over the days of bin `b`.
double mean_reach(const std::vector<const DemandEvent*>& events, const Levels& levels, long long b) {
  const double first = static_cast<double>(levels.end_s - (static_cast<long long>(levels.values.size()) - b) * levels.bin_s) / day_s;
  const int days = static_cast<int>(std::max(1LL, levels.bin_s / day_s));
  double sum = 0;
  for (int d = 0; d < days; ++d)
    for (const DemandEvent* event : events) sum += event_reach(*event, first + d + 0.5) / days;
  return sum;
}

/// Effect of events of one name from the levels of all origins together: a dynamic regression of log levels on their reach, linearised
/// about the effect found so far, since log(1 + share x reach) is not linear where a bin holds a part of an event.
void estimate_share(const std::vector<const DemandEvent*>& events, const Levels& total, double& share, double& error) {
  const long long n = static_cast<long long>(total.values.size());
  const int season = static_cast<int>(std::llround(year_s / static_cast<double>(total.bin_s)));
  share = error = 0;
  for (int round = 0; round < 8; ++round) {
    std::vector<double> z;
    Regressor x;
    for (long long b = 0; b < n; ++b) {
      const double reach = mean_reach(events, total, b), factor = std::max(1 + share * reach, 0.05), value = total.values[static_cast<std::size_t>(b)];
      x.push_back(reach / factor);
      z.push_back(value > 0 ? std::log(value / factor) + share * x.back() : std::nan(""));
    }
    const DynamicRegression fit = dynamic_regression(z, {x}, season > 1 && n >= 3 * season ? season : 1);
    const double before = share;
    share = std::clamp(fit.coefficient[0], -0.95, 20.0), error = std::sqrt(std::max(fit.covariance[0], 0.0));
    if (std::abs(share - before) < 1e-6) break;
  }
}

void estimate_events(const Workload& workload, PreparedHistory& out, std::vector<std::string>& remarks) {
  const Levels total = total_of(out.known);
  std::set<std::string> names;
  for (DemandEvent& event : out.events) {
    if (!event.from_history || !names.insert(event.name).second) continue;
    // An event of one origin shows in its levels.
    const auto place = std::find_if(out.history.begin(), out.history.end(), [&](const HistorySeries& h) { return h.origin == event.origin; });
    const Levels& basis = place == out.history.end() ? total : out.known[static_cast<std::size_t>(place - out.history.begin())];
    std::vector<const DemandEvent*> alike, held;
    for (const DemandEvent& one : out.events)
      if (one.from_history && one.name == event.name) alike.push_back(&one);
    for (const DemandEvent* one : alike)
      if (const long long at = one->date.time_since_epoch().count() * day_s; at < basis.end_s && at > basis.end_s - static_cast<long long>(basis.values.size()) * basis.bin_s) held.push_back(one);
    double share = 0, error = 0;
    if (!held.empty()) estimate_share(held, basis, share, error);
    for (DemandEvent& one : out.events)
      if (one.from_history && one.name == event.name) one.share = share, one.share_spread = {error > 0 ? Spread::Form::normal : Spread::Form::none, 0, 0, error};
    remarks.push_back(fmt::format("workload '{}': event '{}' {:+.3g} % (standard error {:.2g} points), estimated from {} of that name in the history", workload.name, event.name, 100 * share, 100 * error, held.size()));
    for (std::size_t i = 0; i < out.known.size(); ++i)
      for (std::size_t b = 0; b < out.known[i].values.size(); ++b) {
        std::vector<const DemandEvent*> here;
        for (const DemandEvent* one : held)
          if (one->origin.empty() || one->origin == out.history[i].origin) here.push_back(one);
        out.known[i].values[b] /= std::max(1 + share * mean_reach(here, out.known[i], static_cast<long long>(b)), 0.05);
      }
  }
}

void add_series(PreparedHistory& out, const std::string& name, const Levels& levels, long long horizon_end_s) {
  out.inputs.push_back(input_of(name, levels, horizon_end_s));
  out.forecasts.push_back(forecast_series(out.inputs.back().values, out.inputs.back().options));
}

void prepare_flat(PreparedHistory& out, long long end_s) {
  for (const HistorySeries& series : out.history) {
    const FlatLevel flat = flat_level(series);
    out.known.push_back({end_s, week_s, {flat.mean}});
  }
  out.flat = flat_level(out.history.size() > 1 ? sum_of(out.history) : out.history.front());
  out.method = "flat";
  out.reason = "less than three weeks of history: the mean of what there is, with the spread of its days";
  out.backtest = out.flat->backtest;
}

}  // namespace

Levels total_of(const std::vector<Levels>& origins) {
  Levels total = origins.front();
  std::size_t longest = 0;
  for (const Levels& one : origins) longest = std::max(longest, one.values.size());
  total.values.assign(longest, 0.0);
  for (const Levels& one : origins)
    for (std::size_t i = 0; i < one.values.size(); ++i) total.values[longest - one.values.size() + i] += one.values[i];
  return total;
}

PreparedHistory prepare_history(const Workload& workload, const std::vector<Period>& periods, std::vector<std::string>& remarks) {
  PreparedHistory out;
  out.history = clean(workload, remarks);
  out.events = workload.events;
  if (out.history.empty() || periods.empty()) return out;
  const long long horizon_end_s = periods.back().end.time_since_epoch().count() * day_s;
  long long end_s = end_of(out.history.front()), start_s = out.history.front().start_s, bin_s = week_s;
  for (const HistorySeries& series : out.history) {
    end_s = std::max(end_s, end_of(series));
    start_s = std::min(start_s, series.start_s);
    bin_s = std::max(bin_s, series.step_s);
  }
  if (end_s - start_s < 3 * bin_s) {
    prepare_flat(out, end_s);
    take_out_price(workload, out, remarks);
    return out;
  }
  for (const HistorySeries& series : out.history) {
    out.known.push_back(levels_of(series, end_s, bin_s));
    if (out.known.back().values.empty()) out.known.back().values.assign(1, flat_level(series).mean);
  }
  take_out_price(workload, out, remarks);
  estimate_events(workload, out, remarks);
  const Levels total = total_of(out.known);
  if (out.known.size() > 1) add_series(out, workload.name, total, horizon_end_s);
  for (std::size_t i = 0; i < out.known.size(); ++i) add_series(out, workload.name + "\n" + out.history[i].origin, out.known[i], horizon_end_s);
  const SeriesForecast& forecast = out.forecasts.front();
  out.method = forecast.method;
  out.reason = fmt::format("{} levels of {:.4g} days; {}", total.values.size(), static_cast<double>(bin_s) / day_s, forecast.reason);
  out.backtest = forecast.backtest;
  for (Levels& known : out.known) known.values = fill_gaps(known.values, 1);
  return out;
}

}  // namespace tonnage::forecast
