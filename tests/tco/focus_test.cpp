#include "test.hpp"

#include <cmath>
#include <map>

#include "allocate/small_fleet.hpp"
#include "tonnage/tco/cash.hpp"
#include "tonnage/tco/focus.hpp"

using namespace tonnage;
using tonnage::testing::random_fleet;
using tonnage::testing::SmallFleet;

namespace {

std::vector<tco::FocusRow> rows_of(const SmallFleet& fleet, const Plan& plan, const Ledger& ledger) { return tco::focus_rows(fleet.scenario, fleet.demand, fleet.capacities, plan, ledger); }

/// One node of 1 USD an hour, needed for `months` of the year; the term is a year.
SmallFleet committed_year(double upfront_share, double busy_share) {
  SmallFleet fleet(12);
  fleet.region("cloud").site = Site::cloud;
  Pool& pool = fleet.pool("committed", "cloud", OfferKind::reserved);
  pool.price_usd_per_hour = 1;
  pool.term_months = 12;
  pool.upfront_share = upfront_share;
  fleet.workload("load", {busy_share});
  return fleet;
}

struct Sums {
  Money use, used, purchase;
};

std::map<std::string, Sums> by_commitment(const std::vector<tco::FocusRow>& rows) {
  std::map<std::string, Sums> out;
  for (const tco::FocusRow& row : rows) {
    if (row.commitment.empty()) continue;
    Sums& one = out[row.commitment];
    if (row.charge_category == "Purchase") one.purchase += row.billed;
    else one.use += row.effective;
    if (row.status == "Used") one.used += row.effective;
  }
  return out;
}

}  // namespace

TEST_CASE("the commitment of the FOCUS appendix: 8,760 USD of use, billed at once, monthly, or half and half", "[focus]") {
  for (const auto& [upfront, first] : {std::pair{0.0, 730.0}, {0.5, 4380 + 365.0}, {1.0, 8760.0}}) {
    const SmallFleet fleet = committed_year(upfront, 0.25);
    const Plan plan = fleet.plan();
    const Ledger ledger = fleet.ledger(plan);
    const auto rows = rows_of(fleet, plan, ledger);
    const auto sums = by_commitment(rows);
    REQUIRE(sums.size() == 1);
    const Sums& one = sums.begin()->second;
    REQUIRE(one.use == Money::from_double(8760));
    REQUIRE(one.purchase == Money::from_double(8760));
    REQUIRE(one.used == Money::from_double(0.25 * 8760));
    Money january;
    for (const auto& row : rows) january += row.period == 0 ? row.billed : Money();
    REQUIRE(january == Money::from_double(first));
  }
}

TEST_CASE("rows of use add up to the ledger, and purchases to use over each term", "[focus]") {
  int terms = 0, split = 0;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    SmallFleet fleet = random_fleet(seed);
    for (const auto& region : {fleet.scenario.regions.front().name, fleet.scenario.regions.back().name}) {
      Pool& pool = fleet.pool("term-" + region, region, OfferKind::reserved);
      pool.price_usd_per_hour = 0.3 + 0.002 * seed;
      pool.term_months = 1 + seed % 3;
      pool.upfront_share = 0.5 * (seed % 3);
      pool.limit_nodes = 3;
    }
    const Plan plan = fleet.plan(0.01);
    if (plan.proof.status == "infeasible") continue;
    const Ledger ledger = fleet.ledger(plan);
    const auto rows = rows_of(fleet, plan, ledger);
    Money cost, present, effective, expense;
    for (const auto& row : rows) {
      cost += row.cost;
      present += row.present_value;
      effective += row.effective;
      split += row.status == "Unused";
      REQUIRE((row.charge_category != "Purchase" || (row.effective == Money() && row.line < 0)));
    }
    for (const LineItem& line : ledger.lines) expense += line.cash ? line.expense : Money();
    REQUIRE(cost == ledger.totals.amount);
    REQUIRE(present == ledger.totals.present_value);
    REQUIRE(effective == expense);
    for (const auto& [id, sums] : by_commitment(rows)) {
      const auto order = std::find_if(plan.orders.begin(), plan.orders.end(), [&, name = id](const Order& one) { return one.pool + "/" + fleet.scenario.periods[static_cast<std::size_t>(one.period)].name == name; });
      REQUIRE(order != plan.orders.end());
      const Pool& pool = fleet.scenario.pools[static_cast<std::size_t>(pool_index(fleet.scenario, order->pool))];
      const Money missing = sums.purchase - sums.use;
      const double beyond = pool.term_months - (static_cast<double>(fleet.scenario.periods.size()) - order->period);
      // What is paid upfront for months after the horizon is billed and not yet used.
      REQUIRE(missing.approximate() == Approx(std::max(0.0, beyond) * pool.upfront_share * order->nodes * pool.price_usd_per_hour * 730).margin(1e-6));
      if (beyond <= 0) REQUIRE(missing == Money());
      ++terms;
    }
  }
  REQUIRE(terms > 20);
  REQUIRE(split > 10);
}

