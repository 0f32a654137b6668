#include "tonnage/tco/unit_costs.hpp"

#include "allocate/small_fleet.hpp"
#include "test.hpp"

using namespace tonnage;
using namespace tonnage::testing;

namespace {

/// Two workloads on eight leased nodes of one place, 4 and 2 of load by day and half of it by night, and a penalty.
SmallFleet shared() {
  SmallFleet fleet(2, {400, 330});
  fleet.region("here").electricity_usd_per_wh = 1e-4;
  fleet.pool("nodes", "here", OfferKind::lease).price_usd_per_month = 90;
  Workload& chat = fleet.workload("chat", {4, 2, 4, 2});
  chat.team = "assistants", chat.shape.input_mean_tokens = 900, chat.shape.output_mean_tokens = 100;
  fleet.workload("search", {2, 1, 2, 1}).team = "search";
  fleet.scenario.workloads[0].unmet_usd_per_unit = 1;
  return fleet;
}

Money sum_of(const std::vector<tco::Group>& groups) {
  Money out;
  for (const tco::Group& group : groups) out += group.totals.amount;
  return out;
}

}  // namespace

TEST_CASE("costs are shared out by the accelerator-hours that work occupies", "[tco]") {
  const SmallFleet fleet = shared();
  const Plan plan = fleet.plan();
  const Ledger ledger = fleet.ledger(plan);
  const auto units = tco::unit_costs(fleet.scenario, fleet.demand, fleet.capacities, plan, ledger);
  REQUIRE(units.size() == 2);
  CHECK(units[0].accelerator_hours == Approx(2 * (4 * 400 + 2 * 330)));
  CHECK(units[1].accelerator_hours == Approx(units[0].accelerator_hours / 2));
  CHECK(units[0].units == Approx(3600 * units[0].accelerator_hours));  // one of load a node
  CHECK(units[0].input_tokens == Approx(900 * units[0].units));
  CHECK(units[0].output_tokens == Approx(100 * units[0].units));
  CHECK(units[0].cost.approximate() == Approx(2 * units[1].cost.approximate()).epsilon(1e-6));
  CHECK(units[0].cost + units[1].cost == ledger.totals.paid);
  // Six nodes are held; by night half of them stand idle.
  const double idle = 2 * 3 * 330 / (2.0 * 6 * 730);
  Money lease;
  for (const LineItem& line : ledger.lines)
    if (line.category == "lease") lease += line.amount;
  CHECK((units[0].cost + units[1].cost - units[0].cost_at_full_use - units[1].cost_at_full_use).approximate() == Approx(idle * lease.approximate()).epsilon(1e-6));
}

TEST_CASE("input and output tokens are told apart where every deployment tells its prompts", "[tco]") {
  SmallFleet fleet = shared();
  const Plan plan = fleet.plan();
  const auto shares_of = [&] {
    std::vector<std::optional<double>> out;
    for (const tco::UnitCost& one : tco::unit_costs(fleet.scenario, fleet.demand, fleet.capacities, plan, fleet.ledger(plan))) out.push_back(one.prompt_share);
    return out;
  };
  CHECK(shares_of() == std::vector<std::optional<double>>{std::nullopt, std::nullopt});
  for (Deployment& deployment : fleet.capacities.deployments)
    if (deployment.workload == fleet.scenario.workloads[0].name) deployment.prompt_share = 0.25;
  const auto told = shares_of();
  REQUIRE(told[0].has_value());
  CHECK(*told[0] == Approx(0.25));
  CHECK(!told[1].has_value());
}

TEST_CASE("groups by workload and team add up to the ledger, to the micro-unit", "[tco]") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    SmallFleet fleet = random_fleet(seed);
    for (std::size_t w = 0; w < fleet.scenario.workloads.size(); ++w) fleet.scenario.workloads[w].team = w % 2 == 0 ? "even" : "";
    const Plan plan = fleet.plan(1e-4);
    if (plan.proof.status != "optimal") continue;
    const Ledger ledger = fleet.ledger(plan);
    const tco::LineShares line_shares = tco::shares_of_lines(fleet.scenario, fleet.demand, fleet.capacities, plan, ledger);
    for (const std::vector<std::string>& fields : {std::vector<std::string>{"workload"}, {"team"}, {"period", "workload"}, {"team", "category"}}) {
      const auto groups = tco::group_by(fleet.scenario, ledger, fields, line_shares);
      CHECK(sum_of(groups) == ledger.totals.amount);
      double kwh = 0;
      for (const tco::Group& group : groups) kwh += group.totals.energy_kwh;
      CHECK(kwh == Approx(ledger.totals.energy_kwh));
    }
    for (const auto& shares : line_shares) {
      double all = 0;
      for (const tco::WorkloadShare& one : shares) all += one.share;
      CHECK((shares.empty() || std::abs(all - 1) < 1e-9));
    }
  }
}
