#include "regression.hpp"

#include <numbers>

namespace tonnage::forecast {
namespace {

/// Harmonics of a season of m steps at time t.
void add_harmonics(std::vector<double>& row, int m, int pairs, int t) {
  for (int k = 1; k <= pairs; ++k) {
    const double angle = 2 * std::numbers::pi * k * (t % m) / m;
    row.push_back(std::sin(angle));
    row.push_back(std::cos(angle));
  }
}

/// Dummies of the first season's phases and harmonics of the longer ones.
std::vector<double> seasonal_row(const std::vector<int>& seasons, int t, int pairs) {
  std::vector<double> row;
  if (seasons.empty() || seasons.front() < 2) return {1.0};
  row.assign(seasons.front(), 0.0);
  row[t % seasons.front()] = 1;
  for (std::size_t i = 1; i < seasons.size(); ++i) add_harmonics(row, seasons[i], pairs, t);
  return row;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Iterated forecasts stay within the range of the past and half of it to either side: a regression may be explosive.
struct Bounds {
  double low, high;

  explicit Bounds(const std::vector<double>& z) {
    const auto [a, b] = std::minmax_element(z.begin(), z.end());
    const double room = 0.5 * (*b - *a) + 1e-9 * std::abs(*b);
    low = *a - room, high = *b + room;
  }
  double clamp(double v) const { return std::isfinite(v) ? std::clamp(v, low, high) : 0.5 * (low + high); }
};

std::vector<int> lags_of(const std::vector<int>& seasons, int n) {
  std::vector<int> lags{1, 2};
  for (const int m : seasons)
    if (m >= 2 && n > 3 * m)
      for (const int lag : {m, m + 1}) lags.push_back(lag);
  if (!seasons.empty() && seasons.front() >= 2 && n > 4 * seasons.front()) lags.push_back(2 * seasons.front());
  std::sort(lags.begin(), lags.end());
  lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
  return lags;
}

}  // namespace

LogScale::LogScale(Values y) : logs(!y.empty() && std::all_of(y.begin(), y.end(), [](double v) { return v > 0; })) {}

std::vector<double> LogScale::apply(Values y) const {
  std::vector<double> z(y.begin(), y.end());
  if (logs)
    for (double& v : z) v = std::log(v);
  return z;
}

std::vector<double> forecast_lag_regression(Values y, const std::vector<int>& seasons, int horizon, double ridge) {
  const LogScale scale(y);
  std::vector<double> z = scale.apply(y);
  const int n = static_cast<int>(y.size());
  const std::vector<int> lags = lags_of(seasons, n);
  const int longest = lags.back();
  const Bounds bounds(z);
  const int first_season = !seasons.empty() && seasons.front() >= 2 && n > 3 * seasons.front() ? seasons.front() : 1;
  // Around the seasonal random walk: differences of one season regressed on the differences before.
  const auto row_at = [&](int t) {
    std::vector<double> row;
    for (const int lag : lags) row.push_back(z[t - lag] - z[t - first_season]);
    if (first_season == 1) row[0] = z[t - 1] - z[t - 2];
    row.push_back(1);
    return row;
  };
  LeastSquares fit(static_cast<int>(lags.size()) + 1);
  for (int t = std::max(longest, first_season == 1 ? 2 : 1); t < n; ++t) fit.add(row_at(t).data(), z[t] - z[t - first_season]);
  for (int j = 0; j < fit.columns(); ++j) fit.ridge(j, ridge * fit.diagonal(j));
  const std::vector<double> b = fit.solve();
  std::vector<double> out;
  for (int k = 0; k < horizon; ++k) {
    const int t = n + k;
    z.push_back(bounds.clamp(t < longest + 1 ? z.back() : z[t - first_season] + dot(row_at(t), b)));
    out.push_back(scale.back(z.back()));
  }
  return out;
}

std::vector<double> forecast_phase_regression(Values y, const std::vector<int>& seasons, int horizon) {
  const LogScale scale(y);
  std::vector<double> z = scale.apply(y);
  const int n = static_cast<int>(y.size()), m = seasons.empty() ? 1 : std::max(seasons.front(), 1);
  const int order = n > 40 ? 3 : 1;
  const Bounds bounds(z);
  const auto row_at = [&](int t) {
    std::vector<double> row = seasonal_row(seasons, t, 12);
    for (int i = 1; i <= order; ++i) row.push_back(z[t - i]);
    return row;
  };
  LeastSquares fit(static_cast<int>(row_at(order).size()));
  for (int t = order; t < n; ++t) fit.add(row_at(t).data(), z[t]);
  for (int j = 0; j < fit.columns(); ++j) fit.ridge(j, 1e-6 * fit.diagonal(j) + (j >= m && j + order < fit.columns() ? 1e-3 * n : 0));
  const std::vector<double> b = fit.solve();
  std::vector<double> out;
  for (int k = 0; k < horizon; ++k) {
    z.push_back(bounds.clamp(dot(row_at(n + k), b)));
    out.push_back(scale.back(z.back()));
  }
  return out;
}

std::vector<double> forecast_delta(Values y, const std::vector<int>& seasons, int horizon) {
  const LogScale scale(y);
  const std::vector<double> z = scale.apply(y);
  const int n = static_cast<int>(y.size());
  const int m = seasons.empty() ? 1 : seasons.back() >= 2 && n >= 3 * seasons.back() ? seasons.back() : std::max(seasons.front(), 1);
  std::vector<double> d;
  for (int t = 1; t < n; ++t) d.push_back(z[t] - z[t - 1]);
  double growth = 0;
  std::vector<double> season(m, 0.0);
  for (int j = 0; j < m; ++j) {
    double sum = 0, count = 0, weight = 1;
    for (int t = n - m + j; t >= 1; t -= m) sum += weight * d[t - 1], count += weight, weight *= 0.75;
    season[(n + j) % m] = count > 0 ? sum / count : 0;
    growth += season[(n + j) % m] / m;
  }
  std::vector<double> out;
  double level = z.back();
  for (int k = 0; k < horizon; ++k) {
    level += season[(n + k) % m] - (m > 1 ? growth : 0.5 * growth);
    out.push_back(scale.back(level));
  }
  return out;
}

std::vector<double> calibrate(Values y, const std::vector<double>& first, const std::vector<int>& seasons) {
  std::vector<double> extended(y.begin(), y.end());
  extended.insert(extended.end(), first.begin(), first.end());
  const LogScale scale(extended);
  const std::vector<double> z = scale.apply(extended);
  const int n = static_cast<int>(y.size()), total = static_cast<int>(z.size()), h = total - n;
  if (n < 1 || total < 2) return first;  // nothing to regress on
  int m = 1;
  for (const int s : seasons)
    if (s >= 2 && total > 3 * s + 10) m = s;
  const int start = m > 1 ? std::max(m + 1, n - 4 * m) : 1;
  const auto row_at = [&](int t) {
    std::vector<double> row = seasonal_row(seasons, t, 6);
    row.push_back(z[t - 1]);
    if (m > 1) row.push_back(z[t - m]), row.push_back(z[t - m - 1]);
    return row;
  };
  LeastSquares fit(static_cast<int>(row_at(std::max(start, m + 1)).size()));
  for (int t = start; t < total; ++t) fit.add(row_at(t).data(), z[t]);
  for (int j = 0; j < fit.columns(); ++j) fit.ridge(j, 1e-6 * (fit.diagonal(j) + 1e-9));
  const std::vector<double> b = fit.solve();
  std::vector<double> out;
  const Bounds bounds(z);
  for (int k = 0; k < h; ++k) out.push_back(scale.back(bounds.clamp(dot(row_at(n + k), b))));
  return out;
}

namespace {

constexpr int similar_features = 10;

/// What is known at the end of value t - 1 about the value h steps on, as differences from the value a week before it.
struct SimilarDays {
  const std::vector<double>& z;
  std::vector<double> running;
  int day, week;

