// TCO: a Plan to a Ledger. In: Scenario, Demand, Capacities, Plan. Out: line items whose present values add up to the plan's
// objective. Economic view: purchases as capital recovery over their life (docs/methods.md, "Cost").
#pragma once

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::tco {

/// Throws std::overflow_error when an amount is beyond what Money holds.
Ledger make_ledger(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan);

/// A workload's share of a line.
struct WorkloadShare {
  int workload = 0;  ///< index into Scenario::workloads
  double share = 0;  ///< of the line; those of a line add up to 1
};
using LineShares = std::vector<std::vector<WorkloadShare>>;  ///< of each line; empty: nobody uses what it pays for

/// Adds line items up by some of their fields: "period", "quarter", "year", "pool", "region", "provider", "workload", "team",
/// "category". Accelerator-hours only where all fields are of pools or time. Rows are sorted by key in the scenario's order.
struct Group {
  std::vector<std::string> keys;
  LedgerTotals totals;
};
/// "2027-Q1": the calendar quarter of a day.
std::string quarter_name(Date day);
bool known_field(const std::string& field);
/// Whether the fields ask who uses what a line pays for: workload or team.
bool by_use(const std::vector<std::string>& fields);
/// By use, lines are split by `shares` (unit_costs.hpp), to the micro-unit; without them a line is its own workload's, or nobody's.
std::vector<Group> group_by(const Scenario& scenario, const Ledger& ledger, const std::vector<std::string>& fields, const LineShares& shares = {});

}  // namespace tonnage::tco
