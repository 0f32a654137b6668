#include "test.hpp"

#include "pipeline/small_run.hpp"
#include "tonnage/pipeline/pipeline.hpp"

using namespace tonnage;
using namespace tonnage::pipeline;
using tonnage::testing::run_of;
using tonnage::testing::SmallFleet;

namespace {

/// 10 nodes already there and rented ones at 1 USD an hour; load of 8, then of 12, in two outcomes.
SmallFleet growing() {
  SmallFleet fleet(2, {730}, {0.5, 0.5});
  Region& here = fleet.region("here");
  here.pue = 1.5;
  Pool& there = fleet.pool("there", "here", OfferKind::owned);
  there.in_service_nodes = {10, 10};
  there.price_usd_once = 6000;
  fleet.pool("rented", "here", OfferKind::on_demand).price_usd_per_hour = 1;
  Workload& load = fleet.workload("load", {8, 12, 8, 14});
  load.shape.input_mean_tokens = 90;
  load.shape.output_mean_tokens = 10;
  fleet.demand.forecasts[0].mean_per_s = {8, 13};
  return fleet;
}

Check check_of(const std::string& figure, const std::string& quantile, const std::string& op, double value) {
  Check check;
  check.text = figure;
  check.figure = figure;
  check.quantile = quantile;
  check.op = op;
  check.value = value;
  return check;
}

}  // namespace

TEST_CASE("the headline is the ledger's total, with the spread of the outcomes", "[pipeline]") {
  const Run run = run_of(growing());
  const Headline h = headline(run);
  const double own = 2 * 10 * 100;
  REQUIRE(h.cost == run.ledger.totals.present_value);
  REQUIRE(h.cost.approximate() == Approx(own + 730 * 3));
  REQUIRE(h.cost_low.approximate() == Approx(own + 730 * 2));
  REQUIRE(h.cost_mid.approximate() == Approx(own + 730 * 2));
  REQUIRE(h.cost_high.approximate() == Approx(own + 730 * 4));
  REQUIRE(h.growth == Approx(13.0 / 8));
  REQUIRE_FALSE(h.has_backtest);
}

TEST_CASE("the fleet counts rented nodes at their peak, and its use by the hours", "[pipeline]") {
  const Headline h = headline(run_of(growing()));
  REQUIRE(h.nodes_first == Approx(10));
  REQUIRE(h.nodes_last == Approx(14));
  REQUIRE(h.mw_first == Approx(10 * 1000 * 1.5e-6));
  REQUIRE(h.mw_last == Approx(14 * 1000 * 1.5e-6));
  REQUIRE(h.used_mean == Approx((8 + 8 + 12 + 14) / (10.0 + 10 + 12 + 14)));
  REQUIRE(h.used_peak == Approx(1));
  // 1000 USD for 8 requests/s of 100 tokens in the first month.
  REQUIRE(h.usd_per_m_tokens_first == Approx(1000 / (8 * 3600.0 * 730 * 100 * 1e-6)));
  REQUIRE(h.usd_per_m_tokens_last == Approx((1000 + 730 * 3) / (13 * 3600.0 * 730 * 100 * 1e-6)));
}

TEST_CASE("errors of several forecasts weigh by the nodes their load needs", "[pipeline]") {
  SmallFleet fleet = growing();
  fleet.workload("other", {2}, "unit", 2);
  fleet.demand.forecasts[1].mean_per_s = {2, 2};  // one node
  for (std::size_t w = 0; w < 2; ++w) {
    fleet.demand.forecasts[w].backtest.origins = 3;
    fleet.demand.forecasts[w].backtest.error = w == 0 ? 0.1 : 0.55;
    fleet.demand.forecasts[w].backtest.naive_error = 0.2;
  }
  const Headline h = headline(run_of(fleet));
  REQUIRE(h.has_backtest);
  REQUIRE(h.forecast_error == Approx((8 * 0.1 + 1 * 0.55) / 9));
  REQUIRE(h.naive_error == Approx(0.2));
  REQUIRE(h.growth == Approx(14.0 / 9));
}

