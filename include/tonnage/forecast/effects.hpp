// Known influences on a series (launches, holidays, price changes) as regressors.
#pragma once

#include <span>
#include <vector>

namespace tonnage::forecast {

/// Values of one influence over the history and the horizon, one per step. Any shape: 0/1 for a step, a ramp, a decaying pulse.
using Regressor = std::vector<double>;

/// Shapes of an event at step `at`: 0 before it; then 1 for good; rising linearly to 1 over `length` steps; 1 falling by half
/// every `half_life` steps.
Regressor step_shape(int steps, int at);
Regressor ramp_shape(int steps, int at, int length);
Regressor pulse_shape(int steps, int at, double half_life);

/// Regression with autoregressive errors on differences: coefficients by generalised least squares.
struct DynamicRegression {
  std::vector<double> coefficient;      ///< by regressor; 0 where it does not change within the history
  std::vector<double> covariance;       ///< of the coefficients, k x k by rows
  std::vector<double> autoregression;   ///< of the differenced errors
};

/// z_t = sum_j b_j x_jt + n_t, where the difference of n over `lag` steps is an autoregression of order 0 to 5 (by AICc): regression with
/// ARIMA(p, d, 0) errors, by least squares on differences filtered by the autoregression of their own residuals until that settles
/// (Cochrane & Orcutt 1949; Hyndman & Athanasopoulos 2021, ch. 10). Missing values (NaN) are left out.
DynamicRegression dynamic_regression(std::span<const double> z, const std::vector<Regressor>& regressors, int lag);

struct Effects {
  bool logs = false;                    ///< effects multiply (all values are positive), else they add
  std::vector<double> coefficient;      ///< by regressor
  std::vector<double> covariance;       ///< of the coefficients, k x k by rows
  std::vector<double> history;          ///< without the effects

  /// A value ahead with the effects put back; `step` counts from the start of the history.
  double put_back(double value, const std::vector<Regressor>& regressors, std::size_t step) const;
  /// Standard deviation that the coefficients' errors add at a step (of the logarithm where effects multiply): they count as far as the
  /// regressors differ from the last step of the history, whose level is known.
  double error(const std::vector<Regressor>& regressors, std::size_t step) const;
};

/// Effects by dynamic regression on differences over one season (over one step where the history holds fewer than three), which takes out
/// level, trend and season, on logs where all values are positive. A regressor that does not change within the history gets 0. Missing
/// values (NaN) are left out. Regressors are at least as long as the history.
Effects estimate_effects(std::span<const double> history, const std::vector<Regressor>& regressors, int season);

}  // namespace tonnage::forecast
