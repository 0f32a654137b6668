// Exact Gaussian likelihood of a stationary ARMA process by the Kalman filter (Harvey 1989; Gardner, Harvey & Phillips 1980). Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

struct ArmaLikelihood {
  double squares = 0;     ///< sum of squared standardised innovations
  double log_scale = 0;   ///< sum of the logs of their variances over the innovation variance
  int used = 0;           ///< values present
  double next = 0;        ///< one-step forecast after the last value
  std::vector<double> state;  ///< at the end: forecasts ahead follow by state transition

  /// -2 log likelihood with the variance concentrated out, less constants.
  double cost() const { return used * std::log(std::max(squares / std::max(used, 1), 1e-300)) + log_scale; }
};

/// `w` less its mean; NaN is missing and is passed over by the filter. w_t = sum ar_i w_{t-i} + e_t + sum ma_j e_{t-j}.
ArmaLikelihood arma_likelihood(Values w, const std::vector<double>& ar, const std::vector<double>& ma);

/// Forecasts of the process after the last value.
std::vector<double> arma_ahead(const ArmaLikelihood& end, const std::vector<double>& ar, int steps);

}  // namespace tonnage::forecast
