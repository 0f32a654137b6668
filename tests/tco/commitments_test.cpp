#include "test.hpp"

#include <functional>

#include "allocate/small_fleet.hpp"
#include "tonnage/tco/commitments.hpp"

using namespace tonnage;
using tonnage::testing::Draw;
using tonnage::testing::SmallFleet;

namespace {

/// One offer at `committed` an hour against `rented`, periods of 730 hours.
tco::CommitmentMarket market_of(int periods, double committed, double rented) {
  tco::CommitmentMarket out;
  for (int t = 0; t < periods; ++t) {
    out.hours.push_back(730);
    out.rented_usd.push_back(rented);
    out.held.push_back(0);
    out.held_usd.push_back(0);
  }
  out.probabilities = {1};
  tco::CommitmentOffer offer;
  offer.stay = periods;
  offer.usd.assign(static_cast<std::size_t>(periods), 730 * committed);
  offer.can_start.assign(static_cast<std::size_t>(periods), true);
  offer.break_even = committed / rented;
  out.offers = {offer};
  return out;
}

double usd_of(const tco::CommitmentMarket& market, const std::vector<tco::CommitmentOrder>& orders) { return tco::evaluate_commitments(market, "", orders, 0.95).usd; }

/// The least cost over all orders of at most `most` nodes each.
double least_of_all(const tco::CommitmentMarket& market, int most) {
  const int periods = static_cast<int>(market.hours.size());
  std::vector<tco::CommitmentOrder> slots;
  for (int o = 0; o < static_cast<int>(market.offers.size()); ++o)
    for (int t = 0; t < periods; ++t)
      if (market.offers[static_cast<std::size_t>(o)].can_start[static_cast<std::size_t>(t)]) slots.push_back({o, t, 0});
  double best = usd_of(market, {});
  std::function<void(std::size_t)> visit = [&](std::size_t slot) {
    if (slot == slots.size()) {
      for (std::size_t o = 0; o < market.offers.size(); ++o)
        for (int t = 0; market.offers[o].limit && t < periods; ++t) {
          double nodes = 0;
          for (const auto& order : slots) nodes += static_cast<std::size_t>(order.offer) == o && order.period <= t && t < order.period + market.offers[o].stay ? order.nodes : 0;
          if (nodes > *market.offers[o].limit) return;
        }
      best = std::min(best, usd_of(market, slots));
      return;
    }
    for (int n = 0; n <= most; ++n) {
      slots[slot].nodes = n;
      visit(slot + 1);
    }
    slots[slot].nodes = 0;
  };
  visit(0);
  return best;
}

}  // namespace

TEST_CASE("a node is committed when its share of busy hours is at least committed over on-demand price", "[commitments]") {
  // 10 to 100 nodes in 100 to 30 hours, 1.6 against 4 an hour: 40 nodes and 5,800 node-hours on demand, 69,920.
  tco::CommitmentMarket market = market_of(1, 1.6, 4);
  for (const auto& [nodes, hours] : {std::pair{10.0, 100.0}, {20.0, 200.0}, {40.0, 300.0}, {80.0, 100.0}, {100.0, 30.0}}) market.load.push_back({0, 0, hours, nodes});
  const auto solver = optimize::highs_solver();
  const auto orders = tco::best_commitments(market, std::nullopt, *solver);
  REQUIRE(orders.size() == 1);
  REQUIRE(orders[0].nodes == 40);
  const auto result = tco::evaluate_commitments(market, "", orders, 0.95);
  REQUIRE(result.usd == Approx(69920));
  REQUIRE(result.on_demand_usd == Approx(4.0 * (1000 + 4000 + 12000 + 8000 + 3000)));
  REQUIRE(result.used_hours == Approx(1000 + 4000 + 430 * 40));
  REQUIRE(result.coverage() == Approx(22200.0 / 28000));
  REQUIRE(result.utilisation() == Approx(22200.0 / (40 * 730)));
  REQUIRE(result.savings_rate() == Approx(1 - 69920.0 / 112000));
}

TEST_CASE("the lower envelope of two terms: the cheap one below, the short one above", "[commitments]") {
  // Four periods; 5 nodes always, 3 more in the last two. The long term costs 1, the short one (one period) 2, on demand 4.
  tco::CommitmentMarket market = market_of(4, 1, 4);
  tco::CommitmentOffer brief = market.offers[0];
  brief.stay = 1;
  for (double& usd : brief.usd) usd *= 2;
  market.offers.push_back(brief);
  for (int t = 0; t < 4; ++t) market.load.push_back({t, 0, 730, t < 2 ? 5.0 : 8.0});
  const auto solver = optimize::highs_solver();
  // A long commitment that starts in the third period is cut at the horizon: 1 for each of the two.
  REQUIRE(usd_of(market, tco::best_commitments(market, std::nullopt, *solver)) == Approx(730.0 * (5 * 4 + 3 * 2)));
  for (std::size_t t = 1; t < 4; ++t) market.offers[0].can_start[t] = false;
  REQUIRE(usd_of(market, tco::best_commitments(market, std::nullopt, *solver)) == Approx(730.0 * (5 * 4 + 3 * 4)));
}

