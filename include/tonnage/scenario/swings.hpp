// How load swings within an hour, which hourly levels hide.
#pragma once

#include <optional>

#include "tonnage/documents/scenario.hpp"

namespace tonnage::scenario {

struct HourlySwing {
  double dispersion = 1;  ///< variance of the counts of steps within their hours over what random arrivals would have
  double p99_ratio = 1;   ///< 99th percentile of a step over its hour's mean
  double rate_cv = 0;     ///< coefficient of variation of the load within an hour, random arrivals taken off; busy hours count most
};

/// Of a history in steps of five minutes or less; nothing for longer ones, and where no hour has all its values and load.
/// rate_cv^2 = sum over hours of (variance - mean) / sum of mean^2, of counts: what a Poisson count has beyond its mean is the
/// variance of its rate (Cox & Lewis, "The statistical analysis of series of events", 1966, section 7.2).
std::optional<HourlySwing> swing_of(const HistorySeries& series);

}  // namespace tonnage::scenario
