#include "test.hpp"

#include "allocate/small_fleet.hpp"
#include "tonnage/tco/sensitivity.hpp"

using namespace tonnage;
using tonnage::testing::SmallFleet;

namespace {

/// Bought, leased with half upfront and rented nodes, a building, maintenance: each kind of factor.
SmallFleet of_each_kind(double rate) {
  SmallFleet fleet(3);
  fleet.scenario.finance.discount_rate_per_year = rate;
  fleet.scenario.nodes[0].costs.network.share = 0.19;
  fleet.scenario.nodes[0].costs.maintenance_per_year = 0.05;
  Region& own = fleet.region("own");
  own.electricity_usd_per_wh = 1e-4;
  own.pue = 1.3;
  own.facility.usd_per_w = 10;
  Pool& bought = fleet.pool("bought", "own", OfferKind::owned);
  bought.price_usd_once = 30000;
  bought.residual_share = 0.1;
  bought.in_service_nodes = {2, 2, 2};
  Pool& leased = fleet.pool("leased", "own", OfferKind::lease);
  leased.price_usd_per_hour = 2;
  leased.term_months = 36;
  leased.limit_nodes = 1;
  leased.upfront_share = 0.5;
  leased.in_service_nodes = {1, 1, 1};
  fleet.pool("rented", "own", OfferKind::on_demand).price_usd_per_hour = 3;
  fleet.workload("load", {4, 5, 6});
  return fleet;
}

std::vector<std::vector<Factor>> factors_of(const Ledger& ledger) {
  std::vector<std::vector<Factor>> out;
  for (const LineItem& line : ledger.lines) out.push_back(line.factors);
  return out;
}

Money change_of(const std::vector<tco::InputEffect>& effects, const std::string& path) {
  for (const tco::InputEffect& one : effects)
    if (one.path == path) return one.change;
  FAIL("no effect of " << path);
  return {};
}

}  // namespace

TEST_CASE("each effect is what the ledger says with that input changed, to the millionth", "[tco]") {
  const SmallFleet fleet = of_each_kind(0.09);
  const Plan plan = fleet.plan();
  const Ledger ledger = fleet.ledger(plan);
  const auto effects = tco::input_effects(factors_of(ledger), fleet.scenario.finance, 0.1);
  const auto changed = [&](const auto& change) {
    SmallFleet other = fleet;
    change(other.scenario);
    return other.ledger(plan).totals.amount - ledger.totals.amount;
  };
  const Money within = Money::from_micros(40);
  const auto near = [&](Money a, Money b) { return a - b <= within && b - a <= within; };
  CHECK(near(change_of(effects, "finance.discount_rate"), changed([](Scenario& s) { s.finance.discount_rate_per_year = 0.099; })));
  CHECK(near(change_of(effects, "pools.bought.price"), changed([](Scenario& s) { s.pools[0].price_usd_once *= 1.1; })));
  CHECK(near(change_of(effects, "pools.leased.price"), changed([](Scenario& s) { s.pools[1].price_usd_per_hour *= 1.1; })));
  CHECK(near(change_of(effects, "pools.rented.price"), changed([](Scenario& s) { s.pools[2].price_usd_per_hour *= 1.1; })));
  CHECK(near(change_of(effects, "regions.own.pue"), changed([](Scenario& s) { s.regions[0].pue *= 1.1; })));
  CHECK(near(change_of(effects, "nodes.unit.network"), changed([](Scenario& s) { s.nodes[0].costs.network.share *= 1.1; })));
  CHECK(change_of(effects, "finance.discount_rate") > Money());
}

TEST_CASE("the largest effect comes first, in either direction, and computed factors are no inputs", "[tco]") {
  const SmallFleet fleet = of_each_kind(0.09);
  const Ledger ledger = fleet.ledger(fleet.plan());
  const auto effects = tco::input_effects(factors_of(ledger), fleet.scenario.finance, -0.1);
  REQUIRE(effects.size() >= 7);
  for (std::size_t i = 1; i < effects.size(); ++i) CHECK(effects[i - 1].change <= effects[i].change);
  for (const tco::InputEffect& one : effects) {
    CHECK(one.path.find("power") == std::string::npos);
    CHECK(one.change < Money());
  }
}

TEST_CASE("without interest the rate has no effect of a share of it", "[tco]") {
  const SmallFleet fleet = of_each_kind(0);
  const auto effects = tco::input_effects(factors_of(fleet.ledger(fleet.plan())), fleet.scenario.finance, 0.1);
  for (const tco::InputEffect& one : effects) CHECK(one.path != "finance.discount_rate");
}
