// What a plan tells beside itself: where it comes from, what else costs nearly as little, what decisions are worth.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace tonnage {

/// Load that a plan already has on a deployment in a region: its mean over the hours and outcomes of a period.
struct PresentPlace {
  std::string workload, region, node, precision;
  int accelerators = 1;             ///< of a replica
  double round_trip_s = 0;          ///< of the deployment
  double replica_load_per_s = 0;    ///< that a replica carries, headroom taken off
  double load_per_s = 0;
};

struct PresentDemand {
  std::string workload;
  double load_per_s = 0;            ///< mean over the hours and outcomes
};

/// What runs now, from the plan given with --present.
struct Present {
  std::string period;               ///< of that plan
  std::vector<PresentPlace> places;
  std::vector<PresentDemand> demand;
};

/// Load that leaves a deployment in a region from one period to the next, beyond what its workload's demand falls.
struct Move {
  int period = 0;                   ///< in which it is somewhere else; 0: against the present plan
  int outcome = 0;
  int workload = 0;
  std::string region, node;         ///< that it leaves
  double load_per_s = 0;
  double replicas = 0;
  double accelerators = 0;          ///< of those replicas
};

/// The least use of a thing at a cost within a share of the best.
struct Alternative {
  std::string kind, name, unit;     ///< "pool", "region", "node", "provider", "nodes", "power", "capex", "carbon"
  double within = 0;                ///< share of the cost
  double use = 0;                   ///< in the plan
  double least_use = 0;
  double bound = 0;                 ///< no such plan uses less
  double cost_usd = 0;              ///< present value of the plan that uses least
  /// What each unit of it that the plan would do without comes to; nothing: it cannot do with less.
  std::optional<double> usd_per_unit_less(double plan_usd) const {
    return use - least_use > 1e-9 * std::max(1.0, std::abs(use)) ? std::optional((cost_usd - plan_usd) / (use - least_use)) : std::nullopt;
  }
  std::vector<double> pool_nodes;   ///< by pool: nodes that it holds or rents, on average over the horizon
};

/// What 1 % more load of a workload costs: present value, per unit of it.
struct MarginalCost {
  int workload = 0;
  double usd = 0;                   ///< of 1 %
  double usd_per_unit = 0;          ///< request or accelerator-hour, all of them counted alike
  std::optional<double> usd_per_m_tokens;
};

/// What a month less of a pool's lead time saves.
struct LeadTimeValue {
  std::string pool;
  double usd = 0;
};

/// The price at which a pool that the plan does not use would be used.
struct EntryPrice {
  std::string pool, unit;
  double price = 0;                 ///< now
  double enters_below = 0;
};

struct Regret {
  int outcome = 0;
  double usd = 0;                   ///< the plan's cost in it beyond that of a plan made for it alone
};

/// Each from solves of their own, fractions of nodes allowed, without the weight on the worst outcomes.
struct Reasons {
  std::vector<MarginalCost> marginal_costs;
  std::vector<LeadTimeValue> lead_times;
  std::vector<EntryPrice> entry_prices;
  std::vector<Regret> regrets;
  double perfect_information_usd = 0;  ///< were the outcome known now
  double deciding_later_usd = 0;       ///< were it known when the second period begins
};

}  // namespace tonnage
