#include "test.hpp"

#include <cmath>
#include <map>

#include "allocate/small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::random_fleet;
using tonnage::testing::SmallFleet;

namespace {

Finance finance(double rate, Compounding compounding = Compounding::effective) {
  Finance out;
  out.discount_rate_per_year = rate;
  out.compounding = compounding;
  return out;
}

Money sum_of(const std::vector<LineItem>& lines, bool present) {
  Money out;
  for (const LineItem& line : lines) out += present ? line.present_value : line.amount;
  return out;
}

/// A bought node and an own one, a rented one, with energy, egress, colocation and unmet load.
SmallFleet all_categories() {
  SmallFleet fleet(2, {500, 230}, {0.6, 0.4});
  fleet.scenario.finance.discount_rate_per_year = 0.09;
  fleet.scenario.nodes[0].type.idle_power_w = 300;
  Region& own = fleet.region("own");
  own.electricity_usd_per_wh = 1e-4;
  own.pue = 1.2;
  own.carbon_g_per_wh = 0.4;
  own.egress_usd_per_request = 1e-6;
  Region& colo = fleet.region("colo");
  colo.site = Site::colocation;
  colo.provider = "landlord";
  colo.colocation_usd_per_w_month = 0.165;
  colo.electricity_usd_per_wh = 6e-5;
  Pool& there = fleet.pool("there", "own", OfferKind::owned);
  there.price_usd_once = 20000;
  there.in_service_nodes = {3, 2};
  Pool& bought = fleet.pool("bought", "colo", OfferKind::purchase);
  bought.price_usd_once = 30000;
  bought.limit_nodes = 2;
  Pool& rented = fleet.pool("rented", "own", OfferKind::on_demand);
  rented.price_usd_per_hour = 3;
  rented.limit_nodes = 2;
  fleet.workload("load", {5, 3, 9, 6, 6, 4, 12, 7}).unmet_usd_per_unit = 0.01;
  fleet.scenario.workloads[0].shape.input_mean_tokens = 100;
  fleet.scenario.workloads[0].shape.output_mean_tokens = 50;
  fleet.scenario.policies.headroom = 0.1;
  fleet.scenario.policies.availability = 0.97;
  return fleet;
}

}  // namespace

TEST_CASE("capital recovery, as worked by hand", "[tco]") {
  // 100,000 at 10 % a year effective over 5 years, monthly: i = 1.1^(1/12) - 1 = 0.797414 %, 1.1^-5 = 0.620921.
  REQUIRE(monthly_rate(finance(0.1)) == Approx(0.00797414043).epsilon(1e-8));
  REQUIRE(capital_recovery_per_month(finance(0.1), 100000, 60) == Approx(100000 * 0.00797414043 / (1 - 0.6209213231)).epsilon(1e-8));
  // A loan of 100,000 at 10 % a year, compounded monthly, over 60 months: 2,124.70.
  REQUIRE(capital_recovery_per_month(finance(0.1, Compounding::nominal_monthly), 100000, 60) == Approx(2124.70).margin(0.005));
  REQUIRE(capital_recovery_per_month(finance(0), 60000, 60) == 1000);
  // The payments, discounted to the start, are the price.
  const double monthly = capital_recovery_per_month(finance(0.1), 100000, 60);
  double value = 0;
  for (int m = 1; m <= 60; ++m) value += monthly * std::pow(1.1, -m / 12.0);
  REQUIRE(value == Approx(100000));
}

TEST_CASE("discount factors at the start, the middle and the end of a period", "[tco]") {
  SmallFleet fleet(3);
  Scenario& s = fleet.scenario;
  s.period_kind = PeriodKind::quarter;
  s.finance = finance(0.09);
  REQUIRE(discount_factor(s, 0) == 1);
  REQUIRE(discount_factor(s, 2) == Approx(std::pow(1.09, -0.5)));
  s.finance.timing = PaymentTiming::mid;
  REQUIRE(discount_factor(s, 0) == Approx(std::pow(1.09, -0.125)));
  s.finance.timing = PaymentTiming::end;
  REQUIRE(discount_factor(s, 1) == Approx(std::pow(1.09, -0.5)));
  s.finance.compounding = Compounding::nominal_monthly;
  REQUIRE(discount_factor(s, 1) == Approx(std::pow(1.0075, -6)));
}

