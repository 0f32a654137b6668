// Forecast of one regular series, with intervals and a rolling-origin backtest.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tonnage/documents/demand.hpp"

namespace tonnage::forecast {

struct SeriesOptions {
  int season = 1;                           ///< steps of one season, e.g. 168 hours; below 2: none
  int horizon = 1;                          ///< steps to forecast; below 1 gives an empty forecast
  std::vector<double> levels = {0.8, 0.95};  ///< central intervals, each in (0, 1)
  bool allow_negative = false;              ///< intervals may fall below zero although the data never do
};

/// Central interval of probability `level`: one lower and upper bound per step.
struct Interval {
  double level = 0.8;
  std::vector<double> lower, upper;
};

struct SeriesForecast {
  std::string method;               ///< "seasonal naive", "damped trend", "none"
  std::string reason;               ///< why this one, in words; what is wrong when the method is "none"
  std::vector<double> mean;         ///< point forecast; also taken as the median
  std::vector<Interval> intervals;  ///< in the order of `levels`; lower <= mean <= upper
  Backtest backtest;                ///< origins 0: the history is too short to try
};

/// Forecasts `options.horizon` steps after the last entry of `history` (NaN and infinities are missing; trailing ones are
/// forecast across). Every number returned is finite; without any value the method is "none" and all numbers are 0.
/// Method and intervals: docs/methods-forecast.md, sections 1 to 3.
SeriesForecast forecast_series(std::span<const double> history, const SeriesOptions& options);

}  // namespace tonnage::forecast
