// Scenario: what a planner knows, as typed values. Made by the module `scenario`, read by every stage.
// Plain numbers with the unit in the name; NaN never occurs; "no limit" is std::nullopt or an empty vector.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/core/calendar.hpp"
#include "tonnage/documents/costs.hpp"
#include "tonnage/documents/hardware.hpp"
#include "tonnage/documents/model.hpp"
#include "tonnage/documents/policies.hpp"
#include "tonnage/documents/spread.hpp"

namespace tonnage {

enum class Site { own, colocation, cloud };

struct Region {
  std::string name;
  Site site = Site::cloud;
  std::string provider;
  std::vector<double> power_w;              ///< facility power by period; empty: no limit
  double colocation_usd_per_w_month = 0;
  double electricity_usd_per_wh = 0;
  double demand_charge_usd_per_w_month = 0; ///< for the highest facility power of a month
  double pue = 1;
  double carbon_g_per_wh = 0;               ///< location-based
  double carbon_market_g_per_wh = 0;        ///< market-based
  double egress_usd_per_request = 0;
  FacilityCost facility;
};

/// Region x node x the offer it is held on. Per-period vectors have one entry per period of the horizon.
struct Pool {
  std::string name;
  std::string region;
  std::string node;
  OfferKind offer = OfferKind::on_demand;
  double price_usd_once = 0;                ///< owned, purchase: USD per node
  double price_usd_per_hour = 0;            ///< rented by the hour (lease, reserved: the effective rate while in service)
  double price_usd_per_month = 0;           ///< rented by the month; only one of the three is set
  double lead_time_months = 0;              ///< from order to service: calendar months, and days on top
  double lead_time_days = 0;
  double term_months = 0;                   ///< 0: to the end of the horizon
  double life_months = 60;
  double upfront_share = 0;                 ///< of a commitment, paid at its start
  double residual_share = 0;                ///< of the price, left at the end of life
  double interruption_per_day = 0;          ///< spot: share of nodes taken back a day
  std::vector<double> in_service_nodes;     ///< owned, held or arriving, by period (already there, not to be bought)
  std::vector<double> supply_nodes{};       ///< most new nodes by period; empty: no limit
  std::optional<double> limit_nodes;        ///< most nodes in service at any time, existing ones included
  double min_nodes = 0;
  bool limited_by_supply = false;           ///< shares the node type's supply
  std::string path;                         ///< "pools.us-h100", for the table of places
};

/// Round trips from an origin; a region that is not listed cannot be reached. Empty map: all regions at 0 s.
struct Origin {
  std::string name;
  std::map<std::string, double> round_trip_s;
};

struct NodeSpec {
  NodeType type;
  NodeCosts costs;
  std::vector<double> supply_nodes{};       ///< by period over pools with limited_by_supply; empty: no limit
};

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

/// A given capacity: a replica of `accelerators` of a node carries `load_per_s` and draws `power_w`.
struct GivenCapacity {
  std::string node;
  int accelerators = 1;
  double load_per_s = 0;
  double power_w = 0;
};

/// A training or batch job: `accelerators` for `hours`, every `every_hours`.
struct Job {
  std::string node;
  int accelerators = 1;
  double hours = 0;
  double every_hours = 0;
  double within_hours = 0;                  ///< 0: before the next one starts
  bool preemptible = false;
};

struct Workload {
  std::string name;
  std::string unit = "requests/s";          ///< of all loads; "accelerators" for jobs
  ModelArchitecture model;
  bool has_model = false;
  std::vector<MeasuredPoint> measured;      ///< for ModelKind::measured
  std::optional<Precision> precision;       ///< absent: the model's native precision
  Precision kv_precision = Precision::bf16; ///< of the KV cache
  Shape shape;
  ArrivalProcess arrivals;
  bool arrivals_given = false;              ///< `burst` is stated; else minutes of a history may say how the load swings within an hour
  Speculation speculation;
  Slo slo;
  int priority = 1;
  DemandSource demand;
  std::vector<DemandEvent> events;
  std::vector<DemandOverride> overrides;
  std::vector<GivenCapacity> capacity;
  std::optional<Job> job;
  bool deferrable = false;                  ///< has a deadline of a day or more, or is a job: fills the troughs of a period
  double deadline_hours = 0;
  std::map<std::string, std::vector<std::string>> serve;  ///< origin -> regions; empty: by reach and residency
  std::optional<double> reach_s;
  std::vector<std::string> residency;       ///< regions
  std::optional<double> unmet_usd_per_unit; ///< per request; nullopt: never unmet
  double move_cost_usd = 0;                 ///< of a replica that leaves its place while the load stays
  double protected_share = 1;               ///< of load, still carried when a region is lost
  bool accept_gaps = false;                 ///< gaps: interpolate
  bool refuse_gaps = false;                 ///< gaps: error
  bool replace_outliers = false;            ///< outliers: replace
  bool refuse_outliers = false;             ///< outliers: error
  std::string path;
};

/// `figure op value`, e.g. cost.p90 <= 210 M USD.
struct Check {
  std::string text;
  std::string figure;                       ///< "cost", "unmet.chat": one of check_figures.hpp
  std::string quantile;                     ///< "", "p10", "p50", "p90"
  std::string op;                           ///< <=, >=, <, >, ==
  double value = 0;                         ///< in USD, shares, or the figure's unit
  bool relative = false;                    ///< of an increase: `value` is a share of the cost before
  bool warn_only = false;
  std::string path;
};

struct NamedWeight {
  std::string name;
  double value = 0;
};

/// Spearman's rank correlation of two uncertain numbers that demand depends on, by their paths in the file.
struct DemandCorrelation {
  std::string a, b;
  double rank = 0;
};

struct Scenario {
  std::string name;
  std::string description;
  std::string currency = "USD";
  Date as_of;
  PeriodKind period_kind = PeriodKind::quarter;
  std::vector<Period> periods;
  std::uint64_t seed = 1;
  std::vector<Region> regions;
  std::vector<Origin> origins;
  std::vector<Accelerator> accelerators;    ///< those that the nodes use
  std::vector<NodeSpec> nodes;
  std::vector<Pool> pools;
  std::vector<Workload> workloads;
  std::vector<NamedWeight> block_hours;     ///< given blocks: hours of a period that each stands for
  std::vector<NamedWeight> outcomes;        ///< given outcomes and probabilities
  std::vector<DemandCorrelation> demand_correlations;
  int outcome_count = 3;                    ///< outcomes to make from the forecast where none are given
  CalibrationTable calibration;
  std::vector<FixedCost> fixed_costs;
  std::vector<PriceRecord> prices;
  Policies policies;
  Finance finance;
  std::vector<Check> checks;
};

}  // namespace tonnage