TEST_CASE("lines, totals and groups are one sum", "[tco]") {
  std::vector<SmallFleet> fleets = {all_categories()};
  for (unsigned seed = 1; seed <= 6; ++seed) fleets.push_back(random_fleet(seed));
  for (const SmallFleet& fleet : fleets) {
    const Plan plan = fleet.plan(1e-4);
    REQUIRE(plan.proof.status == "optimal");
    const Ledger ledger = fleet.ledger(plan);
    REQUIRE_FALSE(ledger.lines.empty());
    REQUIRE(sum_of(ledger.lines, false) == ledger.totals.amount);
    REQUIRE(sum_of(ledger.lines, true) == ledger.totals.present_value);
    REQUIRE(ledger.totals.present_value.approximate() == Approx(plan.proof.objective_usd).epsilon(1e-9));
    REQUIRE(ledger.sunk.present_value.approximate() == Approx(plan.proof.sunk_usd).epsilon(1e-9));
    for (const LineItem& line : ledger.lines) {
      REQUIRE(line.amount == Money::from_double(evaluate(line)));
      REQUIRE(line.discount == discount_factor(fleet.scenario, line.period));
      REQUIRE(line.amount >= Money());
    }
    const std::vector<std::vector<std::string>> groupings = {{"period"}, {"quarter"}, {"year"}, {"pool"}, {"region"}, {"provider"}, {"workload"}, {"category"}, {"region", "pool", "year"}, {"workload", "category", "period"}};
    for (const auto& fields : groupings) {
      Money amount, present;
      for (const tco::Group& group : tco::group_by(fleet.scenario, ledger, fields)) {
        REQUIRE(group.keys.size() == fields.size());
        amount += group.totals.amount;
        present += group.totals.present_value;
      }
      REQUIRE(amount == ledger.totals.amount);
      REQUIRE(present == ledger.totals.present_value);
    }
  }
}

TEST_CASE("the parts of the capacity cost sum to it, to the millionth", "[tco]") {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    const SmallFleet fleet = random_fleet(seed);
    const Ledger ledger = fleet.ledger(fleet.plan(1e-4));
    Money capacity;
    for (const LineItem& line : ledger.lines)
      if (!line.pool.empty() && line.category != "failover") capacity += line.present_value;
    const IdleCost& idle = ledger.idle;
    REQUIRE(idle.useful + idle.headroom + idle.repair + idle.reserve + idle.whole_nodes + idle.troughs == capacity);
    for (const Money part : {idle.useful, idle.headroom, idle.repair, idle.reserve, idle.whole_nodes, idle.troughs}) REQUIRE(part >= Money::from_micros(-100));
  }
}

TEST_CASE("each cost has its lines", "[tco]") {
  const SmallFleet fleet = all_categories();
  const Plan plan = fleet.plan();
  const Ledger ledger = fleet.ledger(plan);
  std::map<std::string, double> by_category;
  for (const LineItem& line : ledger.lines) by_category[line.category] += line.amount.approximate();
  for (const char* category : {"capital", "on-demand", "colocation", "energy", "egress", "unmet"}) {
    CAPTURE(category);
    REQUIRE(by_category[category] > 0);
  }
  // Two nodes of 1 kW in the colocation at 165 USD/kW/month, both months.
  REQUIRE(by_category["colocation"] == Approx(2 * 165 * 2));
  REQUIRE(ledger.capex == Money::from_double(60000));
  REQUIRE(by_category["capital"] == Approx((3 + 2) * capital_recovery_per_month(fleet.scenario.finance, 20000, 60) + 2 * 2 * capital_recovery_per_month(fleet.scenario.finance, 30000, 60)));
  double requests = 0;
  for (const Flow& flow : plan.flows) {
    const State& state = plan.states[static_cast<std::size_t>(flow.state)];
    const double hours = fleet.demand.blocks[static_cast<std::size_t>(state.block)].hours[static_cast<std::size_t>(state.period)];
    if (flow.region >= 0) requests += flow.load_per_s * 3600 * hours * fleet.demand.outcomes[static_cast<std::size_t>(state.outcome)].probability;
  }
  REQUIRE(ledger.requests == Approx(requests));
  REQUIRE(ledger.tokens == Approx(150 * requests));
  for (const LineItem& line : ledger.lines) {
    REQUIRE(line.cash == (line.category != "unmet"));
    if (line.region == "colo") REQUIRE(line.provider == "landlord");
    if (line.category == "energy" && line.region == "own") REQUIRE(line.carbon_kg == Approx(line.energy_kwh * 0.4));
  }
}

