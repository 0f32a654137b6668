// Seasons as sums of sines and cosines (Young, Pedregal & Tych 1999; Hyndman & Athanasopoulos 2021, section 7.4). Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

/// Values of all seasons together at the n steps of the history and `horizon` steps ahead, mean 0 over a season: least squares of the history, less its
/// centred moving average over the longest season, on pairs sin, cos(2 pi k t / m), k = 1..K, for every season m of `seasons` (steps) that the history
/// holds twice. K, the same for all seasons and at most eight, by AICc with the errors taken as independent. Zeros where no season is held twice.
std::vector<double> harmonic_seasons(Values y, const std::vector<int>& seasons, int horizon);

}  // namespace tonnage::forecast
