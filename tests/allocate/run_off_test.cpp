#include "test.hpp"

#include "small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::SmallFleet;

namespace {

/// One of load for a year, on a node leased for two years at 10 a month, or by the hour at `usd` a month.
SmallFleet year_on_a_two_year_lease(double usd) {
  SmallFleet fleet(12);
  fleet.region("here");
  Pool& lease = fleet.pool("lease", "here", OfferKind::lease);
  lease.price_usd_per_month = 10;
  lease.term_months = 24;
  fleet.pool("hour", "here", OfferKind::on_demand).price_usd_per_hour = usd / 730;
  fleet.workload("load", {1});
  fleet.scenario.finance.run_off = true;
  return fleet;
}

Money after_the_horizon(const SmallFleet& fleet, const Plan& plan) {
  Money out;
  for (const LineItem& line : fleet.ledger(plan).lines)
    if (line.category == "run-off") out += line.present_value;
  return out;
}

}  // namespace

TEST_CASE("what a lease owes after the horizon counts where the plan ends with it", "[allocate]") {
  SmallFleet fleet = year_on_a_two_year_lease(15);
  CHECK(fleet.plan().proof.objective_usd == Approx(12 * 15));
  fleet.scenario.pools[1].price_usd_per_hour = 25.0 / 730;
  const Plan plan = fleet.plan();
  CHECK(plan.proof.objective_usd == Approx(24 * 10));
  CHECK(after_the_horizon(fleet, plan).approximate() == Approx(12 * 10));
  CHECK(fleet.ledger(plan).totals.paid.approximate() == Approx(12 * 10));
  fleet.scenario.finance.run_off = false;
  CHECK(fleet.plan().proof.objective_usd == Approx(12 * 10));
}

TEST_CASE("what is owed after the horizon is discounted, and the ledger has all of it", "[allocate]") {
  for (const PaymentTiming timing : {PaymentTiming::start, PaymentTiming::mid, PaymentTiming::end}) {
    SmallFleet fleet = year_on_a_two_year_lease(1000);
    fleet.scenario.finance.discount_rate_per_year = 0.12;
    fleet.scenario.finance.timing = timing;
    const Plan plan = fleet.plan();
    const double month = std::pow(1.12, 1.0 / 12);
    double owed = 0;
    for (int k = 13; k <= 24; ++k) owed += 10 * std::pow(month, -k);
    CHECK(after_the_horizon(fleet, plan).approximate() == Approx(owed).epsilon(1e-6));
    CHECK(fleet.ledger(plan).totals.present_value.approximate() == Approx(plan.proof.objective_usd).epsilon(1e-6));
  }
}

TEST_CASE("a bought node goes on being recovered to the end of its life", "[allocate]") {
  SmallFleet fleet(12);
  fleet.region("here");
  Pool& bought = fleet.pool("bought", "here", OfferKind::purchase);
  bought.price_usd_once = 600;
  bought.life_months = 60;
  fleet.workload("load", {1});
  CHECK(fleet.plan().proof.objective_usd == Approx(120));
  fleet.scenario.finance.run_off = true;
  CHECK(fleet.plan().proof.objective_usd == Approx(600));
}
