// Attribution: what each driver of change adds to the difference in cost between two scenarios, by exact Shapley values. A
// coalition of drivers is the first scenario with their values taken from the second. Drivers that change what is needed or may be
// held are planned anew; prices and accounting are evaluated on that plan, through the ledger; that plans adapt to changed prices
// is a driver of its own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/scenario/difference.hpp"

namespace tonnage::pipeline {

struct Driver {
  std::string name;             ///< "precision of chat"
  std::string kind;             ///< prices, accounting, demand, requests, efficiency, service levels, supply, policies, horizon
  bool replanned = false;
  std::vector<scenario::Change> changes;
};

struct DriverShare {
  Driver driver;
  Money change;                          ///< present value; the shares sum to the difference
  std::map<std::string, Money> by_category;  ///< sum to `change`
  double half_width_usd = 0;             ///< of the 95 % interval of a sampled share; 0: exact
  Money open;                            ///< what the plans' proofs leave open of it: a smaller share may be none
  double nodes_end = 0, power_end_mw = 0;
};

struct Attribution {
  std::vector<DriverShare> shares;       ///< largest first
  int plans = 0;                         ///< that were made for it
  int orders = 0;                        ///< drawn; 0: all orders, exactly
};

/// Up to 12 drivers exactly; where there are more, to 28, their shares are means over drawn orders with error bars. Both runs must be feasible. Drivers whose coalitions have no plan are taken together.
Attribution attribute(const Run& a, const Run& b, const Catalog& catalog, FileSystem& files, const RunOptions& options);

}  // namespace tonnage::pipeline
