#include "shape.hpp"

#include <array>

namespace tonnage::forecast {
namespace {

std::vector<double> ridge_levels(const std::vector<double>& level, const std::vector<int>& lags, int steps) {
  const int n = static_cast<int>(level.size()), first = lags.empty() ? 0 : lags.back(), rows = n - first;
  const int k = static_cast<int>(lags.size()) + 2;
  double floor = 0;
  for (const double v : level) floor += v / n;
  floor = 1e-3 * floor + 1e-300;
  std::vector<double> z;
  for (const double v : level) z.push_back(std::log(std::max(v, floor)));
  const double mean = mean_of(Values(z).last(std::max(1, rows)));
  double spread = 1e-300;
  for (int t = first; t < n; ++t) spread += (z[t] - mean) * (z[t] - mean) / rows;
  for (double& v : z) v = (v - mean) / std::sqrt(spread);
  const auto row_at = [&](int t) {
    std::vector<double> row{1.0, (t - 0.5 * (first + n - 1)) / std::max(1.0, 0.29 * rows)};
    for (const int lag : lags) row.push_back(z[t - lag]);
    return row;
  };
  std::vector<std::vector<double>> design;
  LeastSquares base(k);
  for (int t = first; t < n; ++t) design.push_back(row_at(t)), base.add(design.back().data(), z[t]);
  std::vector<std::vector<double>> paths;
  std::vector<double> score;
  for (int a = 0; a < 12; ++a) {
    const double penalty = rows * std::pow(10.0, -4 + 0.5 * a);
    LeastSquares fit = base;
    for (int j = 1; j < k; ++j) fit.ridge(j, penalty);
    fit.ridge(0, 1e-6 * rows);
    const std::vector<double> b = fit.solve();
    double squares = 0;
    for (int t = first; t < n; ++t) {
      double e = z[t];
      for (int j = 0; j < k; ++j) e -= b[j] * design[t - first][j];
      squares += e * e;
    }
    const double free = 1 - fit.effective_parameters() / rows;
    if (free <= 0.05) continue;
    score.push_back(squares / rows / (free * free));
    std::vector<double> ahead = z;
    for (int s = 0; s < steps; ++s) {
      z.resize(n);
      std::swap(z, ahead);
      const std::vector<double> row = row_at(n + s);
      double value = 0;
      for (int j = 0; j < k; ++j) value += b[j] * row[j];
      z.push_back(std::clamp(value, -8.0, 8.0));
      std::swap(z, ahead);
      if (s == 0) {}
    }
    paths.push_back({ahead.begin() + n, ahead.end()});
  }
  std::vector<double> out(steps, 0.0);
  if (paths.empty()) return std::vector<double>(steps, level.back());
  const double least = *std::min_element(score.begin(), score.end());
  double total = 0;
  for (std::size_t a = 0; a < paths.size(); ++a) {
    const double weight = std::exp(-0.5 * rows * (std::log(score[a] + 1e-12) - std::log(least + 1e-12)));
    total += weight;
    for (int s = 0; s < steps; ++s) out[s] += weight * paths[a][s];
  }
  for (double& v : out) v = std::exp(mean + std::sqrt(spread) * v / total);
  return out;
}

}  // namespace

std::vector<double> forecast_level_times_shape(Values y, int period, int cycle, int horizon) {
  const int rows = static_cast<int>(y.size()) / std::max(period, 1), offset = static_cast<int>(y.size()) - rows * period;
  if (period < 2 || rows < 4 || !std::all_of(y.begin(), y.end(), [](double v) { return v >= 0; })) return {};
  std::vector<double> level;
  for (int r = 0; r < rows; ++r) level.push_back(mean_of(y.subspan(offset + r * period, period)));
  if (mean_of(level) <= 0) return {};
  std::vector<int> lags{1};
  if (rows >= 12) lags.push_back(2);
  if (cycle > 2 && rows > 2 * cycle) lags.push_back(cycle);
  else if (cycle > 2 && rows > cycle + 20) lags.push_back(cycle);
  const int steps = (horizon + period - 1) / period;
  const std::vector<double> ahead = ridge_levels(level, lags, steps);
  std::vector<double> out(horizon);
  const bool by_cycle = cycle > 1 && cycle <= 12 && rows >= 2 * cycle;
  for (int k = 0; k < horizon; ++k) {
    const int s = k / period, j = k % period;
    double same = 0, same_weight = 0, all = 0, all_weight = 0;
    for (int r = rows - 1, age = 0; r >= 0 && age < (by_cycle ? 6 * cycle : 8); --r, ++age) {
      if (!(level[r] > 0)) continue;
      const double share = y[offset + r * period + j] / level[r];
      const double w = by_cycle ? std::pow(0.75, age / cycle) : std::pow(0.85, age);
      all += w * share, all_weight += w;
      if (by_cycle && (rows + s - r) % cycle == 0) same += w * share, same_weight += w;
    }
    const double general = all_weight > 0 ? all / all_weight : 1;
    const double shrink = 0.3;
    const double shape = by_cycle ? (same + shrink * general) / (same_weight + shrink) : general;
    out[k] = ahead[s] * shape;
  }
  return out;
}

}  // namespace tonnage::forecast
