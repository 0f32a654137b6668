// FOCUS rows: a ledger as a bill states it (FinOps Open Cost and Usage Specification 1.2), so that plan and bill join. In: a Scenario,
// its Plan and Ledger. Out: rows of use and of purchase. BilledCost is what is paid in the period, EffectiveCost what is used up in it
// (the expense view: prepaid amounts in equal parts over their term or life, without interest). What was paid before the horizon
// (nodes already there, buildings, fixed costs paid once) is used up and not billed. For each commitment, the EffectiveCost of its use
// over its term is the BilledCost of its purchase.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::tco {

/// Names and values as FOCUS 1.2 spells them. Amounts in the ledger's currency.
struct FocusRow {
  int period = 0;
  int line = -1;                         ///< of the ledger, whose use it is; -1: a purchase
  std::string charge_category;           ///< Usage, Purchase, Adjustment
  std::string charge_frequency;          ///< Usage-Based, Recurring, One-Time
  std::string description;
  std::string pricing_category;          ///< Standard, Committed, Dynamic, Other
  std::string service_category, service_name;
  std::string provider;                  ///< "own" where nobody provides it
  std::string region, resource, sku;     ///< pool; node type, else the category
  std::string workload, category;        ///< of the line
  bool depreciation = false;             ///< use of what was bought
  int accelerators = 0;                  ///< of the node; 0: no node
  std::string commitment;                ///< CommitmentDiscountId: pool/first period, pool/held
  std::string status;                    ///< Used, Unused; empty: no commitment, or its purchase
  Money billed, effective, list, contracted;
  std::optional<double> pricing_quantity, consumed_quantity;
  std::string unit;                      ///< Hours (of nodes), Node-Months, kW-Months, kWh, Requests …
  Money cost, present_value;             ///< economic view: the row's part of its line
  double share = 1;                      ///< of its line
};

/// Use in the order of the ledger, and the purchases of a period after its use.
std::vector<FocusRow> focus_rows(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan, const Ledger& ledger);

}  // namespace tonnage::tco