  SimilarDays(const std::vector<double>& values, int day_steps, int week_steps) : z(values), running(values.size() + 1, 0.0), day(day_steps), week(week_steps) {
    for (std::size_t i = 0; i < z.size(); ++i) running[i + 1] = running[i] + z[i];
  }
  double level(int end) const { return (running[end] - running[end - day]) / day; }  // of the day that ends there

  /// Fills the features; returns the value they are differences from.
  double fill(int t, int h, double* x) const {
    const int target = t - 1 + h, back = (h + day - 1) / day * day, w = (h + week - 1) / week * week;
    const double anchor = z[target - w], decay = std::exp(-h / 8.0);
    x[0] = z[target - back] - z[target - back - week];
    x[1] = level(t) - level(t - week);
    x[2] = (z[t - 1] - z[t - 1 - week]) * decay;
    x[3] = target - w - week >= 0 ? z[target - w - week] - anchor : 0;
    x[4] = z[target - back] - anchor;
    x[5] = (z[t - 1] - z[t - 1 - day]) * decay;
    x[6] = level(t) - level(t - day);
    x[7] = 1;
    x[8] = (target - back - day >= 0 ? z[target - back - day] : z[target - back]) - anchor;
    x[9] = target - w - 2 * week >= 0 ? z[target - w - 2 * week] - anchor : 0;
    return anchor;
  }
};

}  // namespace

std::vector<double> forecast_similar_days(Values y, int day, int week, int horizon, bool allow_logs) {
  LogScale scale(y);
  scale.logs = scale.logs && allow_logs;
  const std::vector<double> z = scale.apply(y);
  const int n = static_cast<int>(z.size()), reach = (horizon + day - 1) / day * day;
  const int earliest = std::max(2 * week, week + reach);
  if (n < earliest + horizon + day) return {};
  const SimilarDays known(z, day, week);
  const Bounds bounds(z);
  std::vector<double> out;
  for (int first = 1; first <= horizon; first += day) {
    LeastSquares fit(similar_features);
    double x[similar_features];
    const int last = std::min(horizon, first + day - 1);
    for (int t = n - last; t >= earliest && t > n - 10 * week; t -= std::max(1, day / 5)) {
      const double weight = std::pow(0.5, static_cast<double>(n - t) / (5.0 * week));
      for (int h = first; h <= last; ++h) {
        const double anchor = known.fill(t, h, x);
        fit.add(x, z[t - 1 + h] - anchor, weight);
      }
    }
    for (int j = 0; j < similar_features; ++j) fit.ridge(j, 0.06 * fit.diagonal(j) + 1e-12);
    const std::vector<double> b = fit.solve();
    for (int h = first; h <= last; ++h) {
      double value = known.fill(n, h, x);
      for (int j = 0; j < similar_features; ++j) value += b[j] * x[j];
      out.push_back(scale.back(bounds.clamp(value)));
    }
  }
  return out;
}

}  // namespace tonnage::forecast
