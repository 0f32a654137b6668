#include "test.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "allocate/model.hpp"
#include "small_fleet.hpp"

using namespace tonnage;
using namespace tonnage::testing;

namespace {

/// 4 of load; three nodes at 1 in one region, any number at 2 in the other.
SmallFleet near_and_far(double load) {
  SmallFleet fleet(1);
  fleet.region("near");
  fleet.region("far");
  Pool& near = fleet.pool("near", "near", OfferKind::lease);
  near.price_usd_per_month = 1;
  near.limit_nodes = 3;
  fleet.pool("far", "far", OfferKind::lease).price_usd_per_month = 2;
  fleet.workload("load", {load});
  return fleet;
}

}  // namespace

TEST_CASE("a region that serves a workload has the fewest replicas of it", "[allocate]") {
  SmallFleet fleet = near_and_far(4);
  REQUIRE(fleet.plan().proof.objective_usd == Approx(3 * 1 + 1 * 2));
  fleet.scenario.policies.min_replicas = 2;  // two and two: 2 x 1 + 2 x 2, for three and two would be 7
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(6));
  REQUIRE(plan.proof.bound_usd == Approx(6));
  REQUIRE(plan.proof.relaxation_usd == Approx(5));
  std::map<int, double> replicas;
  for (const Placement& x : plan.placements) replicas[x.region] += x.load_per_s;
  for (const Standby& x : plan.standbys) replicas[x.region] += x.replicas;
  REQUIRE(replicas[0] >= Approx(2));
  REQUIRE(replicas[1] >= Approx(2));
}

TEST_CASE("small load still takes whole replicas where it is served", "[allocate]") {
  SmallFleet fleet = near_and_far(0.2);
  fleet.scenario.policies.min_replicas = 3;
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(3));
  REQUIRE(plan.standbys.size() == 1);
  REQUIRE(plan.standbys[0].replicas == Approx(2.8));
  REQUIRE(plan.standbys[0].nodes == Approx(2.8));
  fleet.scenario.policies.min_replicas = 4;  // the near region has room for three
  REQUIRE(fleet.plan().proof.objective_usd == Approx(8));
}

TEST_CASE("a deployment that needs more of all that counts is left out", "[allocate]") {
  SmallFleet fleet = near_and_far(4);
  fleet.deployment("load", "unit", 0.5, 1000);  // a node carries half as much at the same power
  const auto model = [&] { return allocate::build_model(fleet.scenario, fleet.demand, fleet.capacities, nullptr); };
  REQUIRE(model().states[0].places.size() == 2);
  const double cost = fleet.plan().proof.objective_usd;
  fleet.scenario.policies.min_replicas = 2;  // twice the replicas per load
  REQUIRE(model().states[0].places.size() == 4);
  REQUIRE(model().states[0].standbys.size() == 2);
  fleet.scenario.policies.min_replicas = 0;
  fleet.scenario.policies.churn_per_month = 1;  // it takes twice the accelerators
  REQUIRE(model().states[0].places.size() == 2);
  REQUIRE(fleet.plan().proof.objective_usd == Approx(cost));
  fleet.scenario.policies.provider_shares.emplace_back();  // more of them can be wanted
  REQUIRE(model().states[0].places.size() == 4);
  fleet.scenario.policies.provider_shares.clear();
  fleet.scenario.policies.churn_per_month.reset();
  fleet.capacities.deployments[0] = fleet.capacities.deployments[1];  // of two alike the first
  REQUIRE(model().states[0].places.size() == 2);
  REQUIRE(model().states[0].places[0].deployment == 0);
}

TEST_CASE("work that waits needs no replica of its own", "[allocate]") {
  SmallFleet fleet = near_and_far(0.2);
  fleet.scenario.policies.min_replicas = 3;
  fleet.scenario.workloads[0].deferrable = true;
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(1));
  REQUIRE(plan.standbys.empty());
}

TEST_CASE("headroom is kept free beside the fewest replicas", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  fleet.pool("lease", "here", OfferKind::lease).price_usd_per_month = 1;
  fleet.workload("load", {1.6});
  fleet.scenario.policies.headroom = 0.2;  // 1.6 is the load of two replicas
  fleet.scenario.policies.min_replicas = 2;
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.objective_usd == Approx(2));
  REQUIRE(plan.standbys.empty());
  fleet.scenario.policies.min_replicas = 3;
  REQUIRE(fleet.plan().proof.objective_usd == Approx(3));
}

