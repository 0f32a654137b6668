// What a unit of work comes to: the ledger shared out over workloads by the accelerator-hours they occupy.
#pragma once

#include <optional>
#include <vector>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"
#include "tonnage/tco/ledger.hpp"

namespace tonnage::tco {

/// Over the horizon, expected, undiscounted; penalties that nobody is paid are left out.
struct UnitCost {
  int workload = 0;               ///< index into Scenario::workloads
  double units = 0;               ///< served: requests, or accelerator-hours of jobs
  double input_tokens = 0, output_tokens = 0;
  double accelerator_hours = 0;   ///< occupied, headroom included
  std::optional<double> prompt_share;  ///< of the accelerator-hours, those on prompts; nothing: not known of some deployment
  Money cost;                     ///< of what it uses, with its share of what stands idle beside it
  Money cost_at_full_use;         ///< the same if held nodes had work in all their hours
};

/// By workload, in the scenario's order. Costs add up to what is paid, less what nobody uses.
std::vector<UnitCost> unit_costs(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan, const Ledger& ledger);

/// Whose use of accelerators each line pays for: of a pool by the hours of its node type that work occupies in the region and period (in
/// losses, for failover), of energy by what the work draws, of a region or of all by accelerator-hours there.
LineShares shares_of_lines(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan, const Ledger& ledger);

/// The line in parts, one for each share and in that order, that add up to it exactly.
std::vector<LineItem> split_by_use(const Scenario& scenario, const LineItem& line, const std::vector<WorkloadShare>& shares);

}  // namespace tonnage::tco
