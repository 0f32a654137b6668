#include "tonnage/forecast/effects.hpp"

#include <algorithm>
#include <cmath>

#include "numerics.hpp"

namespace tonnage::forecast {

Regressor step_shape(int steps, int at) {
  Regressor out(static_cast<std::size_t>(std::max(steps, 0)), 0.0);
  for (int t = std::max(at, 0); t < steps; ++t) out[t] = 1;
  return out;
}

Regressor ramp_shape(int steps, int at, int length) {
  Regressor out = step_shape(steps, at);
  for (int t = std::max(at, 0); t < steps && t - at < length; ++t) out[t] = static_cast<double>(t - at + 1) / std::max(length, 1);
  return out;
}

Regressor pulse_shape(int steps, int at, double half_life) {
  Regressor out = step_shape(steps, at);
  for (int t = std::max(at, 0); t < steps; ++t) out[t] = half_life > 0 ? std::pow(0.5, (t - at) / half_life) : t == at;
  return out;
}

double Effects::put_back(double value, const std::vector<Regressor>& regressors, std::size_t step) const {
  double effect = 0;
  for (std::size_t j = 0; j < regressors.size(); ++j)
    if (step < regressors[j].size()) effect += coefficient[j] * regressors[j][step];
  return logs ? value * std::exp(std::clamp(effect, -50.0, 50.0)) : value + effect;
}

Effects estimate_effects(std::span<const double> history, const std::vector<Regressor>& regressors, int season) {
  Effects out;
  const int n = static_cast<int>(history.size()), k = static_cast<int>(regressors.size());
  out.logs = n > 0 && std::all_of(history.begin(), history.end(), [](double v) { return !std::isfinite(v) || v > 0; });
  const int lag = season > 1 && n >= 3 * season ? season : 1;
  const auto z = [&](int t) { return out.logs ? std::log(history[t]) : history[t]; };
  LeastSquares fit(k);
  std::vector<double> row(k);
  for (int t = lag; t < n; ++t) {
    if (!std::isfinite(history[t]) || !std::isfinite(history[t - lag])) continue;
    for (int j = 0; j < k; ++j) row[j] = regressors[j][t] - regressors[j][t - lag];
    fit.add(row.data(), z(t) - z(t - lag));
  }
  for (int j = 0; j < k; ++j) fit.ridge(j, 1e-6 * fit.diagonal(j));
  out.coefficient = fit.solve();
  out.history.assign(history.begin(), history.end());
  for (int t = 0; t < n; ++t) {
    double effect = 0;
    for (int j = 0; j < k; ++j) effect += out.coefficient[j] * regressors[j][t];
    out.history[t] = out.logs ? history[t] * std::exp(-std::clamp(effect, -50.0, 50.0)) : history[t] - effect;
  }
  return out;
}

}  // namespace tonnage::forecast
