// How money is counted over time, and costs beside the price of a node: what goes with it, the building around it, and what is paid whatever is decided.
#pragma once

#include <optional>
#include <string>

#include "tonnage/core/calendar.hpp"

namespace tonnage {

/// Bought beside a node: a share of its price, or an amount a node. At most one of the two is set.
struct Beside {
  double share = 0;
  double usd = 0;
};

struct NodeCosts {
  Beside network, storage;              ///< recovered over the node's life, as its price is
  double maintenance_per_year = 0;      ///< share of the price
  double embodied_kg = 0;               ///< CO2e of making a node, spread over its life
  double failures_per_year = 0;         ///< of a node
  double repair_years = 0;              ///< from failure to use
};

/// A building of one's own, by the power of the nodes held in it.
struct FacilityCost {
  double usd_per_w = 0;
  double life_months = 180;
  double usd_per_w_month = 0;           ///< to run it
};

/// Power that can be bought for a site, on top of what it has. It lasts beyond the horizon.
struct PowerOffer {
  double usd_per_w = 0;                 ///< at the facility
  double life_months = 180;             ///< over which the price is recovered
  double lead_time_months = 0, lead_time_days = 0;
  std::optional<double> limit_w;
  std::string path;                     ///< "regions.west.power_offer"
};

/// Paid whatever is decided: once (recovered over its life) or by the month.
struct FixedCost {
  std::string name;
  std::string region;                   ///< empty: of none
  double price_usd_once = 0;
  double life_months = 60;
  double price_usd_per_month = 0;
  std::string path;                     ///< of its price, for the table of places
};

/// annual: effective, and capital is recovered in yearly payments, each at its year's end, spread over the months.
enum class Compounding { effective, nominal_monthly, annual };
const char* to_string(Compounding compounding);
/// What is known of a price that the scenario gives, or should.
struct PriceRecord {
  std::string path;                     ///< "pools.us-b200.price", for the table of places
  std::string of;                       ///< the pool, region or cost
  bool given = true;                    ///< false: it counts nothing, though it is no gift
  std::optional<Date> quoted;
  std::string source;
};

enum class PaymentTiming { start, mid, end };

struct Finance {
  double discount_rate_per_year = 0.08;
  Compounding compounding = Compounding::effective;
  PaymentTiming timing = PaymentTiming::start;
  int hours_per_month = 0;                  ///< 720 or 730; 0: the calendar's
  double energy_escalation_per_year = 0;
  std::optional<double> tax_rate;           ///< for the tax shield of depreciation, told beside the cost and never in it
  double staff_share_per_year = 0;          ///< of the price of what is bought
  std::optional<Date> escalation_base;      ///< absent: the horizon's start
  bool run_off = false;                     ///< what orders owe after the horizon counts: the plan ends with it
};

}  // namespace tonnage