namespace {

/// What runs in the fleet's first period according to a plan of it: the mean over its hours and outcomes.
Present present_of(const SmallFleet& fleet, const Plan& plan) {
  Present out{"before", {}, {}};
  double hours = 0;
  for (const Block& block : fleet.demand.blocks) hours += block.hours[0];
  const auto weight = [&](const State& st) { return fleet.demand.outcomes.at(static_cast<std::size_t>(st.outcome)).probability * fleet.demand.blocks.at(static_cast<std::size_t>(st.block)).hours[0] / hours; };
  for (const Placement& x : plan.placements) {
    const State& st = plan.states.at(static_cast<std::size_t>(x.state));
    if (st.period != 0 || st.lost_region >= 0) continue;
    const Deployment& d = fleet.capacities.deployments.at(static_cast<std::size_t>(x.deployment));
    out.places.push_back({d.workload, fleet.scenario.regions.at(static_cast<std::size_t>(x.region)).name, d.node, d.precision, d.accelerators, d.round_trip_s,
                          d.load_per_s * (1 - fleet.scenario.policies.headroom), weight(st) * x.load_per_s});
  }
  for (const DemandSeries& series : fleet.demand.series) {
    double mean = 0;
    for (int s = 0; s < static_cast<int>(fleet.demand.outcomes.size()); ++s)
      for (int b = 0; b < static_cast<int>(fleet.demand.blocks.size()); ++b) mean += weight({0, b, s, -1}) * fleet.demand.load(series, s, 0, b);
    out.demand.push_back({series.workload, mean});
  }
  return out;
}

double moved(const Plan& plan, int period) {
  double out = 0;
  for (const Move& m : plan.moves)
    if (m.period == period) out += m.replicas;
  return out;
}

}  // namespace

TEST_CASE("what demand falls is no move, what is taken elsewhere is", "[allocate]") {
  SmallFleet fleet(2);
  fleet.region("a");
  fleet.region("b");
  fleet.pool("a", "a", OfferKind::on_demand).price_usd_per_hour = 2;
  Pool& b = fleet.pool("b", "b", OfferKind::on_demand);
  b.price_usd_per_hour = 1;
  b.limit_nodes = 4;
  fleet.workload("load", {10, 7}).move_cost_usd = 5000;
  const Plan falls = fleet.plan();  // six and four, then three and four
  REQUIRE(falls.moves.empty());
  REQUIRE(falls.proof.objective_usd == Approx(730 * (6 * 2 + 4 + 3 * 2 + 4)));
  fleet.scenario.pools[1].limit_nodes = 2;
  fleet.region("c");
  fleet.pool("c", "c", OfferKind::lease).price_usd_per_month = 100;
  fleet.scenario.pools[2].lead_time_months = 1;  // from the second period on all is cheaper there
  fleet.scenario.workloads[0].move_cost_usd = 600;
  const Plan moves = fleet.plan();  // each of the seven left saves 630 or 1360 less 600, or 0 of those that demand drops
  REQUIRE(moved(moves, 1) == Approx(7));
  REQUIRE(moves.proof.objective_usd == Approx(730 * (8 * 2 + 2) + 7 * 100 + 7 * 600));
  REQUIRE(fleet.ledger(moves).totals.present_value.approximate() == Approx(moves.proof.objective_usd));
}

TEST_CASE("churn limits what moves from one period to the next", "[allocate]") {
  SmallFleet fleet(3);
  fleet.region("a");
  fleet.region("b");
  fleet.pool("a", "a", OfferKind::on_demand).price_usd_per_hour = 2;
  Pool& b = fleet.pool("b", "b", OfferKind::lease);
  b.price_usd_per_month = 0.001;
  b.lead_time_months = 1;
  fleet.workload("load", {10});
  fleet.scenario.policies.churn_per_month = 1;
  const Plan free = fleet.plan();
  REQUIRE(moved(free, 1) == Approx(10));
  fleet.scenario.policies.churn_per_month = 0.2;
  const Plan slow = fleet.plan();
  REQUIRE(moved(slow, 1) == Approx(2));
  REQUIRE(moved(slow, 2) == Approx(2));
  REQUIRE(slow.proof.objective_usd == Approx(730 * 2 * (10 + 8 + 6)).epsilon(1e-6));
}