TEST_CASE("sunk cost is that of the nodes already there, whatever is decided", "[tco]") {
  SmallFleet fleet = all_categories();
  const Money before = fleet.ledger(fleet.plan()).sunk.present_value;
  fleet.scale_demand(0.2);
  REQUIRE(fleet.ledger(fleet.plan()).sunk.present_value == before);
  fleet.scenario.pools[2].price_usd_per_hour = 9;
  REQUIRE(fleet.ledger(fleet.plan()).sunk.present_value == before);
}

TEST_CASE("outcomes weigh to the whole", "[tco]") {
  const SmallFleet fleet = all_categories();
  const Plan plan = fleet.plan();
  REQUIRE(plan.outcome_cost_usd.size() == 2);
  REQUIRE(0.6 * plan.outcome_cost_usd[0] + 0.4 * plan.outcome_cost_usd[1] == Approx(plan.proof.objective_usd));
  REQUIRE(plan.outcome_cost_usd[1] > plan.outcome_cost_usd[0]);
}

TEST_CASE("energy: idle power of every node, and what work adds, times PUE and price", "[tco]") {
  SmallFleet fleet(1);
  fleet.scenario.nodes[0].type.idle_power_w = 250;
  Region& here = fleet.region("here");
  here.electricity_usd_per_wh = 8e-5;
  here.pue = 1.25;
  Pool& there = fleet.pool("there", "here", OfferKind::owned);
  there.in_service_nodes = {4};
  fleet.workload("load", {3}, "unit", 2, 900);
  const Ledger ledger = fleet.ledger(fleet.plan());
  // Four nodes idle at 250 W; 1.5 replicas add 900 - 250 W each.
  REQUIRE(ledger.totals.energy_kwh == Approx((4 * 0.25 + 1.5 * 0.65) * 730 * 1.25));
  REQUIRE(ledger.totals.amount.approximate() == Approx((4 * 0.25 + 1.5 * 0.65) * 730 * 1.25 * 0.08));
}

TEST_CASE("the demand charge is for the full power of the nodes held, in plan and ledger alike", "[tco]") {
  SmallFleet fleet(2);
  Region& own = fleet.region("own");
  own.pue = 1.25;
  own.demand_charge_usd_per_w_month = 0.012;
  Pool& pool = fleet.pool("bought", "own", OfferKind::purchase);
  pool.price_usd_once = 6000;
  fleet.workload("load", {2.4});
  const Plan plan = fleet.plan();
  const Ledger ledger = fleet.ledger(plan);
  Money charge;
  for (const LineItem& line : ledger.lines)
    if (line.category == "demand charge") charge += line.amount;
  REQUIRE(charge == Money::from_double(3 * 1 * 1.25 * 12 * 2));  // 3 nodes of 1 kW, 12 USD/kW/month, 2 months
  REQUIRE(ledger.totals.present_value.approximate() == Approx(plan.proof.objective_usd));
}

TEST_CASE("a rent by the month is spread over the hours that the period has", "[tco]") {
  SmallFleet fleet(2);
  fleet.scenario.finance.hours_per_month = 0;
  fleet.demand.blocks[0].hours = {744, 672};  // January, February
  fleet.region("there");
  fleet.pool("rented", "there", OfferKind::on_demand).price_usd_per_month = 730;
  fleet.workload("load", {2});
  const Plan plan = fleet.plan();
  const Ledger ledger = fleet.ledger(plan);
  REQUIRE(ledger.lines.size() == 2);
  for (const LineItem& line : ledger.lines) REQUIRE(line.amount == Money::from_double(2 * 730));
  REQUIRE(ledger.totals.present_value.approximate() == Approx(plan.proof.objective_usd));
}

