#include "tonnage/forecast/series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "backtest.hpp"
#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {
namespace {

enum class Method { seasonal_naive, damped_trend };

constexpr const char* name_of(Method method) { return method == Method::seasonal_naive ? "seasonal naive" : "damped trend"; }

/// The series with gaps filled, what was really seen, and what its sign allows.
struct Prepared {
  std::vector<double> filled;
  std::vector<double> seen;  ///< NaN where missing
  int ahead = 0;             ///< missing values at the end, forecast across
  bool positive = true;      ///< all values >= 0 and some > 0: errors are relative to the level
  bool negative = false;
};

Prepared prepare(std::span<const double> history, int season) {
  Prepared data;
  std::size_t first = 0, last = history.size();
  while (first < last && !std::isfinite(history[first])) ++first;
  while (last > first && !std::isfinite(history[last - 1])) --last;
  data.ahead = static_cast<int>(history.size() - last);
  data.seen.assign(history.begin() + static_cast<long>(first), history.begin() + static_cast<long>(last));
  double highest = 0;
  for (double& v : data.seen) {
    if (!std::isfinite(v)) continue;
    v = std::clamp(v, -1e150, 1e150);  // squares stay finite
    data.negative = data.negative || v < 0;
    highest = std::max(highest, v);
  }
  data.positive = !data.negative && highest > 0;
  data.filled = fill_gaps(data.seen, season);
  return data;
}

std::vector<double> seasonal_naive(std::span<const double> y, int season, int horizon) {
  const int n = static_cast<int>(y.size()), m = std::clamp(season, 1, std::max(n, 1));
  std::vector<double> out(horizon, 0.0);
  if (n > 0)
    for (int k = 0; k < horizon; ++k) out[k] = y[n - m + k % m];
  return out;
}

/// Damped trend on the seasonally adjusted end of the series. `warm` carries the parameters from one origin to the next.
std::vector<double> damped_trend(std::span<const double> y, int season, int horizon, DampedTrend& warm, bool& have_warm) {
  // The recent past decides; bounding it bounds the time for long hourly histories.
  const std::size_t most = static_cast<std::size_t>(std::max(1500, 10 * std::max(season, 1)));
  const std::span<const double> recent = y.size() > most ? y.last(most) : y;
  const SeasonalIndices indices = seasonal_indices(recent, season);
  std::vector<double> adjusted(recent.size());
  for (std::size_t i = 0; i < recent.size(); ++i) adjusted[i] = indices.remove(recent[i], static_cast<long long>(i));
  const DampedTrend fit = fit_damped_trend(adjusted, have_warm ? &warm : nullptr);
  warm = fit;
  have_warm = adjusted.size() >= 4;
  std::vector<double> out = fit.forecast(horizon);
  for (int k = 0; k < horizon; ++k) out[k] = indices.apply(out[k], static_cast<long long>(recent.size()) + k);
  return out;
}

std::vector<double> forecast_with(Method method, std::span<const double> y, int season, int horizon, bool positive,
                                  DampedTrend& warm, bool& have_warm) {
  std::vector<double> out =
      method == Method::seasonal_naive ? seasonal_naive(y, season, horizon) : damped_trend(y, season, horizon, warm, have_warm);
  if (positive)
    for (double& v : out) v = std::max(v, 0.0);
  return out;
}

/// What an error is measured against: halfway between the forecast and the recent level, so that a quiet hour has a
/// smaller error than a busy one but never none. 1 when the data change sign.
std::vector<double> error_scale(std::span<const double> y, int season, const std::vector<double>& forecast, bool positive) {
  std::vector<double> scale(forecast.size(), 1.0);
  if (!positive || y.empty()) return scale;
  const std::size_t span = std::min(y.size(), static_cast<std::size_t>(std::max(season, 4)));
  double level = 0;
  for (const double v : y.last(span)) level += v / static_cast<double>(span);
  double mean = 0;
  for (const double v : y) mean += v / static_cast<double>(y.size());
  level = std::max(level, 1e-3 * mean);
  for (std::size_t k = 0; k < scale.size(); ++k) scale[k] = 0.5 * (forecast[k] + level);
  for (double& s : scale) s = s > 0 ? s : 1.0;
  return scale;
}

std::vector<Trial> run_trials(Method method, const Prepared& data, int season, const BacktestPlan& plan) {
  std::vector<Trial> trials;
  DampedTrend warm;
  bool have_warm = false;
  const std::span<const double> all(data.filled);
  for (const int origin : plan.origins) {
    Trial trial;
    const std::span<const double> known = all.first(static_cast<std::size_t>(origin));
    trial.forecast = forecast_with(method, known, season, plan.horizon, data.positive, warm, have_warm);
    trial.actual.assign(data.seen.begin() + origin, data.seen.begin() + origin + plan.horizon);
    trial.scale = error_scale(known, season, trial.forecast, data.positive);
    trials.push_back(std::move(trial));
  }
  return trials;
}

struct Score {
  double absolute = 0, actual = 0, count = 0;
  double share() const { return actual > 0 ? absolute / actual : 0; }
  double mean() const { return count > 0 ? absolute / count : 0; }
};

Score score(const std::vector<Trial>& trials) {
  Score sum;
  for (const Trial& trial : trials)
    for (std::size_t k = 0; k < trial.actual.size(); ++k) {
      if (!std::isfinite(trial.actual[k])) continue;
      sum.absolute += std::abs(trial.actual[k] - trial.forecast[k]);
      sum.actual += std::abs(trial.actual[k]);
      sum.count += 1;
    }
  return sum;
}

/// Mean absolute difference over one season, the denominator of MASE; 0 when there is none.
double seasonal_difference(const Prepared& data, int season) {
  double sum = 0, count = 0;
  const std::size_t m = static_cast<std::size_t>(std::max(season, 1));
  for (std::size_t i = m; i < data.seen.size(); ++i) {
    const double d = std::abs(data.seen[i] - data.seen[i - m]);
    if (std::isfinite(d)) sum += d, count += 1;
  }
  return count > 0 ? sum / count : 0;
}

Interval make_interval(double level, const std::vector<double>& mean, const std::vector<double>& scale, const ErrorModel& errors,
                       int first_step, bool floor_at_zero) {
  Interval interval;
  interval.level = std::clamp(level, 0.0, 0.9999);
  const double tail = 0.5 * (1 - interval.level);
  for (std::size_t k = 0; k < mean.size(); ++k) {
    const int step = first_step + static_cast<int>(k);
    double lower = mean[k] + scale[k] * std::min(errors.quantile(tail, step), 0.0);
    const double upper = mean[k] + scale[k] * std::max(errors.quantile(1 - tail, step), 0.0);
    if (floor_at_zero) lower = std::max(lower, 0.0);
    interval.lower.push_back(lower);
    interval.upper.push_back(upper);
  }
  return interval;
}

/// Share of actuals inside the 80 % interval made from the errors of the other origins only.
double coverage_80(const std::vector<Trial>& trials, bool floor_at_zero) {
  double inside = 0, count = 0;
  if (trials.size() < 2) return 0;
  for (int o = 0; o < static_cast<int>(trials.size()); ++o) {
    const Trial& trial = trials[o];
    const Interval interval = make_interval(0.8, trial.forecast, trial.scale, make_error_model(trials, o), 0, floor_at_zero);
    for (std::size_t k = 0; k < trial.actual.size(); ++k) {
      if (!std::isfinite(trial.actual[k])) continue;
      const double slack = 1e-9 * trial.scale[k];
      inside += trial.actual[k] >= interval.lower[k] - slack && trial.actual[k] <= interval.upper[k] + slack;
      count += 1;
    }
  }
  return count > 0 ? inside / count : 0;
}

/// Errors to assume when the history is too short to try a method on it: a quarter of the level one step ahead.
ErrorModel assumed_errors() {
  ErrorModel model;
  model.width = {0.25};
  for (int i = 1; i < 20; ++i) model.signed_errors.push_back(normal_quantile(i / 20.0) * 1.2533);  // mean size 1
  for (int i = 1; i < 20; ++i) model.absolute_errors.push_back(normal_quantile(0.5 + i / 40.0) * 1.2533);
  model.origins = 1000;
  return model;
}

std::string why(Method chosen, const Score& naive, const Score& damped, const BacktestPlan& plan) {
  const Score& best = chosen == Method::seasonal_naive ? naive : damped;
  const Score& other = chosen == Method::seasonal_naive ? damped : naive;
  const char* other_name = name_of(chosen == Method::seasonal_naive ? Method::damped_trend : Method::seasonal_naive);
  return fmt::format("{} forecasts of {} steps from the past: error {:.3g} % against {:.3g} % for {}{}", plan.origins.size(),
                     plan.horizon, 100 * best.share(), 100 * other.share(), other_name,
                     plan.aligned ? "" : "; starts not whole seasons apart, the history is short");
}

void finish(SeriesForecast& result, const Prepared& data, const SeriesOptions& options, Method method, const ErrorModel& errors) {
  DampedTrend warm;
  bool have_warm = false;
  const int total = data.ahead + options.horizon;
  const std::vector<double> path = forecast_with(method, data.filled, options.season, total, data.positive, warm, have_warm);
  const std::vector<double> scale = error_scale(data.filled, options.season, path, data.positive);
  result.method = name_of(method);
  result.mean.assign(path.begin() + data.ahead, path.end());
  const std::vector<double> own_scale(scale.begin() + data.ahead, scale.end());
  const bool floor_at_zero = !data.negative && !options.allow_negative;
  for (const double level : options.levels)
    result.intervals.push_back(make_interval(level, result.mean, own_scale, errors, data.ahead, floor_at_zero));
}

}  // namespace

