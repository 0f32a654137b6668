// What a plan costs when its replicas carry more or less than planned. In: a plan, its demand and the 80 % intervals of its capacities.
// Out: for each accelerator a distribution of cost over the planned cost, the nodes held being held fixed.
//
// All computed capacities on one accelerator are off by one factor, log-normal through the 10th and 90th percentile of what was measured over
// what was predicted (means of their logarithms over node-hours). At a factor c work needs 1 / c times the nodes, in every state; what
// the nodes held do not cover is rented on demand, from the lead time on at the cost of the plan's own nodes where that is less, and what is
// rented and not needed is not paid. First order: nothing that is ordered is cancelled, no route changes, and nothing has a limit.
#pragma once

#include <string>
#include <vector>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::tco {

struct CapacityRisk {
  std::string accelerator;
  std::string measured_class;            ///< of the deployment with most node-hours: what its interval rests on
  double capacity_p10 = 1, capacity_p90 = 1;  ///< true over planned
  std::vector<double> cost_ratios;       ///< cost over planned, rising: quantiles (i + 1/2) / size of its distribution
};

/// One for each accelerator on which the plan places work with a computed capacity, in the order of the scenario's accelerators.
/// Where nothing of a node type is for rent, an hour costs what the plan's own nodes of the type cost.
std::vector<CapacityRisk> capacity_risks(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan, const Ledger& ledger);

}  // namespace tonnage::tco
