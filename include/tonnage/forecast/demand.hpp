// Demand of a whole scenario.
#pragma once

#include <cstdint>

#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::forecast {

/// Loads by workload, origin, period, block and outcome.
/// - The hours-weighted mean over blocks is the mean load of the period; every load is finite and >= 0.
/// - Blocks: given ones come sorted by descending total load; made ones as "peak", "day", "night", where total load is
///   the sum of the history-driven workloads' hour-of-week profiles, each relative to its own mean.
/// - Every workload that is uncertain (a history, a launch, events that may not happen, numbers given as distributions) has 1,000
///   joint paths by origin and period; P10, P50 and P90 are their quantiles, expected loads their means.
/// - Outcomes: given ones, as slices of the paths; else `outcome_count` of them, alike paths together; "base" where nothing is uncertain.
/// - What a reader must know (gaps, short history, simplifications) is in `remarks`.
/// The same seed gives the same paths. Methods: docs/methods-forecast.md, sections 5 to 8.
Demand forecast_demand(const Scenario& scenario, std::uint64_t seed);

}  // namespace tonnage::forecast
