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
#include "tonnage/documents/demand_source.hpp"
#include "tonnage/documents/spread.hpp"

namespace tonnage {

enum class Site { own, colocation, cloud };

/// How nodes of a type were used, as telemetry shows; shares of the layer before.
struct MeasuredUse {
  std::string node;
  std::optional<double> allocated_share, busy_share, flops_share, bytes_share;
};

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
  std::optional<PowerOffer> power_offer;
  std::optional<double> space_nodes;        ///< that there is room for
  std::vector<MeasuredUse> measured_use;
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
  bool straight_line = false;               ///< its price is spread over the life without interest, in the economic view too
  double residual_share = 0;                ///< of the price, left at the end of life, less what decommissioning costs
  double interruption_per_day = 0;          ///< spot: share of nodes taken back a day
  double restart_days = 0;                  ///< spot: work that an interruption costs
  std::vector<double> in_service_nodes;     ///< owned, held or arriving, by period (already there, not to be bought)
  std::vector<double> supply_nodes{};       ///< most new nodes by period; empty: no limit
  std::optional<double> limit_nodes;        ///< most nodes in service at any time, existing ones included
  double min_nodes = 0;
  bool limited_by_supply = false;           ///< shares the node type's supply
  std::vector<std::string> converts_to{};   ///< reserved: pools of the provider that its commitments can be exchanged for, at equal value
  std::vector<std::string> serves{};        ///< api: workloads that may be sent there
  double usd_per_m_input_tokens = 0;        ///< api; a node of its own type then stands for a million tokens an hour at the dearer price
  double usd_per_m_output_tokens = 0;
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
  std::string version_of;                   ///< the workload that this is another model of (`versions`): a part of its load; empty: none
  std::vector<double> load_share;           ///< of that load (of its own, where versions take the rest), by period; empty: all
  std::string team;                         ///< that owns it
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
  int batch_limit = 0;                      ///< requests of one batch of a model that answers in one pass; 0: by kind
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
