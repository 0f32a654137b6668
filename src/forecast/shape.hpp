// Level times shape: totals of whole periods are forecast, and spread by the shares of the steps. Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

/// Rows of `period` steps are counted back from the end; level = mean of a row, shape = row over its level, averaged over the
/// recent rows (over the rows of the same phase of `cycle` periods where that is above 1, shrunk towards all). The logs of the
/// levels are extended by ridge regressions on trend, the last levels and those of `cycle` and `long_cycle` periods before, averaged over penalties
/// by generalised cross-validation (the idea of FLAIR). Needs non-negative data and four rows; else empty.
std::vector<double> forecast_level_times_shape(Values y, int period, int cycle, int horizon);

}  // namespace tonnage::forecast
