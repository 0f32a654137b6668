#include "tonnage/report/commitments_page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::report {

namespace {

using Kind = Column::Kind;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Money money(double usd) { return Money::from_double(usd); }

/// What the best portfolios order.
Table orders_table(const Scenario& s, const std::vector<MarketChoice>& choices) {
  Table table{"orders", "What to commit to", {{"pool", "pool"}, {"region", "region"}, {"node", "node"}, {"order_by", "sign by"}, {"from", "from"}, {"until", "until"}, {"nodes", "nodes", Kind::number, 0, true}, {"planned_nodes", "as planned", Kind::number, 0, true}}, {}, false, ""};
  const int periods = static_cast<int>(s.periods.size());
  for (const MarketChoice& one : choices)
    for (int o = 0; o < static_cast<int>(one.market.offers.size()); ++o)
      for (int t = 0; t < periods; ++t) {
        const auto nodes_of = [&](const tco::CommitmentResult& result) {
          double nodes = 0;
          for (const tco::CommitmentOrder& order : result.orders) nodes += order.offer == o && order.period == t ? order.nodes : 0;
          return nodes;
        };
        const double best = nodes_of(one.results[0]), planned = nodes_of(one.results[1]);
        if (best == 0 && planned == 0) continue;
        const tco::CommitmentOffer& offer = one.market.offers[at(o)];
        const Pool& pool = s.pools[at(pool_index(s, offer.pool))];
        const int end = t + offer.stay;
        table.rows.push_back({offer.pool, one.market.region, one.market.node, to_string(order_by(s, pool, t)), s.periods[at(t)].name, end < periods ? s.periods[at(end - 1)].name : "the end", best, planned});
      }
  return table;
}

Table offers_table(const Scenario& s, const std::vector<MarketChoice>& choices) {
  Table table{"offers", "When a commitment pays", {{"pool", "pool"}, {"term_months", "months", Kind::number, 0}, {"upfront", "upfront", Kind::number, 2}, {"break_even", "from % of hours", Kind::number, 1}, {"on_demand", "against"}, {"held_first", "held", Kind::number, 0}, {"held_last", "at the end", Kind::number, 0}}, {}, false,
              "a node pays when it is needed in at least that share of the hours"};
  for (const MarketChoice& one : choices)
    for (const tco::CommitmentOffer& offer : one.market.offers) {
      const Pool& pool = s.pools[at(pool_index(s, offer.pool))];
      table.rows.push_back({offer.pool, pool.term_months > 0 ? Cell(pool.term_months) : Cell(), pool.upfront_share, 100 * offer.break_even, one.market.on_demand, pool.in_service_nodes.front(), pool.in_service_nodes.back()});
    }
  return table;
}

std::vector<Fact> facts_of(const std::vector<MarketChoice>& loaded) {
  double best = 0, planned = 0, none = 0, known = 0;
  for (const MarketChoice& one : loaded) best += one.results[0].usd, planned += one.results[1].usd, none += one.results[3].usd, known += one.results[4].usd;
  return {{"Best", short_money(money(best)), "present value, expected", "for the load as the plan places it"},
                {"As planned", short_money(money(planned)), short_money(money(planned - best)) + " more", ""},
                {"None", short_money(money(none)), short_money(money(none - best)) + " more", "held commitments run out"},
                {"Foresight", short_money(money(known)), short_money(money(best - known)) + " less", "what knowing the outcome would save"}};
}

}  // namespace

Table commitment_results_table(const std::vector<MarketChoice>& choices, double level) {
  const std::string tail = significant(100 * (1 - level), 3);
  Table table{"portfolios", "Ways to commit", {{"region", "region"}, {"node", "node"}, {"way", "way"}, {"present_value_usd", "cost", Kind::money, 2}, {"coverage_percent", "covers %", Kind::number, 1}, {"utilisation_percent", "used %", Kind::number, 1},
                                               {"effective_savings_percent", "saves %", Kind::number, 1}, {"mean_regret_usd", "regret", Kind::money, 2}, {"worst_regret_usd", "at worst", Kind::money, 2}, {"tail_usd", "worst " + tail + "%", Kind::money, 2}}, {}, false,
              "covers: of the node-hours needed; used: of those committed; saves: against all on demand; regret: against foresight, which knows the outcome"};
  for (const MarketChoice& one : choices)
    for (const tco::CommitmentResult& r : one.results)
      table.rows.push_back({one.market.region, one.market.node, r.name, money(r.usd), 100 * r.coverage(), r.committed_hours > 0 ? Cell(100 * r.utilisation()) : Cell(), 100 * r.savings_rate(), money(r.mean_regret_usd), money(r.worst_regret_usd), money(r.tail_usd)});
  return table;
}

Page commitments_page(const Scenario& s, const std::vector<MarketChoice>& choices, double level) {
  Page page;
  page.title = s.name + " · commitments";
  page.as_of = s.as_of;
  if (choices.empty()) {
    page.notes.push_back("no region and node type has a reserved and an on-demand pool");
    return page;
  }
  std::vector<MarketChoice> loaded;
  for (const MarketChoice& one : choices) {
    if (one.results[0].needed_hours > 0) loaded.push_back(one);
    else page.notes.push_back(fmt::format("{} {}: the plan places no load there, so there is nothing to commit to", one.market.region, one.market.node));
  }
  if (!loaded.empty()) {
    page.facts = facts_of(loaded);
    page.tables = {commitment_results_table(loaded, level)};
  }
  if (Table orders = orders_table(s, choices); !orders.rows.empty()) page.tables.push_back(std::move(orders));
  page.tables.push_back(offers_table(s, choices));
  if (s.policies.survive) page.notes.push_back("nodes kept for the loss of a region are not in the load: the plan may commit to more for them");
  return page;
}

std::string commitments_json(const Scenario& s, const std::vector<MarketChoice>& choices, double level) { return table_json("commitments", {commitment_results_table(choices, level), orders_table(s, choices), offers_table(s, choices)}); }

}  // namespace tonnage::report
