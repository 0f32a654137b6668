// Asks: what a plan needs from each provider, how sure that is, and the price above which it would not be bought.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/pipeline/pipeline.hpp"

namespace tonnage::pipeline {

/// firm: the plan made for each outcome alone holds these nodes too, and they are due before the plan is made again (a period from
/// `as_of`). likely: the plans of outcomes whose probabilities sum to half or more hold them, or all do but nothing is due yet.
/// option: the rest.
enum class Sureness { firm, likely, option };
const char* to_string(Sureness sureness);

/// any_price: used at 64 times its price still.
enum class Reservation { known, any_price, not_computed };

/// The price above which a pool would not be used, from solves of their own, fractions of nodes allowed. Never below
/// the price as it is, at which the plan uses it.
struct ReservationPrice {
  Reservation kind = Reservation::not_computed;
  double price = 0;             ///< in the unit of the pool's own price
};

struct WorkloadShare {
  int workload = 0;
  double share = 0;             ///< of the node-hours
};

/// Nodes that are asked of a provider together.
struct Ask {
  std::string provider;         ///< "own data centres", "colocation", or a provider's name
  int pool = 0;                 ///< index into Scenario::pools
  Sureness sureness = Sureness::firm;
  double nodes = 0;             ///< ordered; of pools rented by the hour: more at a time than before
  int period = 0;               ///< first in service
  Date order_by;
  double power_w = 0;           ///< at the facility, nodes at full power
  std::vector<WorkloadShare> behind;  ///< what runs on such nodes in the region from then on, largest first
  double price = 0;             ///< per node, as the pool has it
  std::string price_unit;       ///< "USD", "USD/month", "USD/h", "USD/M tokens"
  ReservationPrice reservation;
};

struct Asks {
  std::vector<std::string> providers;  ///< own data centres, colocation, then by name
  std::vector<Ask> asks;        ///< by provider, then date, pool and sureness
  bool prices_computed = true;  ///< false: the program is too large for so many solves
};

/// Nonzeros of a program up to which prices are computed.
inline constexpr long long most_nonzeros_for_prices = 100000;

/// The run has a plan. Equal for every number of threads.
Asks find_asks(const Run& run, const RunOptions& options);

/// Of one pool that the plan uses.
ReservationPrice reservation_price(const Run& run, int pool, optimize::Solver& solver);

}  // namespace tonnage::pipeline
