// Sample paths: possible futures whose steps hang together, and those of several series too.
#pragma once

#include <cstdint>
#include <vector>

#include "tonnage/forecast/hierarchy.hpp"
#include "tonnage/forecast/series.hpp"

namespace tonnage::forecast {

/// Paths of one series, flat: value of path j at step k is values[j * horizon + k].
struct SamplePaths {
  int horizon = 0;
  std::vector<double> values;

  double at(int path, int step) const { return values[static_cast<std::size_t>(path) * static_cast<std::size_t>(horizon) + static_cast<std::size_t>(step)]; }
};

/// Correlation of the errors of several series, by rows: of the standardised rolling-origin errors at origins equally far from
/// the end, shrunk towards their mean correlation by the number of trials (Ledoit & Wolf 2003 have the idea of that target).
/// Series whose histories end at the same time are meant. 1 on the diagonal.
std::vector<double> error_correlation(const std::vector<SeriesInput>& inputs, const std::vector<SeriesForecast>& forecasts);

/// `count` joint paths of all series by Student's t copula of six degrees (Demarta & McNeil 2005; a normal one where ErrorDistribution::sized_together
/// is false): scores along the horizon are a part that lasts and an autoregression of order 1 (lasting, persistence), both with innovations correlated
/// between series, times a size of the path's errors, correlated between series in the same way; each step's own distribution turns them into values, so that every step's quantiles are those of the intervals. Path j of every series belongs to the same future:
/// sums over series are paths of the total. `joint` false leaves the series independent. `mirrored`: the second half of the paths
/// has the noise of the first with the other sign (antithetic variates), so that means are those of each step's distribution.
/// The numbers depend on seed, names and the set of series, not on their order or on `threads`; another series in the set changes those of a
/// series only by the correlation with it.
std::vector<SamplePaths> sample_paths(const std::vector<SeriesInput>& inputs, const std::vector<SeriesForecast>& forecasts, int count, std::uint64_t seed, int threads,
                                      bool joint = true, bool mirrored = false);

/// Paths of a total (the first series) and its parts, reconciled one by one as in reconcile_sums; forecasts stay as they are.
void reconcile_with_total(const std::vector<SeriesInput>& inputs, const std::vector<SeriesForecast>& forecasts, std::vector<SamplePaths>& paths);

/// Makes forecasts of sums (a total, groups) and of their parts, in the order of the hierarchy, add up: joint paths by MinT (hierarchy.hpp) one by one, with the errors' sizes and
/// correlation as covariance; then every mean is the reconciled mean, and intervals are quantiles of the reconciled paths, never
/// sums of quantiles. Data that are never negative keep it so. All forecasts have the same steps. Returns the paths.
std::vector<SamplePaths> reconcile_sums(const Hierarchy& hierarchy, const std::vector<SeriesInput>& inputs, std::vector<SeriesForecast>& forecasts, int count, std::uint64_t seed, int threads);

}  // namespace tonnage::forecast
