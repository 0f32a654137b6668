// What a plan must keep, as typed values. Part of the Scenario.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tonnage {

/// Survive the loss of each of these regions, one at a time, in the block of highest demand.
struct Survive {
  std::vector<std::string> regions;
  double weight_hours_per_month = 8;        ///< how long a loss lasts in the expected cost
};

/// Least and most of the working accelerators that are in a provider's regions.
struct ProviderShare {
  std::string provider;
  double min_share = 0, max_share = 1;
};

/// Money promised to a provider for a year: what is not spent there is paid all the same.
struct CommittedSpend {
  std::string provider;
  int year = 0;
  double usd = 0;
};

/// Adds weight x the mean cost of the worst outcomes, 1 - level of all, to what a plan minimises.
struct Cvar {
  double level = 0.95;
  double weight = 0;
};

struct Policies {
  std::optional<Survive> survive;
  double headroom = 0;                      ///< share of a replica's capacity kept free
  double availability = 1;                  ///< share of nodes not in repair
  int min_replicas = 0;                     ///< of a workload in each region that serves it in a period; 0: shares of a replica will do
  std::optional<double> churn_per_month;    ///< most that moves, as a share of what works
  bool max_min = false;                     ///< scarcity is shared within a priority so that the least served share is the most
  std::vector<double> capex_budget_usd;     ///< by period; empty: none
  std::vector<ProviderShare> provider_shares;
  std::vector<CommittedSpend> committed_spend;
  std::optional<Cvar> cvar;
  std::optional<double> spares_level;       ///< chance that no more nodes are in repair than there are spares; absent: no spares
};

}  // namespace tonnage