TEST_CASE("of plans that cost the same the one that moves least is taken", "[allocate]") {
  for (unsigned seed = 41; seed <= 46; ++seed) {
    CAPTURE(seed);
    SmallFleet fleet = tonnage::testing::random_fleet(seed);
    const Plan before = fleet.plan(1e-6);
    const auto solver = optimize::highs_solver();
    allocate::AllocateOptions options;
    options.relative_gap = 1e-6;
    options.present = present_of(fleet, before);
    const Plan again = allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *solver).plan;
    REQUIRE(again.proof.objective_usd <= before.proof.objective_usd * (1 + 2e-6));
    options.present->places.clear();  // nothing is there: nothing can leave
    const Plan fresh = allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *solver).plan;
    REQUIRE(moved(fresh, 0) == 0);
  }
}

TEST_CASE("a present plan that cannot be left fast enough is a conflict", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  fleet.pool("lease", "here", OfferKind::lease).price_usd_per_month = 1;
  fleet.workload("load", {10});
  const auto solver = optimize::highs_solver();
  allocate::AllocateOptions options;
  options.present = Present{"before", {{"load", "gone", "unit", "", 1, any_round_trip_s, 1, 10}}, {{"load", 10}}};
  const auto planned = [&] { return allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *solver).plan; };
  REQUIRE(moved(planned(), 0) == Approx(10));
  fleet.scenario.policies.churn_per_month = 0.5;
  const Plan none = planned();
  REQUIRE(none.proof.status == "infeasible");
  REQUIRE(none.conflicts.front().find("churn of the present plan in 2027-01") != std::string::npos);
  fleet.scale_demand(0.5);  // half of it is no longer asked for
  REQUIRE(planned().proof.status == "optimal");
}

namespace {

/// Served shares of the first state, by workload.
std::vector<double> shares(const SmallFleet& fleet, const Plan& plan) {
  std::vector<double> out(fleet.scenario.workloads.size(), 1);
  for (const Flow& flow : plan.flows)
    if (flow.state == 0 && flow.region < 0) out.at(static_cast<std::size_t>(flow.workload)) -= flow.load_per_s / fleet.demand.series.at(static_cast<std::size_t>(flow.workload)).load_per_s.at(0);
  return out;
}

}  // namespace

TEST_CASE("scarcity is shared so that the least served share is the most", "[allocate]") {
  // 2 nodes that all three can use, 8 that only b and c can: 10 of each are asked for, c has a lower priority.
  SmallFleet fleet(1);
  fleet.region("common");
  fleet.region("large");
  fleet.pool("common", "common", OfferKind::owned).in_service_nodes = {2};
  fleet.pool("large", "large", OfferKind::owned).in_service_nodes = {8};
  for (const char* name : {"a", "b", "c"}) fleet.workload(name, {10});
  std::vector<Workload>& w = fleet.scenario.workloads;
  w[0].serve = {{"home", {"common"}}};
  w[0].unmet_usd_per_unit = 0.01;
  w[1].unmet_usd_per_unit = 0.02;
  w[2].unmet_usd_per_unit = 0.001;
  w[2].priority = 2;
  const Plan cheapest = fleet.plan();  // all for the dearest
  REQUIRE(shares(fleet, cheapest) == std::vector<double>{0, 1, 0});
  fleet.scenario.policies.max_min = true;
  const Plan fair = fleet.plan();  // a can have no more than 20 %, then b has 80 %
  const std::vector<double> told = shares(fleet, fair);
  REQUIRE(told[0] == Approx(0.2));
  REQUIRE(told[1] == Approx(0.8));
  REQUIRE(told[2] == Approx(0).margin(1e-6));
  REQUIRE(fair.proof.fairness_usd == Approx(2 * 0.01 * 3600 * 730));
  REQUIRE(fair.proof.objective_usd - fair.proof.fairness_usd == Approx(cheapest.proof.objective_usd));
  REQUIRE(fleet.ledger(fair).totals.present_value.approximate() == Approx(fair.proof.objective_usd));
  w[0].serve = {};  // now all ten nodes are for a and b alike
  const std::vector<double> alike = shares(fleet, fleet.plan());
  REQUIRE(alike[0] == Approx(0.5));
  REQUIRE(alike[1] == Approx(0.5));
  fleet.scenario.workloads[0].priority = 2;  // a shares with c what b leaves: nothing
  const std::vector<double> apart = shares(fleet, fleet.plan());
  REQUIRE(apart[1] == Approx(1));
}

