// The parts that forecasts are made of: gaps, seasonal adjustment, damped trend, diffusion.
#pragma once

#include <span>
#include <vector>

namespace tonnage::forecast {

/// Missing values (NaN, infinities) replaced: linear interpolation of the series divided by (positive data) or less its
/// mean seasonal shape, then the shape put back. Ends are carried flat. All missing: zeros.
std::vector<double> fill_gaps(std::span<const double> values, int season);

/// 90 % test of the autocorrelation at lag `season` used for Naive 2 in the M4 competition (Makridakis et al. 2020):
/// |r_m| > 1.645 sqrt((1 + 2 sum_{i<m} r_i^2) / n). False below three seasons. Another `quantile` of the normal makes another test.
bool is_seasonal(std::span<const double> values, int season, double quantile = 1.645);

/// Classical decomposition (centred moving average): one index per phase of the season, phase 0 at the first value.
struct SeasonalIndices {
  bool multiplicative = true;
  std::vector<double> index;  ///< mean 1 when multiplicative, mean 0 when additive; empty: not seasonal

  double apply(double adjusted, long long step) const;
  double remove(double value, long long step) const;
};

/// Indices when is_seasonal() says so, else empty ones. Multiplicative when all values and indices are positive.
SeasonalIndices seasonal_indices(std::span<const double> values, int season);

/// Holt's method with a damped trend: f = l + phi b; l = f + alpha e; b = phi b + alpha beta e
/// (Gardner & McKenzie 1985, error-correction form).
struct DampedTrend {
  double alpha = 0.3, beta = 0.1, phi = 0.9;
  double level = 0, trend = 0;  ///< after the last value

  /// Forecast `steps` >= 1 ahead: l + (phi + ... + phi^steps) b.
  std::vector<double> forecast(int steps) const;
};

/// Parameters that minimise squared one-step errors: a fixed grid, then compass search. With `start`, the grid is
/// skipped and the search begins there. Fewer than 4 values: the level is the last value, no trend.
DampedTrend fit_damped_trend(std::span<const double> values, const DampedTrend* start = nullptr);

/// Bass 1969: dF/dt = (p + q F)(1 - F), F(0) = share. Returns F after `years`; `share` is clipped to [0, 1].
double bass_share(double share, double innovation_per_year, double imitation_per_year, double years);

/// Standard normal quantile (Acklam's rational approximation, relative error 1.2e-9), p in (0, 1).
double normal_quantile(double p);

}  // namespace tonnage::forecast
