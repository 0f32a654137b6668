// Where the demand of a workload comes from, and what changes it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/core/calendar.hpp"
#include "tonnage/documents/spread.hpp"

namespace tonnage {

/// One observation series of a workload's demand history: `values[i]` belongs to start_s + i * step_s. NaN marks a gap.
struct HistorySeries {
  std::string origin;                       ///< empty: not split by origin
  long long start_s = 0;                    ///< seconds since 1970-01-01 UTC
  long long step_s = 3600;
  std::vector<double> values;               ///< in the workload's unit (per second)
};

/// An event that changes demand from `date` on: share +0.4 means 40 % more, reached over `ramp_months`, then for good or
/// fading by half every `half_life_months`.
struct DemandEvent {
  std::string name;
  Date date;
  std::string origin{};                     ///< empty: all
  double share = 0;
  Spread share_spread{};
  double ramp_months = 0;
  double half_life_months = 0;              ///< 0: it stays
  double probability = 1;
  bool from_history = false;                ///< no share is given: it is estimated where the history holds an event of this name
};

/// A judgement: demand from `from` through `until` (absent: for good) is the forecast times `factor`.
struct DemandOverride {
  Date from;
  std::optional<Date> until;
  double factor = 1;
  Spread factor_spread;
  std::string why;
};

/// Bass diffusion (Bass 1969): market size in load units, coefficients per year.
struct BassGrowth {
  double market_per_s = 0;
  double innovation_per_year = 0;           ///< p
  double imitation_per_year = 0;            ///< q
  Spread market_spread{};
};

/// A price from a day on.
struct PriceStep {
  Date from;
  double price = 0;
};

/// Price that users pay. Demand follows it with a constant elasticity: it is multiplied by (price / now)^elasticity. Prices are in any one unit.
struct PriceEffect {
  HistorySeries history;                    ///< price over the load's history; no values: not given
  double now = 0;                           ///< at the end of the history, else at the start of the horizon
  std::vector<PriceStep> ahead;             ///< in order of time
  std::optional<double> elasticity;         ///< absent: estimated from the history
  Spread elasticity_spread;
};

/// An older workload whose users go over to a new product, and the share of them that does in the end.
struct Replaced {
  std::string workload;
  double share = 1;
  Spread share_spread;
};

/// A new product whose demand is drawn from how earlier ones grew.
struct Launch {
  Date date;
  std::vector<HistorySeries> analogues;     ///< load of earlier products since their launch; `origin` is the product's name
  std::optional<double> market_per_s;       ///< load that it comes to; absent: as the earlier ones
  Spread market_spread;
  std::vector<HistorySeries> seen;          ///< its own load so far: none or one series
  std::vector<Replaced> replaces;           ///< generations before it
};

/// One row of a given demand table.
struct DemandRow {
  int period = 0;                           ///< index into the horizon
  int block = 0;
  int outcome = 0;
  std::string origin;
  double load_per_s = 0;
};

/// Where a workload's demand comes from: exactly one of history, start (with optional growth), launch, constant, table.
struct DemandSource {
  std::vector<HistorySeries> history;
  std::optional<double> start_per_s;
  Spread start_spread;
  std::optional<double> growth_per_year;    ///< compound
  Spread growth_spread;
  std::optional<BassGrowth> bass;
  std::optional<Launch> launch;
  std::optional<double> constant_per_s;
  Spread constant_spread;
  std::vector<DemandRow> table;
  std::map<std::string, double> origin_shares;  ///< of start, launch and constant; empty: one origin "anywhere"
  std::optional<PriceEffect> price;
};

/// Spearman's rank correlation of two uncertain numbers that demand depends on, by their paths in the file.
struct DemandCorrelation {
  std::string a, b;
  double rank = 0;
};

}  // namespace tonnage
