#include "tonnage/forecast/components.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tonnage::forecast {
namespace {

/// Mean seasonal shape by phase of the present values; empty when there is no more than one season of them.
SeasonalIndices mean_shape(std::span<const double> values, int season) {
  SeasonalIndices shape;
  const int n = static_cast<int>(values.size());
  if (season < 2 || n < 2 * season) return shape;
  std::vector<double> sum(season, 0.0), count(season, 0.0);
  double total = 0, present = 0;
  for (int i = 0; i < n; ++i) {
    if (!std::isfinite(values[i])) continue;
    sum[i % season] += values[i];
    count[i % season] += 1;
    total += values[i];
    present += 1;
    if (values[i] <= 0) shape.multiplicative = false;
  }
  if (present == 0) return shape;
  const double mean = total / present;
  shape.index.resize(season);
  for (int j = 0; j < season; ++j) {
    const double phase_mean = count[j] > 0 ? sum[j] / count[j] : mean;
    shape.index[j] = shape.multiplicative ? phase_mean / mean : phase_mean - mean;
  }
  return shape;
}

double squared_error(std::span<const double> y, double level, double trend, const DampedTrend& p) {
  const double alpha = p.alpha, gain = p.alpha * p.beta, phi = p.phi;
  double sum = 0;
  for (const double value : y) {
    const double damped = phi * trend, ahead = level + damped, error = value - ahead;
    level = ahead + alpha * error;
    trend = damped + gain * error;
    sum += error * error;
  }
  return sum;
}

struct Start {
  double level = 0, trend = 0;
};

/// Straight line through the first values, taken one step before the first of them.
Start initial_state(std::span<const double> y) {
  const int n = static_cast<int>(std::min<std::size_t>(y.size(), 10));
  double mean_y = 0, sxy = 0, sxx = 0;
  const double mean_x = 0.5 * (n + 1);
  for (int i = 0; i < n; ++i) mean_y += y[i] / n;
  for (int i = 0; i < n; ++i) {
    sxy += (i + 1 - mean_x) * (y[i] - mean_y);
    sxx += (i + 1 - mean_x) * (i + 1 - mean_x);
  }
  const double slope = sxx > 0 ? sxy / sxx : 0;
  return {mean_y - slope * mean_x, slope};
}

constexpr double alpha_low = 0.01, alpha_high = 0.99, beta_low = 0.001, beta_high = 0.99, phi_low = 0.8, phi_high = 0.98;

double grid_search(std::span<const double> y, const Start& start, DampedTrend& best) {
  double best_error = squared_error(y, start.level, start.trend, best);
  for (const double alpha : {0.05, 0.15, 0.3, 0.5, 0.7, 0.9})
    for (const double beta : {0.01, 0.05, 0.15, 0.4})
      for (const double phi : {0.8, 0.9, 0.98}) {
        const DampedTrend trial{alpha, beta, phi, 0, 0};
        const double error = squared_error(y, start.level, start.trend, trial);
        if (error < best_error) best_error = error, best = trial;
      }
  return best_error;
}

void compass_search(std::span<const double> y, const Start& start, double best_error, DampedTrend& best) {
  std::array<double, 3> step{0.1, 0.08, 0.05};
  for (int round = 0; round < 24 && step[0] > 0.004; ++round) {
    bool improved = false;
    for (int axis = 0; axis < 3; ++axis)
      for (const double sign : {1.0, -1.0}) {
        DampedTrend trial = best;
        if (axis == 0) trial.alpha = std::clamp(trial.alpha + sign * step[0], alpha_low, alpha_high);
        if (axis == 1) trial.beta = std::clamp(trial.beta + sign * step[1], beta_low, beta_high);
        if (axis == 2) trial.phi = std::clamp(trial.phi + sign * step[2], phi_low, phi_high);
        const double error = squared_error(y, start.level, start.trend, trial);
        if (error < best_error) best_error = error, best = trial, improved = true;
      }
    if (!improved)
      for (double& s : step) s *= 0.5;
  }
}

}  // namespace

std::vector<double> fill_gaps(std::span<const double> values, int season) {
  const SeasonalIndices shape = mean_shape(values, season);
  const long long n = static_cast<long long>(values.size());
  std::vector<double> out(values.size(), 0.0);
  long long last = -1;
  const auto adjusted = [&](long long i) { return shape.remove(values[i], i); };
  for (long long i = 0; i < n; ++i) {
    if (!std::isfinite(values[i])) continue;
    out[i] = values[i];
    for (long long j = last + 1; j < i; ++j) {
      const double share = last < 0 ? 1.0 : static_cast<double>(j - last) / static_cast<double>(i - last);
      const double left = last < 0 ? adjusted(i) : adjusted(last);
      out[j] = shape.apply(left + share * (adjusted(i) - left), j);
    }
    last = i;
  }
  if (last >= 0)
    for (long long j = last + 1; j < n; ++j) out[j] = shape.apply(adjusted(last), j);
  return out;
}

