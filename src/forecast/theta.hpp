// Dynamic optimised theta model (Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler 2016). Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

struct ThetaModel {
  double alpha = 0.5, theta = 2, level = 0;  ///< level before the first value
  bool fitted = false;
};

/// Fits alpha in 0.1..0.99, theta >= 1 and the first level by squared one-step errors after the third value; `y` is
/// seasonally adjusted. `start` skips to a short search from there.
ThetaModel fit_theta(Values y, const ThetaModel* start);

/// Forecast with the line through the past updated at every step: mu = l + (1 - 1/theta) ((1-alpha)^t A + (1 - (1-alpha)^(t+1))/alpha B).
std::vector<double> forecast_theta(Values y, const ThetaModel& model, int horizon);

}  // namespace tonnage::forecast
