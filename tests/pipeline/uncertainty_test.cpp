#include "test.hpp"

#include <stdexcept>

#include "pipeline/small_run.hpp"
#include "tonnage/pipeline/uncertainty.hpp"

using namespace tonnage;
using namespace tonnage::pipeline;
using tonnage::testing::run_of;
using tonnage::testing::SmallFleet;
using Form = tonnage::scenario::UncertainNumber::Form;

namespace {

/// Owned nodes that draw power, and rented ones.
SmallFleet mixed() {
  SmallFleet fleet(2, {730}, {1});
  Region& here = fleet.region("here");
  here.pue = 1.5, here.electricity_usd_per_wh = 1e-4;
  Pool& there = fleet.pool("there", "here", OfferKind::owned);
  there.in_service_nodes = {10, 10};
  there.path = "pools.there", there.price_usd_once = 6000;
  Pool& rented = fleet.pool("rented", "here", OfferKind::on_demand);
  rented.path = "pools.rented", rented.price_usd_per_hour = 1;
  fleet.workload("load", {8, 12});
  fleet.demand.forecasts[0].mean_per_s = {8, 12};
  return fleet;
}

}  // namespace

TEST_CASE("uncertainty: a swing is the difference of two ledgers of the same plan", "[pipeline][uncertainty]") {
  SmallFleet fleet = mixed();
  Run run = run_of(fleet);
  REQUIRE(run.feasible());
  run.loaded.uncertainty.numbers = {{"pools.rented.price", Form::normal, 0, 1, 0, 0.1, 0}, {"regions.here.pue", Form::normal, 0, 1.5, 0, 0.05, 0}};
  const CostUncertainty cost = cost_uncertainty(run, {});
  REQUIRE(cost.inputs.size() == 2);
  REQUIRE(cost.left_out.empty());
  const double z = 1.2815515655446004;
  for (const tco::TornadoBar& bar : cost.tornado) {
    SmallFleet changed = fleet;
    const double change = bar.input == 0 ? 0.1 * z : 0.05 * z;
    if (bar.input == 0) changed.scenario.pools[1].price_usd_per_hour += change;
    else changed.scenario.regions[0].pue += change;
    const Ledger after = changed.ledger(run.plan);
    CHECK(bar.at_p90 == Approx(after.totals.present_value.approximate()).epsilon(1e-6));
    CHECK(bar.at_p90 > run.ledger.totals.present_value.approximate());
  }
  CHECK(cost.planned == run.ledger.totals.present_value);
  CHECK(cost.sampled.p50.value == Approx(cost.planned.approximate()).epsilon(0.01));
}

TEST_CASE("uncertainty: what the ledger cannot follow is left at its middle and told", "[pipeline][uncertainty]") {
  Run run = run_of(mixed());
  run.loaded.uncertainty.numbers = {{"nodes.unit.power", Form::range, 1, 2, 3, 0, 0}};
  const CostUncertainty cost = cost_uncertainty(run, {});
  CHECK(cost.inputs.empty());
  REQUIRE(cost.left_out.size() == 1);
  CHECK(cost.sampled.p10.value == Approx(cost.planned.approximate()).epsilon(1e-6));
  CHECK(cost.sampled.p90.value == Approx(cost.planned.approximate()).epsilon(1e-6));
}

TEST_CASE("uncertainty: correlations that contradict each other are told by name", "[pipeline][uncertainty]") {
  Run run = run_of(mixed());
  run.loaded.uncertainty.numbers = {{"pools.rented.price", Form::normal, 0, 1, 0, 0.1, 0},
                                    {"pools.there.price", Form::normal, 0, 6000, 0, 100, 0},
                                    {"regions.here.pue", Form::normal, 0, 1.5, 0, 0.05, 0}};
  run.loaded.uncertainty.correlations = {{0, 1, 0.95}, {0, 2, 0.95}, {1, 2, -0.95}};
  std::string told;
  try {
    cost_uncertainty(run, {});
  } catch (const std::invalid_argument& e) {
    told = e.what();
  }
  CHECK(told.find("regions.here.pue") != std::string::npos);
}
