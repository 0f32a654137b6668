// Cash: what is paid when, from the rows of a plan as a bill. Purchases count when they are paid and energy when it is used; depreciation is
// what bought things lose in a period (straight line), and its tax shield what that saves in taxes, both beside the cost.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tonnage/tco/focus.hpp"

namespace tonnage::tco {

/// By the calendar quarter in which a period begins.
std::vector<CashQuarter> cash_by_quarter(const Scenario& scenario, const std::vector<FocusRow>& rows);

/// One plan in place of another, by their cash.
struct Investment {
  std::vector<std::pair<std::string, Money>> saved;  ///< by quarter, in order, without gaps: what the other pays less what this one does
  double npv_usd = 0;                  ///< of what is saved, at the start of the first quarter
  std::optional<double> irr_per_year;  ///< rate at which it is worth nothing; absent unless its sign changes once
  std::optional<std::string> payback;  ///< first quarter from which on what was spent more is saved, undiscounted; absent: never, or nothing was
};

/// `rate` a year, effective; a quarter's cash at its start. Quarters as "2027-Q1".
Investment compare_cash(const std::vector<std::pair<std::string, Money>>& before, const std::vector<std::pair<std::string, Money>>& after, double rate);

}  // namespace tonnage::tco
