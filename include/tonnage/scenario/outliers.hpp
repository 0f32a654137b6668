// Values that do not belong: what a history is checked for before it is forecast.
#pragma once

#include <vector>

#include "tonnage/documents/scenario.hpp"

namespace tonnage::scenario {

struct Outlier {
  std::size_t at = 0;     ///< index into the values
  double expected = 0;    ///< what its neighbours and the same phase of other weeks (days) say
};

/// A value is an outlier when it differs from the median of the values one and two seasons to either side (week, else day; without
/// either of the three values to either side) by more than 8 robust standard deviations of such differences (1.4826 x median absolute
/// deviation; Hampel's identifier, Davies & Gather 1993) and by more than a fifth of the median value. When more than 2 % of the values would be outliers the data are bursty
/// and none is. Missing values are passed over.
std::vector<Outlier> find_outliers(const HistorySeries& series);

/// Index of the step from which the level is another for good: medians of the 28 days before and after differ by more than
/// 40 % and by more than 8 robust standard deviations of daily means, and no later day returns halfway. Only the last
/// such shift; none: -1.
long long find_level_shift(const HistorySeries& series);

}  // namespace tonnage::scenario