TEST_CASE("nodes are billed when they are bought, and used up over their life", "[focus]") {
  SmallFleet fleet(3);
  fleet.region("own");
  Pool& pool = fleet.pool("bought", "own", OfferKind::purchase);
  pool.price_usd_once = 60000;
  fleet.scenario.nodes[0].costs.network.share = 0.1;
  fleet.workload("load", {1});
  const Plan plan = fleet.plan();
  const Ledger ledger = fleet.ledger(plan);
  Money billed, effective;
  for (const auto& row : rows_of(fleet, plan, ledger)) {
    billed += row.billed;
    effective += row.effective;
  }
  REQUIRE(billed == Money::from_double(66000));
  REQUIRE(billed == ledger.capex);
  REQUIRE(effective == Money::from_double(66000.0 / 60 * 3));
}

TEST_CASE("the list price of a commitment is that of renting without one", "[focus]") {
  SmallFleet fleet = committed_year(0, 1);
  Pool& now = fleet.pool("now", "cloud", OfferKind::on_demand);
  now.price_usd_per_hour = 2.5;
  const Plan plan = fleet.plan();
  const Ledger ledger = fleet.ledger(plan);
  Money list, effective;
  for (const auto& row : rows_of(fleet, plan, ledger)) {
    if (row.charge_category != "Usage") continue;
    list += row.list;
    effective += row.effective;
  }
  REQUIRE(effective == Money::from_double(8760));
  REQUIRE(list == Money::from_double(2.5 * 8760));
}

TEST_CASE("cash of a quarter is what is billed in it; the tax shield is depreciation times the rate, and no cost", "[focus]") {
  SmallFleet fleet(4);
  fleet.region("own");
  Pool& pool = fleet.pool("bought", "own", OfferKind::purchase);
  pool.price_usd_once = 60000;
  fleet.workload("load", {1});
  fleet.scenario.finance.discount_rate_per_year = 0.1;
  const Plan plan = fleet.plan();
  const Ledger before = fleet.ledger_with_cash(plan);
  REQUIRE(before.cash.size() == 2);
  REQUIRE(before.cash[0].quarter == "2027-Q1");
  REQUIRE(before.cash[0].paid == Money::from_double(60000));
  REQUIRE(before.cash[0].purchases == before.cash[0].paid);
  REQUIRE(before.cash[1].paid == Money());
  REQUIRE(before.cash[0].depreciation == Money::from_double(3000));
  REQUIRE(before.cash[1].depreciation == Money::from_double(1000));
  REQUIRE(before.cash[0].tax_shield == Money());
  fleet.scenario.finance.tax_rate = 0.25;
  const Ledger after = fleet.ledger_with_cash(plan);
  REQUIRE(after.totals.present_value == before.totals.present_value);
  REQUIRE(after.cash[0].tax_shield == Money::from_double(750));
  // 250 a month at the start of January to March: 250 (1 + v + v^2), v = 1.1^(-1/12).
  const double v = std::pow(1.1, -1.0 / 12);
  REQUIRE(after.cash[0].tax_shield_present_value.approximate() == Approx(250 * (1 + v + v * v)).margin(1e-5));
  REQUIRE(after.cash[1].tax_shield_present_value.approximate() == Approx(250 * v * v * v).margin(1e-5));
}

TEST_CASE("worth, rate of return and payback of one plan in place of another, as worked by hand", "[focus]") {
  const auto usd = [](double amount) { return Money::from_double(amount); };
  // 1,000 more at once, 600 less after one year and after two: -1000 + 600 / 1.1 + 600 / 1.21; 1,000 x^2 = 600 x + 600 at x = 1.130662.
  const std::vector<std::pair<std::string, Money>> before = {{"2027-Q1", usd(500)}, {"2028-Q1", usd(700)}, {"2029-Q1", usd(700)}}, after = {{"2027-Q1", usd(1500)}, {"2028-Q1", usd(100)}, {"2029-Q1", usd(100)}};
  const tco::Investment found = tco::compare_cash(before, after, 0.1);
  REQUIRE(found.saved.size() == 9);
  REQUIRE(found.npv_usd == Approx(-1000 + 600 / 1.1 + 600 / 1.21));
  REQUIRE(found.irr_per_year.value() == Approx(0.1306623863).epsilon(1e-8));
  REQUIRE(found.payback.value() == "2029-Q1");
  const tco::Investment back = tco::compare_cash(after, before, 0.1);
  REQUIRE(back.npv_usd == Approx(-found.npv_usd));
  REQUIRE(back.irr_per_year.value() == Approx(0.1306623863).epsilon(1e-8));
  const tco::Investment never = tco::compare_cash({{"2027-Q1", usd(1)}}, {{"2027-Q1", usd(2)}}, 0.1);
  REQUIRE(!never.irr_per_year);
  REQUIRE(!never.payback);
}
