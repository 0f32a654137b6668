#include "test.hpp"

#include <map>

#include "small_fleet.hpp"
#include "tonnage/tco/focus.hpp"

using namespace tonnage;
using tonnage::testing::SmallFleet;

namespace {

/// Commitments for three old nodes at 20 USD/h, each of which carries 1; new ones cost 36 USD/h and carry 5. Load by month.
SmallFleet exchangeable(std::vector<double> load) {
  SmallFleet fleet(static_cast<int>(load.size()));
  fleet.node("newer", 1000, 0);
  fleet.region("cloud").site = Site::cloud;
  Pool& old = fleet.pool("old", "cloud", OfferKind::reserved);
  old.price_usd_per_hour = 20;
  old.term_months = 12;
  old.in_service_nodes.assign(load.size(), 3);
  old.converts_to = {"new"};
  Pool& next = fleet.pool("new", "cloud", OfferKind::reserved, "newer");
  next.price_usd_per_hour = 36;
  next.term_months = 12;
  fleet.workload("load", std::move(load));
  fleet.deployment("load", "newer", 5, 1000);
  return fleet;
}

}  // namespace

TEST_CASE("commitments are exchanged for the fewest nodes that cost as much or more", "[allocate]") {
  const SmallFleet fleet = exchangeable({8, 8});
  const Plan plan = fleet.plan();
  REQUIRE(plan.conversions.size() == 2);
  CHECK(plan.conversions[0].nodes == 3);
  CHECK(plan.conversions[0].gained == 2);
  CHECK(plan.pools[0].in_service[0] == 0);
  CHECK(plan.pools[1].in_service[0] == 2);
  CHECK(plan.orders.empty());
  CHECK(plan.proof.objective_usd == Approx(2 * 36 * 730 * 2));
  CHECK(fleet.ledger(plan).totals.present_value.approximate() == Approx(plan.proof.objective_usd));
}

TEST_CASE("what is exchanged stays so to the end of its term", "[allocate]") {
  const SmallFleet fleet = exchangeable({8, 3});
  const Plan plan = fleet.plan();
  CHECK(plan.proof.objective_usd == Approx(2 * 36 * 730 * 2));
  SmallFleet shorter = exchangeable({8, 3});
  shorter.scenario.pools[0].in_service_nodes = {3, 0};  // the term ends: what is needed then is ordered
  const Plan ended = shorter.plan();
  CHECK(ended.conversions.size() == 1);
  CHECK(ended.proof.objective_usd < 2 * 36 * 730 * 2);
}

TEST_CASE("an exchange is not sooner than an order, and no more than supply", "[allocate]") {
  SmallFleet fleet = exchangeable({3, 8});
  fleet.scenario.pools[1].lead_time_months = 1;
  fleet.scenario.pools[1].supply_nodes = {0, 1};
  fleet.scenario.workloads[0].unmet_usd_per_unit = 1e3;
  const Plan plan = fleet.plan();
  for (const Conversion& one : plan.conversions) {
    CHECK(one.period == 1);
    CHECK(one.gained <= 1);
  }
  CHECK(plan.pools[1].in_service[0] == 0);
  CHECK(plan.pools[1].in_service[1] == 1);
}

TEST_CASE("without an offer to exchange, the same fleet costs more", "[allocate]") {
  SmallFleet fleet = exchangeable({8, 8});
  fleet.scenario.pools[0].converts_to.clear();
  CHECK(fleet.plan().proof.objective_usd == Approx((3 * 20 + 36) * 730 * 2));
}

TEST_CASE("what is exchanged is paid for by the commitment that it was exchanged from", "[focus]") {
  for (const double upfront : {0.0, 0.5, 1.0}) {
    SmallFleet fleet = exchangeable({3, 8, 8});
    Pool& old = fleet.scenario.pools[0];
    old.in_service_nodes.assign(3, 1);
    old.upfront_share = upfront;
    old.min_nodes = 0;
    old.term_months = 3;
    fleet.scenario.pools[1].lead_time_months = 1;
    const Plan plan = fleet.plan();
    REQUIRE_FALSE(plan.conversions.empty());
    const Ledger ledger = fleet.ledger(plan);
    std::map<std::string, Money> use, purchase;
    Money effective;
    for (const tco::FocusRow& row : tco::focus_rows(fleet.scenario, fleet.demand, fleet.capacities, plan, ledger)) {
      if (row.charge_category == "Purchase") purchase[row.commitment] += row.billed;
      else use[row.commitment] += row.effective, effective += row.effective;
    }
    CHECK(effective == ledger.totals.expense);
    for (const auto& [commitment, money] : use)
      if (commitment.rfind("old/2027", 0) == 0) CHECK(money.approximate() == Approx(purchase[commitment].approximate()).epsilon(1e-9));
    CHECK(use.count("old/2027-01") == 1);
  }
}

TEST_CASE("nodes that a pool gave up in several exchanges are of its orders first, each once", "[focus]") {
  SmallFleet fleet = exchangeable({3, 3});
  Pool another = fleet.scenario.pools[1];
  another.name = "other";
  fleet.scenario.pools.push_back(another);
  Plan plan = fleet.plan();
  plan.orders = {{"old", 0, 2, fleet.scenario.as_of, 0}};
  plan.conversions = {{0, 1, 0, 2, 2}, {0, 2, 0, 2, 2}};
  plan.pools[0].in_service = {1, 5};  // 3 held, 2 ordered, 4 of them given up in the first period
  plan.pools[1].in_service = plan.pools[2].in_service = {2, 0};
  std::map<std::string, double> hours;
  for (const tco::FocusRow& row : tco::focus_rows(fleet.scenario, fleet.demand, fleet.capacities, plan, fleet.ledger(plan)))
    if (row.period == 0 && row.charge_category == "Usage" && (row.resource == "new" || row.resource == "other")) hours[row.commitment] += row.pricing_quantity.value_or(0);
  CHECK(hours["old/2027-01"] == Approx(2 * 730));  // the orders pay for what the first exchange gained
  CHECK(hours["old/held"] == Approx(2 * 730));     // what was held pays for the second
}
