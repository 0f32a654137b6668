#include "test.hpp"

#include "pipeline/small_run.hpp"
#include "tonnage/pipeline/asks.hpp"

using namespace tonnage;
using namespace tonnage::pipeline;
using tonnage::testing::run_of;
using tonnage::testing::SmallFleet;

namespace {

/// Two months; reserved nodes at 2 USD an hour against rented ones at 5; load of 4 then 6, or of 4 then 10.
SmallFleet reserving() {
  SmallFleet fleet(2, {730}, {0.5, 0.5});
  fleet.region("here");
  Pool& reserved = fleet.pool("reserved", "here", OfferKind::reserved);
  reserved.price_usd_per_hour = 2;
  reserved.term_months = 2;
  fleet.pool("rented", "here", OfferKind::on_demand).price_usd_per_hour = 5;
  fleet.workload("load", {4, 6, 4, 10});
  return fleet;
}

}  // namespace

TEST_CASE("nodes are as sure as the plans of single outcomes and their dates make them", "[pipeline]") {
  const Run run = run_of(reserving());
  const Asks asks = find_asks(run, {});
  double firm = 0, all = 0;
  for (const Ask& ask : asks.asks) {
    if (run.loaded.scenario.pools[static_cast<std::size_t>(ask.pool)].name != "reserved") continue;
    all += ask.nodes;
    if (ask.sureness == Sureness::firm) firm += ask.nodes;
    REQUIRE(ask.behind.size() == 1);
    REQUIRE(ask.behind[0].share == Approx(1));
  }
  double ordered = 0;
  for (const Order& order : run.plan.orders) ordered += order.nodes;
  REQUIRE(all == Approx(ordered));
  REQUIRE(firm == Approx(4));  // either outcome alone reserves the load of the first month
}

TEST_CASE("nothing reserved is bought above the price of what takes its place", "[pipeline]") {
  const Run run = run_of(reserving());
  const auto solver = optimize::highs_solver();
  const ReservationPrice price = reservation_price(run, 0, *solver);
  REQUIRE(price.kind == Reservation::known);
  REQUIRE(price.price == Approx(5).epsilon(2e-3));
}

TEST_CASE("what nothing can take the place of is bought at any price", "[pipeline]") {
  SmallFleet fleet = reserving();
  fleet.scenario.pools.pop_back();
  const auto solver = optimize::highs_solver();
  REQUIRE(reservation_price(run_of(fleet), 0, *solver).kind == Reservation::any_price);
}
