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

double Effects::error(const std::vector<Regressor>& regressors, std::size_t step) const {
  const std::size_t k = regressors.size(), last = history.empty() ? 0 : history.size() - 1;
  double variance = 0;
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j)
      if (step < regressors[i].size() && step < regressors[j].size())
        variance += covariance[i * k + j] * (regressors[i][step] - regressors[i][last]) * (regressors[j][step] - regressors[j][last]);
  return std::sqrt(std::max(variance, 0.0));
}

namespace {

/// Autoregression of residuals by least squares, its order by AICc on the same rows; NaN breaks the series.
std::vector<double> autoregression_of(const std::vector<double>& u) {
  const int n = static_cast<int>(u.size()), most = std::min(5, n / 12);
  std::vector<double> best;
  double least = INFINITY;
  for (int p = 0; p <= most; ++p) {
    LeastSquares fit(std::max(p, 1));
    std::vector<double> row(static_cast<std::size_t>(std::max(p, 1)), 0.0), phi;
    const auto each = [&](auto&& use) {
      for (int t = most; t < n; ++t) {
        bool whole = std::isfinite(u[t]);
        for (int i = 1; i <= most; ++i) whole = whole && std::isfinite(u[t - i]);
        if (!whole) continue;
        for (int i = 0; i < p; ++i) row[i] = u[t - 1 - i];
        use(t);
      }
    };
    if (p > 0) {
      each([&](int t) { fit.add(row.data(), u[t]); });
      phi = fit.solve();
    }
    double squares = 0, rows = 0;
    each([&](int t) {
      double e = u[t];
      for (int i = 0; i < p; ++i) e -= phi[i] * row[i];
      squares += e * e, rows += 1;
    });
    if (rows < 2 * p + 4) break;
    const double aicc = rows * std::log(squares / rows + 1e-300) + 2 * (p + 1) * rows / (rows - p - 2);
    if (aicc < least - 1e-9) least = aicc, best = phi;
  }
  return best;
}

/// x_t - sum phi_i x_{t-i}; NaN where one of them is missing.
std::vector<double> filtered(const std::vector<double>& x, const std::vector<double>& phi) {
  std::vector<double> out(x.size(), std::nan(""));
  for (std::size_t t = phi.size(); t < x.size(); ++t) {
    out[t] = x[t];
    for (std::size_t i = 0; i < phi.size(); ++i) out[t] -= phi[i] * x[t - 1 - i];
  }
  return out;
}

/// Autocorrelation at a lag, within what differences over it can have.
double correlation_at(const std::vector<double>& e, std::size_t lag) {
  double product = 0, squares = 0;
  for (std::size_t t = 0; t < e.size(); ++t) {
    if (std::isfinite(e[t])) squares += e[t] * e[t];
    if (t >= lag && std::isfinite(e[t]) && std::isfinite(e[t - lag])) product += e[t] * e[t - lag];
  }
  return squares > 0 ? std::clamp(product / squares, -0.5, 0.5) : 0;
}

/// What errors that correlate by `r` at a lag add to the covariance (sandwich of White 1980 with that lag alone): differences over a season of what does not wander
/// correlate by -1/2, and the plain errors would be too small by a third. `inverse` is that of the products of the columns `x`.
void add_lag(const std::vector<std::vector<double>>& x, std::size_t lag, double r, const std::vector<double>& inverse, std::vector<double>& covariance) {
  const std::size_t k = x.size();
  std::vector<double> meat(k * k, 0.0), left(k * k, 0.0), more(k * k, 0.0);
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j)
      for (std::size_t t = lag; t < x[i].size(); ++t) {
        const double both = x[i][t] * x[j][t - lag] + x[i][t - lag] * x[j][t];
        if (std::isfinite(both)) meat[i * k + j] += r * both;
      }
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j)
      for (std::size_t l = 0; l < k; ++l) left[i * k + j] += inverse[i * k + l] * meat[l * k + j];
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j)
      for (std::size_t l = 0; l < k; ++l) more[i * k + j] += left[i * k + l] * inverse[l * k + j];
  for (std::size_t i = 0; i < k; ++i)
    if (more[i * k + i] < -0.75 * covariance[i * k + i]) return;
  for (std::size_t i = 0; i < k * k; ++i) covariance[i] += more[i];
}

