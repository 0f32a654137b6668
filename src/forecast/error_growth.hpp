// How errors grow with the steps ahead, from rolling-origin errors of alike series. Private to the module.
#pragma once

#include <vector>

#include "intervals.hpp"

namespace tonnage::forecast {

/// What a trial counts that is `age` trials old: errors drift.
double recency(std::size_t age);

/// Mean of |error| / scale by step over all trials, non-decreasing, with a k^b as prior that counts as six trials. Its power b is that of the kind, moved by the
/// slope that errors have within trials, and a keeps the mean over the horizon: six trials' worth of a wrong power would leave the first steps of a lone series
/// with intervals of a third of their width.
std::vector<double> error_growth(const std::vector<const PastErrors*>& series, Kind kind, int horizon);

}  // namespace tonnage::forecast
