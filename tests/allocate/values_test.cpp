#include "test.hpp"

#include <algorithm>
#include <cmath>

#include "small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::random_fleet;
using tonnage::testing::SmallFleet;

namespace {

Plan plan_with_reasons(const SmallFleet& fleet) {
  const auto solver = optimize::highs_solver();
  allocate::AllocateOptions options;
  options.relative_gap = 0;
  options.reasons = allocate::ReasonsWanted::all;
  return allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *solver).plan;
}

/// A node at 1 a period for the whole horizon or at 1.5 by the hour; 5 or 15 of load, as likely.
SmallFleet five_or_fifteen(int periods) {
  SmallFleet fleet(periods, {730}, {0.5, 0.5});
  fleet.region("here");
  fleet.pool("held", "here", OfferKind::lease).price_usd_per_month = 1;
  fleet.pool("rented", "here", OfferKind::on_demand).price_usd_per_hour = 1.5 / 730;
  std::vector<double> load(static_cast<std::size_t>(periods), 5);
  load.insert(load.end(), static_cast<std::size_t>(periods), 15);
  fleet.workload("load", load);
  return fleet;
}

/// All policies that a random fleet can keep.
SmallFleet strict_fleet(unsigned seed) {
  SmallFleet fleet = random_fleet(seed);
  fleet.scenario.policies.min_replicas = 2;
  fleet.scenario.policies.churn_per_month = 0.5;
  fleet.scenario.policies.max_min = true;
  for (Workload& workload : fleet.scenario.workloads) workload.move_cost_usd = 40;
  return fleet;
}

double shared_out_usd(const Plan& plan) { return plan.proof.objective_usd - plan.proof.fairness_usd; }

/// The same fleet with other names, and everything in the opposite order.
SmallFleet renamed(SmallFleet fleet) {
  const auto other = [](std::string& name) { name = "x-" + name; };
  for (Region& region : fleet.scenario.regions) other(region.name);
  for (Pool& pool : fleet.scenario.pools) {
    other(pool.name);
    other(pool.region);
  }
  for (Workload& workload : fleet.scenario.workloads) other(workload.name);
  for (DemandSeries& series : fleet.demand.series) other(series.workload);
  for (WorkloadForecast& forecast : fleet.demand.forecasts) other(forecast.workload);
  for (Deployment& deployment : fleet.capacities.deployments) other(deployment.workload);
  for (std::string& region : fleet.scenario.policies.survive->regions) other(region);
  std::reverse(fleet.scenario.regions.begin(), fleet.scenario.regions.end());
  std::reverse(fleet.scenario.pools.begin(), fleet.scenario.pools.end());
  std::reverse(fleet.scenario.workloads.begin(), fleet.scenario.workloads.end());
  std::reverse(fleet.scenario.nodes.begin(), fleet.scenario.nodes.end());
  std::reverse(fleet.demand.series.begin(), fleet.demand.series.end());
  std::reverse(fleet.capacities.deployments.begin(), fleet.capacities.deployments.end());
  return fleet;
}

}  // namespace

TEST_CASE("what it is worth to know the outcome, and to know it later", "[allocate]") {
  const Plan one = plan_with_reasons(five_or_fifteen(1));  // 5 held, 10 rented in one of two: 12.5, against (5 + 15) / 2
  REQUIRE(one.proof.objective_usd == Approx(12.5));
  REQUIRE(one.reasons);
  REQUIRE(one.reasons->perfect_information_usd == Approx(2.5));
  REQUIRE(one.reasons->deciding_later_usd == Approx(0).margin(1e-9));
  REQUIRE(one.reasons->regrets.size() == 2);
  REQUIRE(one.reasons->regrets[0].usd == Approx(0).margin(1e-9));
  REQUIRE(one.reasons->regrets[1].usd == Approx(5));
  const Plan two = plan_with_reasons(five_or_fifteen(2));  // known when the second begins, ten more are held then
  REQUIRE(two.reasons->perfect_information_usd == Approx(5));
  REQUIRE(two.reasons->deciding_later_usd == Approx(2.5));
}

