// Seasonal-trend decomposition by loess (Cleveland, Cleveland, McRae & Terpenning 1990) and for several seasons (Bandara,
// Hyndman & Bergmeir 2021). Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

struct Decomposition {
  std::vector<std::vector<double>> season;  ///< one per period, in the order given, each as long as the series
  std::vector<double> trend, remainder;

  /// The series less all seasons.
  std::vector<double> adjusted(Values y) const;
};

/// Seasonal spans 7 + 4 (i + 1) for the i-th period (11 for the first), two sweeps over the periods; `robust` weighs outliers
/// down by bisquare weights. Periods of which the series does not hold two are left out (their season is zero).
Decomposition decompose(Values y, const std::vector<int>& periods, bool robust);

/// Last season of a component repeated ahead.
double season_ahead(const std::vector<double>& season, int period, int step);

}  // namespace tonnage::forecast
