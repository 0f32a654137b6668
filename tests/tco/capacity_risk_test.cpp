#include "tonnage/tco/capacity_risk.hpp"

#include <cmath>

#include "test.hpp"

using namespace tonnage;
using namespace tonnage::tco;

namespace {

/// One node type in one region for a year of one block: `held` nodes there, work that needs `used`, rented at 10 USD/h beyond.
struct Small {
  Scenario scenario;
  Demand demand;
  Capacities capacities;
  Plan plan;
  Ledger ledger;

  Small(double held, double used, double p10, double p90) {
    scenario.as_of = *parse_date("2027-01-01");
    scenario.periods = {{"2027", *parse_date("2027-01-01"), *parse_date("2028-01-01"), 1000}};
    scenario.finance.discount_rate_per_year = 0;
    scenario.regions = {Region{}};
    scenario.regions[0].name = "west";
    Accelerator chip;
    chip.name = "chip";
    scenario.accelerators = {chip};
    NodeSpec node;
    node.type.name = "node", node.type.accelerator = "chip", node.type.accelerators = 1;
    scenario.nodes = {node};
    Pool rent;
    rent.name = "now", rent.region = "west", rent.node = "node", rent.offer = OfferKind::on_demand, rent.price_usd_per_hour = 10;
    scenario.pools = {rent};
    demand.outcomes = {{"base", 1}};
    demand.blocks = {{"all", {1000}}};
    Deployment d;
    d.node = "node", d.load_per_s = 1, d.capacity_p10 = p10, d.capacity_p90 = p90, d.measured_class = "new chip";
    capacities.deployments = {d};
    plan.states = {State{}};
    plan.placements = {{0, 0, 0, 0, used, used}};
    plan.pools = {{"now", {0}, {held}, {0}, {0}}};
    ledger.totals.present_value = Money::from_double(100000);
  }

  std::vector<CapacityRisk> risks() const { return capacity_risks(scenario, demand, capacities, plan, ledger); }
};

double at(const CapacityRisk& risk, double p) { return risk.cost_ratios[static_cast<std::size_t>(p * static_cast<double>(risk.cost_ratios.size()))]; }

}  // namespace

TEST_CASE("capacity risk: what is lacking is rented, for the hours of the state", "[tco]") {
  const std::vector<CapacityRisk> risks = Small(10, 10, 0.8, 1.25).risks();
  REQUIRE(risks.size() == 1);
  CHECK(risks[0].capacity_p10 == Approx(0.8));
  // At the P90 of cost 1 / 0.8 times the nodes are needed: 2.5 more for 1,000 h at 10 USD.
  CHECK(at(risks[0], 0.9) == Approx(1 + 25000.0 / 100000).epsilon(0.01));
  CHECK(at(risks[0], 0.1) == Approx(1));  // held nodes are paid all the same
  CHECK(std::is_sorted(risks[0].cost_ratios.begin(), risks[0].cost_ratios.end()));
}

TEST_CASE("capacity risk: idle nodes cover what is lacking; what is rented is not paid when it is not needed", "[tco]") {
  const std::vector<CapacityRisk> idle = Small(20, 10, 0.8, 1.25).risks();
  REQUIRE(idle.size() == 1);
  CHECK(at(idle[0], 0.9) == Approx(1));
  const std::vector<CapacityRisk> rented = Small(0, 10, 0.8, 1.25).risks();
  REQUIRE(rented.size() == 1);
  CHECK(at(rented[0], 0.1) == Approx(1 - 0.2).epsilon(0.01));  // 8 of 10 nodes for 1,000 h
  CHECK(at(rented[0], 0.9) == Approx(1 + 0.25).epsilon(0.01));
}

TEST_CASE("capacity risk: once more can be there it costs what planned nodes cost", "[tco]") {
  Small small(10, 10, 0.8, 1.25);
  Pool held = small.scenario.pools[0];
  held.name = "reserved", held.offer = OfferKind::reserved, held.price_usd_per_hour = 4, held.lead_time_months = 0;
  small.scenario.pools.push_back(held);
  small.plan.pools = {{"now", {0}, {0}, {0}, {0}}, {"reserved", {0}, {10}, {0}, {0}}};
  const double soon = at(small.risks().at(0), 0.9);
  CHECK(soon > 1);
  CHECK(soon < 1 + 0.9 * 25000.0 / 100000);
  small.scenario.pools[1].lead_time_months = 24;
  CHECK(at(small.risks().at(0), 0.9) == Approx(1 + 25000.0 / 100000).epsilon(0.01));
}

TEST_CASE("capacity risk: given capacities have none", "[tco]") { CHECK(Small(10, 10, 1, 1).risks().empty()); }