SeriesForecast forecast_series(std::span<const double> history, const SeriesOptions& given) {
  SeriesForecast result;
  SeriesOptions options = given;
  options.season = std::max(options.season, 1);
  options.horizon = std::max(options.horizon, 0);
  const Prepared data = prepare(history, options.season);
  if (data.filled.empty()) {
    result.method = "none";
    result.reason = history.empty() ? "the history is empty" : "every value of the history is missing";
    result.mean.assign(options.horizon, 0.0);
    for (const double level : options.levels) result.intervals.push_back({level, result.mean, result.mean});
    return result;
  }
  const int length = static_cast<int>(data.filled.size());
  const BacktestPlan plan = plan_backtest(length, options.season, data.ahead + options.horizon);
  if (plan.origins.empty()) {
    result.reason = fmt::format("{} value{}: too short to try a method on, the error is assumed", length, length == 1 ? "" : "s");
    const bool nothing = std::all_of(data.filled.begin(), data.filled.end(), [](double v) { return v == 0; });
    finish(result, data, options, Method::seasonal_naive, nothing ? ErrorModel{} : assumed_errors());
    return result;
  }
  const std::vector<Trial> naive = run_trials(Method::seasonal_naive, data, options.season, plan);
  const std::vector<Trial> damped = run_trials(Method::damped_trend, data, options.season, plan);
  const Score naive_score = score(naive), damped_score = score(damped);
  // Rounding noise does not make the more elaborate method better.
  const bool use_damped = damped_score.absolute < naive_score.absolute * (1 - 1e-9);
  const Method method = use_damped ? Method::damped_trend : Method::seasonal_naive;
  const std::vector<Trial>& trials = use_damped ? damped : naive;
  finish(result, data, options, method, make_error_model(trials, -1));
  result.reason = why(method, naive_score, damped_score, plan);
  const Score& best = use_damped ? damped_score : naive_score;
  const double unit = seasonal_difference(data, options.season);
  result.backtest = {static_cast<int>(plan.origins.size()), plan.horizon, best.share(), naive_score.share(),
                     unit > 0 ? best.mean() / unit : 0, unit > 0 ? naive_score.mean() / unit : 0,
                     coverage_80(trials, !data.negative && !options.allow_negative)};
  return result;
}

}  // namespace tonnage::forecast