TEST_CASE("expiring commitments are followed by new ones when they run out", "[commitments]") {
  tco::CommitmentMarket market = market_of(4, 1, 4);
  market.offers[0].stay = 2;
  market.held = {6, 4, 1, 0};
  for (int t = 0; t < 4; ++t) market.load.push_back({t, 0, 730, 6});
  const auto solver = optimize::highs_solver();
  const auto orders = tco::best_commitments(market, std::nullopt, *solver);
  double nodes = 0;
  for (const auto& order : orders) nodes += order.nodes;
  // 0, 2, 5 and 6 nodes are missing: 2 + 3 + 3, the first two for the second and third period, the next three for the last two.
  REQUIRE(nodes == 2 + 3 + 3);
  REQUIRE(usd_of(market, orders) == Approx(730.0 * (2 * 2 + 3 * 2 + 3)));
}

TEST_CASE("the best portfolio is that of trying all, with terms, expiries, limits and outcomes", "[commitments]") {
  const auto solver = optimize::highs_solver();
  for (unsigned seed = 1; seed <= 120; ++seed) {
    Draw draw(seed);
    const int periods = draw.whole(2, 3);
    tco::CommitmentMarket market = market_of(periods, draw.between(0.3, 1.2), 2);
    tco::CommitmentOffer brief = market.offers[0];
    brief.stay = 1;
    for (double& usd : brief.usd) usd *= draw.between(1, 1.8);
    market.offers[0].stay = draw.whole(2, periods);
    if (draw.between(0, 1) < 0.5) market.offers[0].limit = draw.whole(0, 2);
    if (draw.between(0, 1) < 0.3) brief.can_start[0] = false;
    market.offers.push_back(brief);
    market.probabilities = {0.3, 0.7};
    market.usable_committed = draw.between(0.8, 1);
    for (int t = 0; t < periods; ++t) {
      market.held[static_cast<std::size_t>(t)] = t == 0 ? draw.whole(0, 1) : 0;
      for (int s = 0; s < 2; ++s)
        for (const double hours : {530.0, 200.0}) market.load.push_back({t, s, hours, draw.between(0, 2.6)});
    }
    REQUIRE(usd_of(market, tco::best_commitments(market, std::nullopt, *solver)) == Approx(least_of_all(market, 3)).epsilon(1e-9));
    const auto results = tco::compare_commitments(market, {}, 0.95, *solver);
    for (const auto& one : results) {
      REQUIRE(one.usd >= results.back().usd - 1e-6);
      REQUIRE(one.tail_usd >= one.usd - 1e-6);
      REQUIRE((one.name == "foresight" || one.mean_regret_usd == Approx(one.usd - results.back().usd).margin(1e-6)));
      REQUIRE((one.name == "foresight" || results[0].usd <= one.usd + 1e-6));
    }
  }
}

TEST_CASE("80 % covered is at least that, with one node fewer it is not", "[commitments]") {
  tco::CommitmentMarket market = market_of(1, 1, 4);
  for (int b = 1; b <= 10; ++b) market.load.push_back({0, 0, 73, static_cast<double>(b)});
  const auto orders = tco::cover_commitments(market, 0.8);
  REQUIRE(orders.size() == 1);
  const auto coverage = [&](double nodes) { return tco::evaluate_commitments(market, "", {{0, 0, nodes}}, 0.95).coverage(); };
  REQUIRE(coverage(orders[0].nodes) >= 0.8);
  REQUIRE(coverage(orders[0].nodes - 1) < 0.8);
}

TEST_CASE("the plan's own commitments are the best where nothing else binds", "[commitments]") {
  SmallFleet fleet(6, {500, 230}, {0.6, 0.4});
  fleet.region("cloud").site = Site::cloud;
  Pool& term = fleet.pool("term", "cloud", OfferKind::reserved);
  term.price_usd_per_hour = 1.5;
  term.term_months = 3;
  Pool& now = fleet.pool("now", "cloud", OfferKind::on_demand);
  now.price_usd_per_hour = 4;
  std::vector<double> load;
  Draw draw(5);
  for (int i = 0; i < 24; ++i) load.push_back(draw.between(2, 9));
  fleet.workload("load", load);
  const Plan plan = fleet.plan();
  const auto markets = tco::commitment_markets(fleet.scenario, fleet.demand, fleet.capacities, plan);
  REQUIRE(markets.size() == 1);
  const auto solver = optimize::highs_solver();
  const auto results = tco::compare_commitments(markets[0], tco::planned_commitments(markets[0], plan), 0.95, *solver);
  REQUIRE(results[1].name == "as planned");
  REQUIRE(results[1].usd == Approx(plan.proof.objective_usd).epsilon(1e-9));
  REQUIRE(results[0].usd == Approx(results[1].usd).epsilon(1e-9));
  REQUIRE(results[3].usd > results[0].usd);
}