TEST_CASE("checks compare the figures that the reports show", "[pipeline]") {
  SmallFleet fleet = growing();
  fleet.scenario.checks = {check_of("cost", "", "<=", 2000 + 730 * 3 + 0.001), check_of("cost", "p90", "<", 2000 + 730 * 4), check_of("unmet.load", "", "==", 0), check_of("capex", "", ">", 0),
                           check_of("forecast.load.skill", "", ">=", 0.1)};
  const auto results = run_checks(run_of(fleet));
  REQUIRE(results.size() == 5);
  REQUIRE(results[0].passed);
  REQUIRE_FALSE(results[1].passed);
  REQUIRE(results[1].value == Approx(2000 + 730 * 4));
  REQUIRE(results[2].passed);
  REQUIRE_FALSE(results[3].passed);
  REQUIRE_FALSE(results[4].passed);
}

TEST_CASE("an increase is counted from the cost before, and not run without one", "[pipeline]") {
  SmallFleet fleet = growing();
  Check share = check_of("increase", "", "<=", 0.1);
  share.relative = true;
  fleet.scenario.checks = {share, check_of("increase", "", "<=", 100)};
  const Run run = run_of(fleet);
  const double cost = headline(run).cost.approximate();
  for (const CheckResult& result : run_checks(run)) {
    REQUIRE_FALSE(result.ran);
    REQUIRE_FALSE(result.passed);
  }
  const auto against = run_checks(run, Money::from_double(cost / 1.05));
  REQUIRE(against[0].ran);
  REQUIRE(against[0].value == Approx(0.05));
  REQUIRE(against[0].passed);
  REQUIRE(against[1].value == Approx(cost - cost / 1.05));
  REQUIRE_FALSE(against[1].passed);
}

TEST_CASE("checks on the fleet, and on who is paid", "[pipeline]") {
  SmallFleet fleet = growing();
  fleet.scenario.regions[0].provider = "acme";
  fleet.scenario.checks = {check_of("headroom", "", ">=", 0), check_of("nodes", "", "<=", 14), check_of("provider_share.acme", "", "<", 1), check_of("pool.there.cost", "", "<=", 2000.001),
                           check_of("accelerator_hour", "", ">", 0)};
  const Run run = run_of(fleet);
  const Headline head = headline(run);
  const auto results = run_checks(run);
  REQUIRE(results[0].value == Approx(1 - head.used_peak));
  REQUIRE(results[1].value == Approx(head.nodes_last));
  REQUIRE(results[2].value == Approx(1));
  REQUIRE_FALSE(results[2].passed);
  REQUIRE(results[3].value == Approx(2000));
  REQUIRE(results[4].value == Approx(run.ledger.totals.paid.approximate() / run.ledger.totals.accelerator_hours));
}

TEST_CASE("unmet load counts in checks and in the cost", "[pipeline]") {
  SmallFleet fleet = growing();
  fleet.scenario.pools[1].limit_nodes = 0;
  fleet.scenario.workloads[0].unmet_usd_per_unit = 0.001;
  fleet.scenario.checks = {check_of("unmet", "", "==", 0)};
  const Run run = run_of(fleet);
  const auto results = run_checks(run);
  REQUIRE_FALSE(results[0].passed);
  REQUIRE(results[0].value == Approx(3 * 3600 * 730));
  REQUIRE(headline(run).cost.approximate() == Approx(2000 + 3 * 3600 * 730 * 0.001));
  // A penalty is nobody's bill: the unit cost leaves it out.
  REQUIRE(headline(run).usd_per_m_tokens_last == Approx(1000 / (10 * 3600.0 * 730 * 100 * 1e-6)));
}

TEST_CASE("without a plan there is no headline but the demand's", "[pipeline]") {
  SmallFleet fleet = growing();
  fleet.scenario.pools.pop_back();
  const Run run = run_of(fleet);
  REQUIRE_FALSE(run.feasible());
  const Headline h = headline(run);
  REQUIRE(h.cost == Money());
  REQUIRE(h.growth == Approx(13.0 / 8));
}
