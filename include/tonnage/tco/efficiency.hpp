// From paid to useful: how much of what is paid for is allocated, how much of that is busy, and how much of that does what requests need.
#pragma once

#include <optional>
#include <vector>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::tco {

/// Nodes of a type in a region over the horizon, expected. Shares are of the layer before: 0 to 1.
struct Efficiency {
  int region = 0, node = 0;                ///< indices into the scenario
  double paid_node_hours = 0;              ///< held and rented
  double allocated_share = 0;              ///< of those, occupied by replicas, headroom included
  std::optional<double> busy_share;        ///< of those, time in which they work; nothing: some capacity is given or measured
  std::optional<double> flops_share, bytes_share;  ///< of what the data sheet promises for the busy time, what requests need
  MeasuredUse measured;                    ///< the same, as the scenario says it was measured
};

/// By region and node type, in the scenario's order; those that are paid for.
std::vector<Efficiency> efficiency(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan);

}  // namespace tonnage::tco