bool is_seasonal(std::span<const double> values, int season, double quantile) {
  const int n = static_cast<int>(values.size());
  if (season < 2 || n < 3 * season) return false;
  double mean = 0, variance = 0;
  for (const double v : values) mean += v / n;
  for (const double v : values) variance += (v - mean) * (v - mean);
  if (!(variance > 1e-20 * mean * mean * n)) return false;  // constant but for rounding
  double squares = 0, last = 0;
  for (int lag = 1; lag <= season; ++lag) {
    double sum = 0;
    for (int i = 0; i + lag < n; ++i) sum += (values[i] - mean) * (values[i + lag] - mean);
    last = sum / variance;
    if (lag < season) squares += last * last;
  }
  return std::abs(last) > quantile * std::sqrt((1 + 2 * squares) / n);
}

double SeasonalIndices::apply(double adjusted, long long step) const {
  if (index.empty()) return adjusted;
  const double i = index[static_cast<std::size_t>(step % static_cast<long long>(index.size()))];
  return multiplicative ? adjusted * i : adjusted + i;
}

double SeasonalIndices::remove(double value, long long step) const {
  if (index.empty()) return value;
  const double i = index[static_cast<std::size_t>(step % static_cast<long long>(index.size()))];
  return multiplicative ? value / i : value - i;
}

SeasonalIndices seasonal_indices(std::span<const double> values, int season) {
  SeasonalIndices result;
  if (!is_seasonal(values, season)) return result;
  const int n = static_cast<int>(values.size()), half = season / 2;
  const bool even = season % 2 == 0;
  result.multiplicative = std::all_of(values.begin(), values.end(), [](double v) { return v > 0; });
  std::vector<double> running(n + 1, 0.0);
  for (int i = 0; i < n; ++i) running[i + 1] = running[i] + values[i];
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::vector<double> sum(season, 0.0), count(season, 0.0);
    for (int i = half; i < n - half; ++i) {
      double average = running[i + half + 1] - running[i - half];
      if (even) average -= 0.5 * (values[i - half] + values[i + half]);
      average /= season;
      if (result.multiplicative && !(average > 0)) continue;
      sum[i % season] += result.multiplicative ? values[i] / average : values[i] - average;
      count[i % season] += 1;
    }
    result.index.assign(season, result.multiplicative ? 1.0 : 0.0);
    double mean = 0;
    for (int j = 0; j < season; ++j) {
      if (count[j] > 0) result.index[j] = sum[j] / count[j];
      mean += result.index[j] / season;
    }
    for (double& i : result.index) i = result.multiplicative ? i / mean : i - mean;
    // A division by a tiny index would blow up: such data are adjusted by differences.
    if (!result.multiplicative || *std::min_element(result.index.begin(), result.index.end()) > 0.01) break;
    result.multiplicative = false;
  }
  return result;
}

std::vector<double> DampedTrend::forecast(int steps) const {
  std::vector<double> out(static_cast<std::size_t>(std::max(steps, 0)));
  double weight = 0, power = 1;
  for (double& value : out) {
    power *= phi;
    weight += power;
    value = level + weight * trend;
  }
  return out;
}

DampedTrend fit_damped_trend(std::span<const double> values, const DampedTrend* start) {
  DampedTrend best;
  if (values.size() < 4) {
    best.level = values.empty() ? 0.0 : values.back();
    return best;
  }
  const Start state = initial_state(values);
  double error = 0;
  if (start != nullptr) {
    best = *start;
    error = squared_error(values, state.level, state.trend, best);
  } else {
    error = grid_search(values, state, best);
  }
  compass_search(values, state, error, best);
  best.level = state.level;
  best.trend = state.trend;
  for (const double value : values) {
    const double damped = best.phi * best.trend, ahead = best.level + damped, e = value - ahead;
    best.level = ahead + best.alpha * e;
    best.trend = damped + best.alpha * best.beta * e;
  }
  return best;
}

double bass_share(double share, double innovation_per_year, double imitation_per_year, double years) {
  const double f = std::clamp(share, 0.0, 1.0), p = std::max(innovation_per_year, 0.0), q = std::max(imitation_per_year, 0.0);
  if (f >= 1) return 1;
  if (p + q <= 0) return f;
  // (p + q F) / (1 - F) grows by the factor exp((p + q) t): no inverse of F is needed to anchor it.
  const double ratio = (p + q * f) / (1 - f) * std::exp(std::min((p + q) * years, 600.0));
  return std::clamp((ratio - p) / (ratio + q), 0.0, 1.0);
}

double normal_quantile(double p) {
  constexpr std::array a{-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
                         1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr std::array b{-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
                         -1.328068155288572e+01};
  constexpr std::array c{-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                         -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr std::array d{7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
  p = std::clamp(p, 1e-300, 1 - 1e-16);
  if (p > 0.5) return -normal_quantile(1 - p);
  if (p < 0.02425) {
    const double q = std::sqrt(-2 * std::log(p));
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  }
  const double q = p - 0.5, r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
         (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

}  // namespace tonnage::forecast
