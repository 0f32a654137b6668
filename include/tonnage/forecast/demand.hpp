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
/// - Outcomes: given ones; else "low", "base", "high" (P10, P50, P90 with 0.3, 0.4, 0.3) when a workload has forecast
///   errors; else "base".
/// - What a reader must know (gaps, short history, simplifications) is in `remarks`.
/// `seed` is for methods that sample; today's do not. Methods: docs/methods-forecast.md, sections 5 to 8.
Demand forecast_demand(const Scenario& scenario, std::uint64_t seed);

}  // namespace tonnage::forecast