namespace {

/// 20 nodes there and 30 bought later, each failing 0.6 times a year and a month in repair: means of 1 and 2.5.
SmallFleet with_spares(double level) {
  SmallFleet fleet(2);
  fleet.scenario.finance.discount_rate_per_year = 0.1;
  fleet.region("own");
  Pool& pool = fleet.pool("mixed", "own", OfferKind::purchase);
  pool.price_usd_once = 60000;
  pool.residual_share = 0.1;
  pool.in_service_nodes = {20, 20};
  fleet.scenario.nodes[0].costs.failures_per_year = 0.6;
  fleet.scenario.nodes[0].costs.repair_years = 1.0 / 12;
  fleet.scenario.nodes[0].costs.embodied_kg = 120;
  fleet.scenario.policies.spares_level = level;
  fleet.workload("load", {20, 50});
  return fleet;
}

}  // namespace

TEST_CASE("spares: the Poisson quantile of the nodes in repair, bought and recovered as nodes are", "[tco]") {
  const SmallFleet fleet = with_spares(0.9);
  const Plan plan = fleet.plan();
  REQUIRE(plan.pools[0].in_service == std::vector<double>{20, 50});
  const Ledger ledger = fleet.ledger_with_cash(plan);
  // Mean 1: P(X <= 2) = 0.9197 is the first above 90 %. Mean 2.5: P(X <= 4) = 0.8912, P(X <= 5) = 0.9580.
  std::vector<std::tuple<int, bool, double>> stock;
  Money spares;
  const double month = recovery_per_month(fleet.scenario.finance, 60, 0.1) * 60000;
  for (const LineItem& line : ledger.lines) {
    if (line.category != "spares") continue;
    stock.emplace_back(line.period, line.sunk, line.quantity);
    spares += line.present_value;
    REQUIRE(line.amount.approximate() == Approx(line.quantity * month));
    REQUIRE(line.expense.approximate() == Approx(line.quantity * 0.9 * 60000 / 60));
    REQUIRE(line.embodied_kg == Approx(line.quantity * 2));
  }
  REQUIRE(stock == std::vector<std::tuple<int, bool, double>>{{0, true, 2}, {1, true, 2}, {1, false, 3}});
  REQUIRE(ledger.totals.present_value.approximate() == Approx(plan.proof.objective_usd + spares.approximate()));
  REQUIRE(ledger.outcome_present_value[0] == ledger.totals.present_value);
  REQUIRE(ledger.capex == Money::from_double((30 + 3) * 60000));
  REQUIRE(ledger.cash[0].purchases == ledger.capex);
  REQUIRE(ledger.idle.repair == spares);
}

TEST_CASE("no spares without a level, failures, a time to repair or a price", "[tco]") {
  const auto stock = [](const SmallFleet& fleet) {
    double sum = 0;
    for (const LineItem& line : fleet.ledger(fleet.plan()).lines) sum += line.category == "spares" ? line.quantity : 0;
    return sum;
  };
  REQUIRE(stock(with_spares(0.9)) == 7);
  REQUIRE(stock(with_spares(0.99)) > 7);
  SmallFleet none = with_spares(0.9);
  none.scenario.policies.spares_level.reset();
  REQUIRE(stock(none) == 0);
  SmallFleet sound = with_spares(0.9);
  sound.scenario.nodes[0].costs.failures_per_year = 0;
  REQUIRE(stock(sound) == 0);
}

TEST_CASE("straight line spreads a price without interest in both views", "[tco]") {
  SmallFleet fleet(2);
  fleet.scenario.finance.discount_rate_per_year = 0.08;
  fleet.region("own");
  Pool& pool = fleet.pool("bought", "own", OfferKind::purchase);
  pool.price_usd_once = 60'000;
  pool.life_months = 60;
  pool.residual_share = 0.1;
  pool.straight_line = true;
  fleet.workload("load", {1});
  const Ledger ledger = fleet.ledger(fleet.plan());
  int seen = 0;
  for (const LineItem& line : ledger.lines) {
    if (line.category != "capital") continue;
    ++seen;
    CHECK(line.amount == Money::from_double(900));
    CHECK(line.expense == line.amount);
  }
  CHECK(seen == 2);
}
