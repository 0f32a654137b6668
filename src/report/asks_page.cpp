#include "tonnage/report/asks_page.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::report {

using Kind = Column::Kind;
using pipeline::Ask;
using pipeline::Reservation;
using pipeline::Sureness;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

const NodeType& node_of(const Scenario& s, const Pool& pool) { return s.nodes[at(node_index(s, pool.node))].type; }

/// "chat 71 %, vision 29 %"
std::string behind(const Scenario& s, const Ask& ask) {
  std::string out;
  for (const pipeline::WorkloadShare& one : ask.behind) {
    if (one.share < 0.005) continue;
    out += (out.empty() ? "" : ", ") + s.workloads[at(one.workload)].name;
    if (ask.behind.size() > 1) out += " " + fixed(100 * one.share, 0) + " %";
  }
  return out.empty() ? "reserve" : out;
}

std::string counted(double nodes) { return fixed(nodes, 0) + (nodes == 1 ? " node" : " nodes"); }

std::string price(double value) { return value < 1000 ? significant(value, 4) : short_money(Money::from_double(value)); }

std::string at_most(const Ask& ask) {
  switch (ask.reservation.kind) {
    case Reservation::known: return price(ask.reservation.price);
    case Reservation::any_price: return "any";
    case Reservation::not_computed: break;
  }
  return "not computed";
}

const char* reservation_word(Reservation kind) {
  switch (kind) {
    case Reservation::known: return "known";
    case Reservation::any_price: return "any price";
    case Reservation::not_computed: break;
  }
  return "not computed";
}

/// Of hosted models tokens are asked for, not nodes.
bool tokens(const Pool& pool) { return pool.offer == OfferKind::api; }

std::string asked_for(const Ask& ask, const Pool& pool) { return fixed(ask.nodes, 0) + (tokens(pool) ? " M tokens/h" : " x " + pool.node); }

std::string held_as(const Pool& pool) { return std::string(to_string(pool.offer)) + (pool.offer == OfferKind::reserved && pool.term_months > 0 ? " " + significant(pool.term_months, 3) + " mo" : ""); }

Table provider_table(const Scenario& s, const pipeline::Asks& asks, const std::string& provider) {
  Table out{provider, "", {{"order_by", "order by"}, {"sure", "sure"}, {"what", "what"}, {"region", "where"}, {"offer", "as"}, {"period", "from"}, {"power_kw", "kW", Kind::number, 0}, {"price", "price"}, {"at_most", "at most"}, {"price_unit", "for each"}, {"workloads", "for"}}, {}, false, ""};
  double power = 0, nodes = 0;
  for (const Ask& ask : asks.asks) {
    if (ask.provider != provider) continue;
    const Pool& pool = s.pools[at(ask.pool)];
    out.rows.push_back({to_string(ask.order_by), std::string(pipeline::to_string(ask.sureness)), asked_for(ask, pool), pool.region, held_as(pool), s.periods[at(ask.period)].name, ask.power_w * 1e-3, price(ask.price), at_most(ask), ask.price_unit, behind(s, ask)});
    power += ask.power_w;
    if (!tokens(pool)) nodes += ask.nodes;
  }
  out.title = fmt::format("{}: {}, {} MW", provider, counted(nodes), significant(power * 1e-6, 3));
  return out;
}

std::vector<Column> machine_columns(bool provider) {
  std::vector<Column> out = {{"region", "region"}, {"site", "site"}, {"pool", "pool"}, {"offer", "offer"}, {"node", "node"}, {"nodes", "nodes", Kind::number, 0}, {"accelerators", "accelerators", Kind::number, 0}, {"sure", "sure"}, {"order_by", "order by"}, {"in_service", "in service"}, {"period", "period"}, {"power_kw", "kW", Kind::number, 3},
                             {"workloads", "workloads"}, {"price", "price", Kind::number, 4}, {"reservation_price", "at most", Kind::number, 4}, {"price_unit", "price unit"}, {"reservation", "reservation"}};
  if (provider) out.insert(out.begin(), {"provider", "provider"});
  return out;
}