TEST_CASE("what is short where replicas are whole is told in whole replicas", "[allocate]") {
  SmallFleet fleet(1);
  fleet.region("here");
  Pool& pool = fleet.pool("lease", "here", OfferKind::lease);
  pool.price_usd_per_month = 1;
  pool.limit_nodes = 3;
  fleet.workload("a", {0.5});
  fleet.workload("b", {0.7});
  fleet.scenario.policies.min_replicas = 2;  // four in all
  const Plan plan = fleet.plan();
  REQUIRE(plan.proof.status == "infeasible");
  REQUIRE(plan.shortfalls.size() == 1);
  REQUIRE(plan.shortfalls[0].load_per_s == Approx(0.5));
  const auto told = [&](const std::string& text) { return std::find(plan.conflicts.begin(), plan.conflicts.end(), text) != plan.conflicts.end(); };
  REQUIRE(told("enough alone: 0.5 requests/s of a from each origin need not be served"));
  REQUIRE(told("enough alone: 0.7 requests/s of b from each origin need not be served"));
  REQUIRE(told("enough alone: 1 node more: limit of lease"));
}

TEST_CASE("origins that reach the same regions are one to the model, and each is told apart", "[allocate]") {
  SmallFleet fleet = random_fleet(3);
  Draw draw(5);
  for (const char* origin : {"north", "south"}) {
    DemandSeries more = fleet.demand.series[0];
    more.origin = origin;
    for (double& load : more.load_per_s) load = draw.between(1, 6);
    fleet.demand.series.push_back(more);
  }
  fleet.scenario.origins = {{"home", {{"west", 0.02}, {"east", 0.08}}}, {"north", {{"west", 0.09}, {"east", 0.01}}}, {"south", {{"west", 0.05}, {"east", 0.05}}}};
  const auto model = [&](allocate::Origins origins) { return allocate::build_model(fleet.scenario, fleet.demand, fleet.capacities, nullptr, origins); };
  const allocate::Model merged = model(allocate::Origins::merged), apart = model(allocate::Origins::apart);
  REQUIRE(merged.groups.size() == 2);
  REQUIRE(apart.groups.size() == 4);
  REQUIRE(merged.program.columns() < apart.program.columns());
  const auto solver = optimize::highs_solver();
  optimize::SolveOptions exact;
  exact.relative_gap = 0;
  REQUIRE(solver->solve(merged.program, exact).objective == Approx(solver->solve(apart.program, exact).objective).epsilon(1e-9));

  const Plan plan = fleet.plan();
  for (std::size_t k = 0; k < plan.states.size(); ++k) {
    const State& st = plan.states[k];
    std::map<std::pair<std::string, int>, double> there;
    for (const DemandSeries& series : fleet.demand.series) {
      if (series.workload != "chat") continue;
      double flow = 0, unmet = 0;
      for (const Flow& f : plan.flows)
        if (f.state == static_cast<int>(k) && fleet.scenario.workloads[static_cast<std::size_t>(f.workload)].name == "chat" && f.origin == series.origin) {
          flow += f.load_per_s;
          if (f.region < 0) unmet += f.load_per_s;
          there[{series.origin, f.region}] += f.load_per_s;
        }
      const double load = fleet.demand.load(series, st.outcome, st.period, st.block) * (st.lost_region >= 0 ? 0.5 : 1);
      REQUIRE(flow == Approx(load).epsilon(1e-6));
      REQUIRE(unmet <= load * (1 + 1e-9));
    }
    // Nobody would gain if two of them changed places.
    if (st.lost_region < 0) REQUIRE_FALSE((there[{"home", 1}] > 1e-6 && there[{"north", 0}] > 1e-6));
  }
}
