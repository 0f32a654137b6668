// Plan against actual: a plan as FOCUS rows beside a bill (an export in FOCUS columns), by month and cell, and why they differ. A cell is
// a month, provider, service category, kind of charge, region and SKU. With quantities q and unit prices p of plan (0) and bill (1),
// Q their sums over the cells of a provider, service, kind and unit in a month, and cost c = p q:
//   volume  (Q1 - Q0) / Q0 * c0          more or less of it all, at the plan's prices and shares
//   mix     (q1 - Q1 q0 / Q0) * p0       other cells' shares than planned, at the plan's prices
//   price   c1 - c0 - volume - mix       = q1 (p1 - p0): the same, at another price
// They add up to the difference, to the millionth. Cells of one side only are told as such, and cells whose quantities cannot be compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/core/csv.hpp"
#include "tonnage/tco/focus.hpp"

namespace tonnage::tco {

/// A row of a bill; costs in the scenario's currency, as the bill has them.
struct BillRow {
  Date from, until;                     ///< of the charge period; without an end in the bill, a day
  bool once = false;                    ///< a one-time charge: of the month in which its period begins
  std::string provider, service, kind;  ///< service: ServiceCategory; kind: see charge_kind
  std::string region, sku, unit;        ///< sku: SkuPriceDetails' InstanceType, else SkuId
  std::optional<double> quantity;       ///< in `unit`
  double billed = 0, effective = 0;
  Mark mark;
};

/// "on-demand", "dynamic", "committed", "unused" of usage; else the category of the charge in lower case.
std::string charge_kind(const std::string& charge_category, const std::string& pricing_category, const std::string& commitment_status);
/// Unit as FOCUS writes it and how many of it one is: "100 hrs" is 100 of "Hours".
std::pair<std::string, double> plain_unit(const std::string& unit);

/// Rows of an export in FOCUS columns 1.0 to 1.2; needs BilledCost, EffectiveCost, BillingCurrency, ChargeCategory, ChargePeriodStart,
/// ProviderName and ServiceCategory. Reports each value that cannot be read, and another currency than `currency`.
std::vector<BillRow> read_bill(const CsvTable& table, const std::string& currency, int file, Diagnostics& diagnostics);

/// What a cell has on one side.
struct CellSide {
  int rows = 0;
  Money effective, billed;
  std::optional<double> quantity;       ///< absent: not of every row, or of several units
  std::string unit;
};

struct ActualCell {
  int month = 0;
  std::string provider, service, kind, region, sku;
  CellSide plan, actual;
  Money volume, mix, price;             ///< of effective cost
  Money unsplit;                        ///< of both sides, without quantities in one unit
  Money only_planned, only_billed;      ///< of one side
  std::string missing;                  ///< what the other side does not have: "provider 'own'"
  Mark mark;                            ///< of the first row of the bill

  Money difference() const { return actual.effective - plan.effective; }
  bool matched() const { return plan.rows > 0 && actual.rows > 0; }
};

struct Actuals {
  std::vector<ActualCell> cells;        ///< by month, provider, service, kind, region, SKU; those whose amounts are all zero left out
  int first_month = 0, last_month = 0;  ///< of the bill
  std::optional<Date> ends;             ///< the bill ends within its last month, on this day
  int months_to_come = 0;               ///< of the plan, after the bill's last
  int months_before = 0;                ///< of the plan, before the bill's first
  bool by_region = true, by_sku = true; ///< whether the bill tells them
  int plan_rows = 0, bill_rows = 0;     ///< compared
};

/// "2027-03"
std::string month_name(int month);

/// Rows of several months are divided in proportion to days, to the millionth. `bill` is not empty.
Actuals compare_actuals(const Scenario& scenario, const std::vector<FocusRow>& plan, const std::vector<BillRow>& bill);

}  // namespace tonnage::tco