std::vector<Cell> machine_row(const Scenario& s, const Ask& ask, bool provider) {
  const Pool& pool = s.pools[at(ask.pool)];
  const Region& region = s.regions[at(region_index(s, pool.region))];
  const char* site = region.site == Site::own ? "own" : region.site == Site::colocation ? "colo" : "cloud";
  std::vector<Cell> row = {pool.region, std::string(site), pool.name, std::string(to_string(pool.offer)), pool.node, ask.nodes, ask.nodes * node_of(s, pool).accelerators, std::string(pipeline::to_string(ask.sureness)), to_string(ask.order_by), to_string(s.periods[at(ask.period)].start), s.periods[at(ask.period)].name,
                           ask.power_w * 1e-3, behind(s, ask), ask.price, ask.reservation.kind == Reservation::known ? Cell(ask.reservation.price) : Cell(), ask.price_unit, std::string(reservation_word(ask.reservation.kind))};
  if (provider) row.insert(row.begin(), ask.provider);
  return row;
}

std::vector<std::string> notes_of(const pipeline::Run& run, const pipeline::Asks& asks) {
  std::vector<std::string> out = {"order by: the last day to order or sign; of nodes rented by the hour, when so many at a time must be there",
                                  "kW: at the facility, nodes at full power; for: what such nodes in that region run from then on, by node-hours",
                                  "at most: above this price the best plan takes none of the pool (solves of their own, fractions of nodes allowed); any: taken at 64 times its price still"};
  if (!asks.prices_computed) out.push_back(fmt::format("prices above which nothing would be bought are not computed: the program has {} M nonzeros, more than {} M", significant(static_cast<double>(run.plan.proof.nonzeros) * 1e-6, 3), significant(static_cast<double>(pipeline::most_nonzeros_for_prices) * 1e-6, 3)));
  return out;
}

/// In words; exactly in docs/methods.md.
std::string meaning(const Scenario& s, Sureness sure) {
  if (sure == Sureness::firm) return fmt::format("in the plan of every outcome, due within a {} of {}", to_string(s.period_kind), to_string(s.as_of));
  return sure == Sureness::likely ? "in the plans of outcomes with half of the probability, or not due yet" : "in the plans of fewer";
}

Page head(const pipeline::Run& run, const pipeline::Asks& asks) {
  const Scenario& s = run.loaded.scenario;
  Page page;
  page.title = s.name + " · what to ask for";
  page.as_of = s.as_of;
  for (const Sureness sure : {Sureness::firm, Sureness::likely, Sureness::option}) {
    double nodes = 0, power = 0;
    for (const Ask& ask : asks.asks)
      if (ask.sureness == sure) nodes += tokens(s.pools[at(ask.pool)]) ? 0 : ask.nodes, power += ask.power_w;
    std::string label = pipeline::to_string(sure);
    label[0] = static_cast<char>(label[0] - 'a' + 'A');
    page.facts.push_back({label, counted(nodes), significant(power * 1e-6, 3) + " MW", meaning(s, sure)});
  }
  if (asks.asks.empty()) page.notes = {"nothing to ask for: what is there carries the load"};
  else page.notes = notes_of(run, asks);
  return page;
}

}  // namespace

Page asks_page(const pipeline::Run& run, const pipeline::Asks& asks) {
  Page page = head(run, asks);
  for (const std::string& provider : asks.providers) page.tables.push_back(provider_table(run.loaded.scenario, asks, provider));
  return page;
}

Page asks_sheets(const pipeline::Run& run, const pipeline::Asks& asks) {
  Page page = head(run, asks);
  for (const std::string& provider : asks.providers) {
    Table table{provider, provider, machine_columns(false), {}, false, ""};
    for (const Ask& ask : asks.asks)
      if (ask.provider == provider) table.rows.push_back(machine_row(run.loaded.scenario, ask, false));
    page.tables.push_back(std::move(table));
  }
  return page;
}

Table asks_table(const pipeline::Run& run, const pipeline::Asks& asks) {
  Table table{"asks", "", machine_columns(true), {}, false, ""};
  for (const Ask& ask : asks.asks) table.rows.push_back(machine_row(run.loaded.scenario, ask, true));
  return table;
}

}  // namespace tonnage::report
