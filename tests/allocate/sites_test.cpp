#include "test.hpp"

#include "small_fleet.hpp"
#include "tonnage/documents/holding.hpp"

using namespace tonnage;
using namespace tonnage::testing;

namespace {

/// Six of load on nodes of 1 kW at 10 a month, in a place with power for four; any number of nodes elsewhere at 15.
SmallFleet crowded(int periods = 4) {
  SmallFleet fleet(periods);
  fleet.region("here").power_w.assign(static_cast<std::size_t>(periods), 4000);
  fleet.region("there");
  fleet.pool("cheap", "here", OfferKind::lease).price_usd_per_month = 10;
  fleet.pool("dear", "there", OfferKind::on_demand).price_usd_per_hour = 15.0 / 730;
  fleet.workload("load", {6});
  return fleet;
}

PowerOffer offer(double usd_per_w, double life_months = 100) {
  PowerOffer out;
  out.usd_per_w = usd_per_w, out.life_months = life_months, out.path = "regions.here.power_offer";
  return out;
}

}  // namespace

TEST_CASE("power is bought where it is worth more than it costs, and as soon as it can be there", "[allocate]") {
  SmallFleet fleet = crowded();
  REQUIRE(fleet.plan().proof.objective_usd == Approx(4 * (4 * 10 + 2 * 15)));
  fleet.scenario.regions[0].power_offer = offer(0.4);  // 4 a kW and month: a node saves 5
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(4 * (6 * 10 + 2 * 4)));
  REQUIRE(plan.power_orders.size() == 1);
  CHECK(plan.power_orders[0].power_w == Approx(2000));
  CHECK(plan.power_orders[0].present_value_usd == Approx(4 * 8));
  fleet.scenario.regions[0].power_offer->usd_per_w = 0.6;
  CHECK(fleet.plan().power_orders.empty());
  CHECK(fleet.plan().proof.objective_usd == Approx(4 * (4 * 10 + 2 * 15)));
}

TEST_CASE("bought power has a lead time and a limit, and counts in the budget", "[allocate]") {
  SmallFleet fleet = crowded();
  fleet.scenario.regions[0].power_offer = offer(0.4);
  fleet.scenario.regions[0].power_offer->lead_time_months = 2;
  const Plan late = fleet.plan();
  REQUIRE(late.power_orders.size() == 1);
  CHECK(late.power_orders[0].period == 2);
  CHECK(to_string(late.power_orders[0].order_by) == "2027-01-01");
  fleet.scenario.regions[0].power_offer->limit_w = 1000;
  CHECK(fleet.plan().power_orders[0].power_w == Approx(1000));
  fleet.scenario.policies.capex_budget_usd.assign(4, 200);  // half a kW each month
  const Plan poor = fleet.plan();
  double watts = 0;
  for (const PowerOrder& order : poor.power_orders) {
    CHECK(order.power_w <= 500 * (1 + 1e-9));
    watts += order.power_w;
  }
  CHECK(watts <= 1000 * (1 + 1e-9));
}

TEST_CASE("the ledger adds bought power up to the plan's cost", "[allocate][tco]") {
  SmallFleet fleet = crowded();
  fleet.scenario.finance.discount_rate_per_year = 0.1;
  fleet.scenario.regions[0].power_offer = offer(0.3);
  const Plan plan = fleet.plan();
  const Ledger ledger = fleet.ledger(plan);
  REQUIRE(!plan.power_orders.empty());
  CHECK(ledger.totals.present_value.approximate() == Approx(plan.proof.objective_usd).margin(1e-4));
  Money power, expense;
  for (const LineItem& line : ledger.lines)
    if (line.category == "power") power += line.amount, expense += line.expense;
  CHECK(expense.approximate() == Approx(4 * 2000 * 0.3 / 100));
  CHECK(power > expense);  // with interest
  CHECK(ledger.capex.approximate() == Approx(2000 * 0.3));
  Money purchases;
  for (const CashQuarter& quarter : fleet.ledger_with_cash(plan).cash) purchases += quarter.purchases;
  CHECK(purchases == ledger.capex);
}

TEST_CASE("nodes already there may need the power that is bought", "[allocate]") {
  SmallFleet fleet = crowded();
  Pool& owned = fleet.pool("owned", "here", OfferKind::owned);
  owned.in_service_nodes.assign(4, 5);
  CHECK(fleet.plan().proof.status == "infeasible");
  fleet.scenario.regions[0].power_offer = offer(0.4);
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "optimal");
  CHECK(plan.power_orders[0].power_w >= 1000 * (1 - 1e-9));
}

TEST_CASE("space limits nodes held and rented; what more of it saves is told", "[allocate]") {
  SmallFleet fleet = crowded(1);
  fleet.scenario.regions[0].power_w.clear();
  fleet.scenario.regions[0].space_nodes = 5;
  const Plan plan = fleet.plan();
  CHECK(plan.proof.objective_usd == Approx(5 * 10 + 15));
  REQUIRE(!plan.limits.empty());
  CHECK(plan.limits[0].kind == "space");
  CHECK(plan.limits[0].worth_usd == Approx(5));
  CHECK(plan.limits[0].loss_usd.value() == Approx(5));
  fleet.pool("owned", "here", OfferKind::owned).in_service_nodes.assign(1, 6);
  CHECK(fleet.plan().conflicts.front().find("space in here") == 0);
}
