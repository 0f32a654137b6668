// Plan: what to hold and when, who serves whom, what limits it, and the proof of how good it is.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/core/calendar.hpp"
#include "tonnage/documents/reasons.hpp"

namespace tonnage {

/// Nodes newly taken into a pool.
struct Order {
  std::string pool;
  int period = 0;               ///< first period in service
  double nodes = 0;             ///< whole
  Date order_by;                ///< the period's start less the lead time
  double present_value_usd = 0; ///< of holding them to the end of the horizon, their energy and rent of place included
};

/// Commitments of one pool exchanged for nodes of another: the fewest that cost as much or more.
struct Conversion {
  int from = 0, to = 0;         ///< indices into Scenario::pools
  int period = 0;
  double nodes = 0;             ///< given up so far; whole
  double gained = 0;            ///< nodes of `to`
};

/// Nodes of a pool by period.
struct PoolPlan {
  std::string pool;
  std::vector<double> existing;      ///< there without the plan
  std::vector<double> in_service;    ///< existing and ordered, whole; less what is exchanged for others, and what others are exchanged for
  std::vector<double> rented_hours;  ///< on-demand and spot: expected node-hours of the period
  std::vector<double> rented_peak;   ///< on-demand and spot: most nodes at a time, over blocks and outcomes
  /// Of those there without the plan, those that are not exchanged for others.
  double kept(int period) const { return std::min(existing[static_cast<std::size_t>(period)], in_service[static_cast<std::size_t>(period)]); }
};

/// Power bought for a region.
struct PowerOrder {
  std::string region;
  int period = 0;               ///< from which on it is there
  double power_w = 0;           ///< at the facility
  Date order_by;
  double present_value_usd = 0; ///< to the end of the horizon
};

/// Which part of the model a flow belongs to.
struct State {
  int period = 0;
  int block = 0;
  int outcome = 0;
  int lost_region = -1;         ///< index of the region that is lost, or -1
};

/// Load routed from an origin to a region, or unmet.
struct Flow {
  int state = 0;                ///< index into Plan::states
  int workload = 0;             ///< index into Scenario::workloads
  std::string origin;
  int region = -1;              ///< index into Scenario::regions; -1: unmet
  double load_per_s = 0;
};

/// Load placed on a deployment in a region.
struct Placement {
  int state = 0;
  int workload = 0;
  int region = 0;
  int deployment = 0;           ///< index into Capacities::deployments
  double load_per_s = 0;
  double nodes = 0;             ///< that it occupies, headroom included
};

/// Replicas that are kept ready without load (policies.min_replicas).
struct Standby {
  int state = 0;
  int workload = 0;
  int region = 0;
  int deployment = 0;           ///< index into Capacities::deployments
  double replicas = 0;
  double nodes = 0;             ///< that they occupy
};

/// On-demand or spot nodes used in a state.
struct Rental {
  int state = 0;
  int pool = 0;                 ///< index into Scenario::pools
  double nodes = 0;
};

/// A limit that binds, and what a little more and a little less of it change over the horizon: per unit, present value, each
/// from a solve of its own, fractions of nodes allowed.
inline constexpr int every_period = -1;

struct BindingLimit {
  std::string kind;             ///< "power", "supply", "capex budget", "limit", "lead time"
  std::string name;             ///< region, pool or node type
  int period = 0;               ///< or every_period, where the scenario has one figure for all
  double worth_usd = 0;         ///< what more of it saves
  std::optional<double> loss_usd;  ///< what less of it costs; absent: no plan with less
  std::string unit;             ///< "MW", "node", "USD"
  double limit = 0;             ///< in that unit
  /// The figures of the limit up to which the two hold, from solves of their own (reasons in full). Absent: at any figure, or not asked.
  std::optional<double> worth_until, loss_until;
};

/// "power in west", "supply of b200x8".
std::string named_limit(const std::string& kind, const std::string& name);

/// Load that no plan can serve although the scenario says it must be.
struct Shortfall {
  int state = 0;
  int workload = 0;
  std::string origin;
  double load_per_s = 0;
  double demand_per_s = 0;
};

/// What is paid to a provider without being used, because it was promised.
struct Unspent {
  int promise = 0;              ///< index into Policies::committed_spend
  int outcome = 0;
  int period = 0;               ///< the last one of the year, in which it is paid
  double usd = 0;               ///< undiscounted, were the outcome certain
};

struct Proof {
  std::string status;           ///< "optimal", "limit", "infeasible"
  double objective_usd = 0;     ///< present value of expected cost, sunk cost included
  double bound_usd = 0;         ///< no plan of the model costs less
  double gap = 0;               ///< (objective - bound) / objective
  double relaxation_usd = 0;    ///< with fractions of nodes; the bound where a limit of time came first
  double sunk_usd = 0;          ///< part of the objective that no decision changes
  double risk_usd = 0;          ///< part of the objective that is no cost but the weight on the worst outcomes (policies.cvar)
  double fairness_usd = 0;      ///< part of the objective that sharing scarcity fairly adds (policies.fairness)
  int columns = 0, rows = 0, integers = 0;
  long long nonzeros = 0;
  bool fractions = false;       ///< of nodes may be ordered: no plan to act on, but a bound and its reasons
};

struct Plan {
  Proof proof;
  std::vector<State> states;
  std::vector<Order> orders;    ///< by order date, then pool
  std::vector<PowerOrder> power_orders;  ///< by order date, then region
  std::vector<PoolPlan> pools;  ///< as in the scenario
  std::vector<Conversion> conversions;   ///< by period, then pool
  std::vector<Flow> flows;
  std::vector<Placement> placements;
  std::vector<Standby> standbys;
  std::vector<Rental> rentals;
  std::vector<Unspent> unspent;
  std::optional<Present> present;        ///< what moves of the first period are counted against
  std::vector<Move> moves;
  std::vector<BindingLimit> limits;      ///< largest worth first
  bool limits_by_dual = false;           ///< a large plan's: not by re-solves; what is told lies between what more saves and less costs
  std::vector<Alternative> alternatives;
  std::optional<Reasons> reasons;        ///< when asked for
  std::vector<std::string> conflicts;    ///< limits that cannot hold together, in words; makes the plan infeasible
  std::vector<Shortfall> shortfalls;     ///< load that must be served and cannot be; makes the plan infeasible
  std::vector<Shortfall> exposed;        ///< load that would not survive the loss of a region
  std::vector<double> outcome_cost_usd;  ///< present value by outcome, commitments included
};

}  // namespace tonnage
