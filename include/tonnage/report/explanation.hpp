// Where a figure of a plan comes from, what moves it, and which of its prices are missing or old.
#pragma once

#include <string>
#include <vector>

#include "tonnage/report/json.hpp"
#include "tonnage/report/page.hpp"
#include "tonnage/tco/sensitivity.hpp"

namespace tonnage::report {

/// A price that is not given, or was quoted long before the horizon.
struct PriceDoubt {
  std::string path;
  bool missing = false;
  std::string quoted;        ///< a date; empty: missing
  int days_before_start = 0;
};

struct Explanation {
  std::string currency;
  std::vector<const PlanLine*> lines;      ///< of the plan, which must outlive this
  Money sum;
  std::vector<tco::InputEffect> effects;   ///< each input 10 % higher, the plan held fixed; largest first
  std::vector<PriceDoubt> doubts;
};

/// The line items that have each of the words as period, pool, region, workload or category. Lines may be none.
Explanation explain(const PlanFile& plan, const std::vector<std::string>& words);

std::string explanation_text(const Explanation& explanation);
/// "terms", "effects" and "price_doubts".
std::vector<Table> explanation_tables(const Explanation& explanation);

}  // namespace tonnage::report