TEST_CASE("one per cent more load costs what it takes, and an unused offer is used below its entry price", "[allocate]") {
  SmallFleet fleet(2);
  fleet.region("here");
  fleet.pool("held", "here", OfferKind::lease).price_usd_per_month = 1;
  fleet.pool("dear", "here", OfferKind::reserved).price_usd_per_month = 4;
  fleet.workload("load", {10}).shape.input_mean_tokens = 1000;
  const Plan plan = plan_with_reasons(fleet);
  const Reasons& reasons = *plan.reasons;
  REQUIRE(reasons.marginal_costs.size() == 1);
  REQUIRE(reasons.marginal_costs[0].usd == Approx(0.2));
  REQUIRE(reasons.marginal_costs[0].usd_per_unit == Approx(20 / (2 * 10 * 3600 * 730.0)));
  REQUIRE(*reasons.marginal_costs[0].usd_per_m_tokens == Approx(20 / (2 * 10 * 3600 * 730.0) * 1000));
  REQUIRE(reasons.entry_prices.size() == 1);
  REQUIRE(reasons.entry_prices[0].enters_below == Approx(1).epsilon(2e-3));
  REQUIRE(reasons.lead_times.empty());
}

TEST_CASE("regrets add up to the value of knowing, and waiting is worth no more", "[allocate]") {
  for (unsigned seed = 61; seed <= 63; ++seed) {
    CAPTURE(seed);
    const SmallFleet fleet = random_fleet(seed);
    const Reasons reasons = *plan_with_reasons(fleet).reasons;
    double expected = 0;
    for (const Regret& regret : reasons.regrets) expected += fleet.demand.outcomes.at(static_cast<std::size_t>(regret.outcome)).probability * regret.usd;
    REQUIRE(expected == Approx(reasons.perfect_information_usd).margin(1e-4));
    REQUIRE(reasons.deciding_later_usd >= -1e-4);
    REQUIRE(reasons.deciding_later_usd <= reasons.perfect_information_usd + 1e-4);
    for (const MarginalCost& one : reasons.marginal_costs) REQUIRE(one.usd >= -1e-4);
  }
}

TEST_CASE("with every policy on, more demand never costs less and wider limits never cost more", "[allocate]") {
  for (unsigned seed = 81; seed <= 86; ++seed) {
    CAPTURE(seed);
    const SmallFleet fleet = strict_fleet(seed);
    const Plan plan = fleet.plan(1e-5);
    REQUIRE(plan.proof.status == "optimal");
    const double most = shared_out_usd(plan) * (1 + 1e-9);
    SmallFleet twice = fleet;
    twice.scale_demand(2);
    const Plan more = twice.plan(1e-5);
    REQUIRE(shared_out_usd(more) >= plan.proof.bound_usd * (1 - 1e-9));
    SmallFleet offer = fleet;
    offer.pool("one more", "west", OfferKind::reserved).price_usd_per_month = 300;
    REQUIRE(offer.plan(1e-5).proof.bound_usd <= most);
    SmallFleet wider = fleet;
    for (Region& region : wider.scenario.regions)
      for (double& watts : region.power_w) watts *= 1.3;
    REQUIRE(wider.plan(1e-5).proof.bound_usd <= most);
    SmallFleet looser = fleet;
    looser.scenario.policies.churn_per_month = 0.9;
    looser.scenario.policies.min_replicas = 1;
    REQUIRE(looser.plan(1e-5).proof.bound_usd <= most);
  }
}

TEST_CASE("names and order change neither the cost nor the worth of limits", "[allocate]") {
  for (unsigned seed = 91; seed <= 94; ++seed) {
    CAPTURE(seed);
    const SmallFleet fleet = strict_fleet(seed);
    const Plan one = fleet.plan();
    const Plan other = renamed(fleet).plan();
    REQUIRE(one.proof.relaxation_usd == Approx(other.proof.relaxation_usd).epsilon(1e-9));
    REQUIRE(shared_out_usd(one) == Approx(shared_out_usd(other)).epsilon(1e-9));
    REQUIRE(one.limits.size() == other.limits.size());
    for (const BindingLimit& limit : one.limits) {
      const bool node = std::any_of(fleet.scenario.nodes.begin(), fleet.scenario.nodes.end(), [&](const NodeSpec& n) { return n.type.name == limit.name; });
      const auto same = std::find_if(other.limits.begin(), other.limits.end(), [&](const BindingLimit& x) { return x.kind == limit.kind && x.name == (node ? "" : "x-") + limit.name && x.period == limit.period; });
      REQUIRE(same != other.limits.end());
      const double margin = 1e-9 * one.proof.relaxation_usd / std::min(1.0, limit.unit == "node" ? 1.0 : 0.01 * limit.limit);
      REQUIRE(same->worth_usd == Approx(limit.worth_usd).margin(margin));
      REQUIRE(same->loss_usd.has_value() == limit.loss_usd.has_value());
      if (limit.loss_usd) REQUIRE(*same->loss_usd == Approx(*limit.loss_usd).margin(margin));
    }
  }
}
