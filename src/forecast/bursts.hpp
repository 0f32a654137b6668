// Isolated bursts of a history: hours far above or below what is usual at that hour of the week. Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

/// What methods learn from instead of the values: bursts take the median of the same phase of the seasons around, two to either side (three to one side at the ends;
/// Davies & Gather 1993). A burst is further from it than 8 robust standard deviations of such distances and a fifth of the median value. It is left alone
/// where it may be a change: at the very end of the values, where a quarter of the `near` steps to either side are far from the median too, and everywhere
/// when a tenth of all values are. `season`: steps.
std::vector<double> without_bursts(Values y, int season, int near);

/// What the bursts before step `end` had over the usual, in the order of time.
std::vector<double> burst_excess(Values y, Values usual, int end);

}  // namespace tonnage::forecast
