// Autoregressions with seasonal terms, and their calibration. Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

/// Log where all values are positive, else the values themselves.
struct LogScale {
  bool logs = false;

  explicit LogScale(Values y);
  std::vector<double> apply(Values y) const;
  double back(double z) const { return logs ? std::exp(std::min(z, 700.0)) : z; }
};

/// Regression of z_t on z_{t-1}, z_{t-2} and the values one and two seasons before (and their predecessors), for every season
/// of `seasons`; a ridge pulls it towards the seasonal random walk. Iterated ahead. Works on logs where it can.
std::vector<double> forecast_lag_regression(Values y, const std::vector<int>& seasons, int horizon, double ridge);

/// z_t = phase effect of every season + local level + rho-autoregression of what is left (the "rho" of Card; Castle, Doornik & Hendry 2021):
/// phase means of the first season as dummies, longer seasons by harmonics, AR(2) in the errors.
std::vector<double> forecast_phase_regression(Values y, const std::vector<int>& seasons, int horizon);

/// Differences z_t - z_{t-1} averaged by phase with outlying ones cut off and the mean growth damped (the "delta" of Card).
std::vector<double> forecast_delta(Values y, const std::vector<int>& seasons, int horizon);

/// Direct regressions, one for each day ahead: the change against the value a week before, on the changes of the last day, of
/// its level and of the last value. Empty when the history is too short.
std::vector<double> forecast_similar_days(Values y, int day, int week, int horizon, bool allow_logs);

/// Card's calibration: `first` is taken as if observed, an autoregression with seasonal terms is fitted to the extended series,
/// and its fitted values ahead are returned.
std::vector<double> calibrate(Values y, const std::vector<double>& first, const std::vector<int>& seasons);

}  // namespace tonnage::forecast
