// Intervals from rolling-origin errors, shared between alike series. Private to the module.
#pragma once

#include <vector>

#include "candidates.hpp"

namespace tonnage::forecast {

/// Errors of one trial of the combination: actual less forecast by step; NaN where nothing was seen.
struct TrialErrors {
  std::vector<double> error;
  std::vector<double> scale;       ///< size of the errors by step as far as it was known then; not positive: not scored
  int origin = 0;
  double weight = 1;               ///< below 1 when trials overlap
};

/// Everything that the past of one series says about its errors.
struct PastErrors {
  std::vector<TrialErrors> trials;  ///< oldest first
  std::vector<double> bursts;       ///< of the values before the trials: isolated bursts less what is usual, which no method can foresee
};

/// What a group of alike series says about errors.
struct ErrorPool {
  std::vector<double> growth;      ///< mean absolute error over scale by step, non-decreasing
  std::vector<double> quantile;    ///< of error / (scale x growth x own factor) less the lean, at probabilities (i + 0.5) / size
  double persistence = 0.8;        ///< correlation of neighbouring steps, of what does not last
  double lasting = 0;              ///< share of the variance that all steps have in common
  double lean = 0;                 ///< of short series without a season: middle of error / (scale x growth x own factor) as far as it is the same at all times
  int series = 0, trials = 0;

  double growth_at(int step) const;  ///< step from 0; beyond the longest tried it grows with the square root
  double quantile_at(double p) const;
};

/// Sizes of errors of one series by step, over scale x growth.
struct OwnErrors {
  double factor = 1;               ///< of all steps
  double lean = 0;                 ///< what forecasts are moved by, in sizes of errors
  std::vector<double> by_step;     ///< further factor by step of the season (empty: none)
};

/// Of the series' trials but `left_out` and those that overlap it (-1: of all): mean of |error| / (scale x growth), shrunk towards 1 by `prior_trials`
/// trials' worth, later trials counting more; by step too when there are many trials.
OwnErrors own_errors(const std::vector<TrialErrors>& trials, const ErrorPool& pool, Kind kind, int left_out);

/// Pools the trials of alike series, in the order given. Prior growth and quantiles (of the open competition series, see
/// docs/methods-forecast.md) count as a few series, so that a lone short series has sane intervals.
ErrorPool pool_errors(const std::vector<const PastErrors*>& series, Kind kind, int horizon);

/// Quantiles of one series: those of the pool, and its own where it has many errors (weight n / (n + 400), n the errors of trials
/// that do not overlap).
std::vector<double> own_quantiles(const PastErrors& past, const ErrorPool& pool, Kind kind);

}  // namespace tonnage::forecast