/// Coefficients and their covariance by least squares on what the autoregression leaves.
void fit_filtered(const std::vector<double>& change, const std::vector<std::vector<double>>& x, int lag, DynamicRegression& out) {
  const int k = static_cast<int>(x.size());
  const std::vector<double> y = filtered(change, out.autoregression);
  std::vector<std::vector<double>> moved;
  for (const std::vector<double>& one : x) moved.push_back(filtered(one, out.autoregression));
  LeastSquares fit(k);
  std::vector<double> row(x.size());
  for (std::size_t t = 0; t < y.size(); ++t) {
    if (!std::isfinite(y[t])) continue;
    for (int j = 0; j < k; ++j) row[j] = moved[j][t];
    fit.add(row.data(), y[t]);
  }
  for (int j = 0; j < k; ++j) fit.ridge(j, 1e-6 * fit.diagonal(j));
  out.coefficient = fit.solve();
  double squares = 0, rows = 0;
  std::vector<double> errors = y;
  for (std::size_t t = 0; t < y.size(); ++t) {
    for (int j = 0; j < k; ++j) errors[t] -= out.coefficient[j] * moved[j][t];
    if (std::isfinite(errors[t])) squares += errors[t] * errors[t], rows += 1;
  }
  const std::vector<double> inverse = fit.inverse();
  out.covariance = inverse;
  if (lag > 1) add_lag(moved, static_cast<std::size_t>(lag), correlation_at(errors, static_cast<std::size_t>(lag)), inverse, out.covariance);
  const double variance = squares / std::max(1.0, rows - k - static_cast<double>(out.autoregression.size()));
  for (double& v : out.covariance) v *= variance;
}

}  // namespace

DynamicRegression dynamic_regression(std::span<const double> z, const std::vector<Regressor>& regressors, int lag) {
  const int n = static_cast<int>(z.size()), k = static_cast<int>(regressors.size());
  DynamicRegression out;
  std::vector<double> change;
  std::vector<std::vector<double>> x(regressors.size());
  for (int t = lag; t < n; ++t) {
    change.push_back(z[t] - z[t - lag]);
    for (int j = 0; j < k; ++j) x[j].push_back(regressors[j][t] - regressors[j][t - lag]);
  }
  for (int round = 0; round < 20; ++round) {
    const std::vector<double> before = out.coefficient;
    fit_filtered(change, x, lag, out);
    double moved = before.empty() ? INFINITY : 0;
    for (std::size_t j = 0; j < before.size(); ++j) moved = std::max(moved, std::abs(out.coefficient[j] - before[j]));
    if (moved < 1e-9) break;
    std::vector<double> residual = change;
    for (std::size_t t = 0; t < residual.size(); ++t)
      for (int j = 0; j < k; ++j) residual[t] -= out.coefficient[j] * x[j][t];
    out.autoregression = autoregression_of(residual);
  }
  return out;
}

Effects estimate_effects(std::span<const double> history, const std::vector<Regressor>& regressors, int season) {
  Effects out;
  const int n = static_cast<int>(history.size()), k = static_cast<int>(regressors.size());
  out.logs = n > 0 && std::all_of(history.begin(), history.end(), [](double v) { return !std::isfinite(v) || v > 0; });
  std::vector<double> z(history.begin(), history.end());
  for (double& v : z) v = !std::isfinite(v) ? std::nan("") : out.logs ? std::log(v) : v;
  DynamicRegression fit = dynamic_regression(z, regressors, season > 1 && n >= 3 * season ? season : 1);
  out.coefficient = std::move(fit.coefficient);
  out.covariance = std::move(fit.covariance);
  out.history.assign(history.begin(), history.end());
  for (int t = 0; t < n; ++t) {
    double effect = 0;
    for (int j = 0; j < k; ++j) effect += out.coefficient[j] * regressors[j][t];
    out.history[t] = out.logs ? history[t] * std::exp(-std::clamp(effect, -50.0, 50.0)) : history[t] - effect;
  }
  return out;
}

}  // namespace tonnage::forecast
