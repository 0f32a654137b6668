// Forecasts of regular series: point forecast, intervals, sample paths, and how good the method was on the past.
#pragma once

#include <cstdint>
#include <functional>
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
  std::vector<std::string> methods;         ///< names of method_names(); empty: by season and length
};

/// Central interval of probability `level`: one lower and upper bound per step.
struct Interval {
  double level = 0.8;
  std::vector<double> lower, upper;
};

/// A method of the combination.
struct MethodShare {
  std::string name;                 ///< of method_names()
  double weight = 0;                ///< of the combination; sums to 1
  double error = 0;                 ///< on the past: sum |error| / sum |actual| over the trials; 0 without trials
};

/// How errors are distributed: error of step k = size[k] x Q(p), Q by its values at p = (i + 0.5) / quantile.size().
struct ErrorDistribution {
  std::vector<double> size;         ///< by step
  std::vector<double> quantile;     ///< non-decreasing
  double persistence = 0;           ///< of what does not last: correlation of neighbouring steps, on the normal scale
  double floor = 0;                 ///< values are not below it
  bool has_floor = false;
  double lasting = 0;               ///< share of the variance that all steps have in common: steps k apart correlate by lasting + (1 - lasting) persistence^k
  bool sized_together = false;      ///< errors of all steps are large or small together: Student's t copula, else a normal one

  double error(double p, int step) const;
};

struct SeriesForecast {
  std::string method;               ///< "combination of 9", "seasonal naive", the one method asked for, "none"
  std::string reason;               ///< why this one, in words; what is wrong when the method is "none"
  std::vector<MethodShare> methods; ///< heaviest first
  std::vector<double> mean;         ///< point forecast; also taken as the median
  std::vector<Interval> intervals;  ///< in the order of `levels`; lower <= mean <= upper
  ErrorDistribution errors;         ///< what the intervals are quantiles of
  std::vector<std::vector<double>> past_errors;  ///< by trial, oldest first: error over size, NaN where nothing was seen
  std::vector<int> past_origins;    ///< by trial: values known
  Backtest backtest;                ///< origins 0: the history is too short to try
};

/// A series and what to do with it.
struct SeriesInput {
  std::string name;                 ///< unique within a run; orders the sums over alike series
  std::vector<double> values;       ///< NaN and infinities are missing; trailing ones are forecast across
  SeriesOptions options;
};

/// Forecasts all series. Alike ones (same season, length class and methods) share what they say about which methods are
/// accurate and how errors are distributed (each series' own past counts more the longer it is). The result of a series
/// depends on the set of series and on nothing else: not on their order, not on `threads`. `progress` (may be empty) is
/// called with the number of series done, from any thread.
/// Every number returned is finite; without any value the method is "none" and all numbers are 0.
/// Methods and intervals: docs/methods-forecast.md, sections 1 to 4.
std::vector<SeriesForecast> forecast_together(const std::vector<SeriesInput>& inputs, int threads, const std::function<void(int)>& progress = {});

/// One series on its own.
SeriesForecast forecast_series(std::span<const double> history, const SeriesOptions& options);

/// Methods by name, for `SeriesOptions::methods`, and in words.
std::vector<std::string> method_names();
std::string method_title(const std::string& name);

}  // namespace tonnage::forecast
