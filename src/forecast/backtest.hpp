// Rolling-origin errors of one method and the intervals made from them. Private to the module.
#pragma once

#include <span>
#include <vector>

namespace tonnage::forecast {

/// Forecast and actual of one earlier origin, `scale` turns an error into a relative one; NaN actuals are not scored.
struct Trial {
  std::vector<double> forecast, actual, scale;
};

/// Width by horizon and a common shape: error at horizon k, outcome p = scale * width[k] * shape quantile(p).
struct ErrorModel {
  std::vector<double> width;   ///< mean absolute relative error by horizon, non-decreasing
  std::vector<double> signed_errors, absolute_errors;  ///< relative errors over their horizon's width, sorted
  int origins = 0;

  double width_at(int step) const;              ///< step from 0; square-root growth beyond the longest tested
  double quantile(double p, int step) const;    ///< relative error at `step` that is not exceeded with probability p
};

/// Errors of all trials but `left_out` (-1: of all).
ErrorModel make_error_model(const std::vector<Trial>& trials, int left_out);

/// Origins (numbers of values known) at which to try, and the horizon to try.
struct BacktestPlan {
  std::vector<int> origins;
  int horizon = 0;
  bool aligned = true;  ///< whole seasons apart
};
BacktestPlan plan_backtest(int length, int season, int horizon);

}  // namespace tonnage::forecast
