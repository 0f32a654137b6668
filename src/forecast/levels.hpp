// Weekly levels of a workload's history, and their forecasts. Private to the module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/scenario.hpp"
#include "tonnage/forecast/series.hpp"

namespace tonnage::forecast {

/// "anywhere": the origin of demand that is not split.
inline constexpr const char* anywhere = "anywhere";

/// Mean load by bin (a week, or the series' step if longer), counted back from `end_s`; the first bin is whole.
struct Levels {
  long long end_s = 0, bin_s = 7 * 86400;
  std::vector<double> values;  ///< oldest first; NaN where less than half a bin is known
};

/// Level of a history too short to forecast, and the relative error of a week.
struct FlatLevel {
  double mean = 0, weekly_error = 0;
  Backtest backtest;
};

struct PreparedHistory {
  std::vector<HistorySeries> history;     ///< by origin; empty: no value
  std::vector<DemandEvent> events;        ///< of the workload; those without an effect have the estimated one
  std::optional<PriceEffect> price;       ///< of the workload, its elasticity known
  std::vector<Levels> known;              ///< by origin, gaps filled; without the effects that were estimated, at the price that holds now
  std::vector<SeriesInput> inputs;        ///< levels; the total first where there are several origins
  std::vector<SeriesForecast> forecasts;  ///< of them, to the end of the horizon
  std::optional<FlatLevel> flat;          ///< of all together, where there are no forecasts
  std::string method, reason;
  Backtest backtest;
};

inline long long end_of(const HistorySeries& series) { return series.start_s + series.step_s * static_cast<long long>(series.values.size()); }

/// All origins together: a bin is missing where an origin's is, except before that origin began.
Levels total_of(const std::vector<Levels>& origins);

/// Share of an event's effect that is there on a day: along its ramp, then fading by its half-life.
double event_reach(const DemandEvent& event, double day);

PreparedHistory prepare_history(const Workload& workload, const std::vector<Period>& periods, std::vector<std::string>& remarks);

}  // namespace tonnage::forecast
