// What a node costs while it is held, besides energy: the one place that allocation and ledger both ask.
#pragma once

#include <string>
#include <vector>

#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage {

/// One cost of holding a node for a period. The factors multiply to USD.
struct HoldingCost {
  std::string category;        ///< capital, lease, commitment, network, storage, maintenance, staff, colocation, demand charge, facility, facility operation
  std::vector<Factor> factors;
  double quantity = 0;         ///< node-months or kW-months
  std::string unit;
  double expense_ratio = 1;    ///< straight line over capital recovery (expense view)
  double embodied_kg = 0;      ///< of the node, in the first of its costs
};

std::vector<HoldingCost> holding_costs(const Scenario& scenario, const Pool& pool, int t);
/// Their sum in USD a node. Not for on-demand and spot.
double holding_usd_per_node(const Scenario& scenario, const Pool& pool, int t);

/// What a node ordered for period t still owes after the horizon when nothing uses it any more (finance.horizon_end: run-off): the rest of its
/// term, or of the recovery of its price and what is bought beside it, as a cost in the last period. Empty where nothing does.
std::vector<HoldingCost> run_off_costs(const Scenario& scenario, const Pool& pool, int t);

/// Spare nodes that a pool of so many nodes has: the least stock that covers the nodes in repair with the chance that the policies ask for.
/// Nodes in repair are Poisson with mean nodes x failures a year x years of repair, whatever the distribution of repair times (Palm's theorem;
/// Feeney and Sherbrooke, Management Science 12 (1966)). 0 for pools that are not bought at a price.
double spare_nodes(const Scenario& scenario, const Pool& pool, double nodes);
/// What such a stock costs a spare node in a period: bought once and recovered over its life, as the nodes are.
HoldingCost spare_cost(const Scenario& scenario, const Pool& pool);

/// What a kW of the region's power_offer costs in a period in which it is there.
HoldingCost power_cost(const Scenario& scenario, const Region& region);

/// Costs that no decision changes, in period t: their line without a pool.
std::vector<LineItem> fixed_costs(const Scenario& scenario, int t);

/// What a pool's price is an amount of: "USD", "USD/month", "USD/h", "USD/M tokens".
std::string price_unit(const Pool& pool);

/// Price of a node with what is bought beside it. USD.
double purchase_usd_per_node(const Scenario& scenario, const Pool& pool);

}  // namespace tonnage
