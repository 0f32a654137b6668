#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "build.hpp"

namespace tonnage::scenario {

namespace {

bool bought(OfferKind offer) { return offer == OfferKind::owned || offer == OfferKind::purchase; }

/// A node of a hosted model stands for a million tokens an hour at the dearer price.
void build_token_prices(const View& view, BuildContext& context, Pool& pool) {
  const View price = view.at("price"), input = view.at("input_price");
  if (price.node().unit.find("token") == std::string::npos)
    context.diagnostics.error("price-unit", fmt::format("a price in '{}' does not fit the offer 'api'", price.node().unit), price.mark(), "", "expected an amount per token, e.g. 0.60 USD/M tokens");
  pool.usd_per_m_output_tokens = price.number(0) * 1e6;
  pool.usd_per_m_input_tokens = input ? input.number(0) * 1e6 : pool.usd_per_m_output_tokens;
  pool.price_usd_per_hour = std::max(pool.usd_per_m_input_tokens, pool.usd_per_m_output_tokens);
}

/// Nodes, or of hosted models tokens at a time.
void build_limit(const View& view, BuildContext& context, Pool& pool) {
  const View limit = view.at("limit");
  if (!limit || !limit.number()) return;
  const bool tokens = limit.node().dimension == "token-rate";
  if (tokens != (pool.offer == OfferKind::api))
    context.diagnostics.error("conflict", fmt::format("a limit in '{}' does not fit the offer '{}'", limit.node().unit, to_string(pool.offer)), limit.mark(), "",
                              tokens ? "expected a number of nodes, e.g. 30 nodes" : "expected tokens per time, e.g. 500 M tokens/day");
  else pool.limit_nodes = limit.number(0) * (tokens ? hour_s * 1e-6 : 1);
}

/// What only hosted models have, or have not.
void build_hosted(const View& view, BuildContext& context, Scenario& out, Pool& pool) {
  const bool api = pool.offer == OfferKind::api;
  for (const char* key : {"input_price", "serves"})
    if (!api && view.has(key)) context.diagnostics.error("conflict", fmt::format("only pools with 'offer: api' have '{}'", key), view.at(key).mark());
  if (!api) {
    if (!view.has("node")) context.diagnostics.error("missing-key", fmt::format("'{}' needs the key 'node'", pool.path), view.mark(), "", "for example  node: h100x8");
    return;
  }
  for (const char* key : {"node", "life", "lead_time", "supply", "min", "nodes", "held", "arriving", "residual", "upfront", "interruption"})
    if (view.has(key)) context.diagnostics.error("conflict", fmt::format("a pool with 'offer: api' has no '{}': what is used is paid, by the token", key), view.at(key).mark());
  view.at("serves").items([&](const View& item) { pool.serves.push_back(item.text()); });
  if (pool.serves.empty()) context.diagnostics.error("missing-key", fmt::format("'{}' needs the key 'serves'", pool.path), view.mark(), "", "for example  serves: [chat]");
  pool.node = "M tokens/h of " + pool.name;
  NodeSpec tokens;
  tokens.type.name = pool.node;
  tokens.type.accelerators = 0;
  tokens.type.source = {"this scenario", ""};
  out.nodes.push_back(std::move(tokens));
}

/// The unit decides what a price means; it must fit the offer.
void build_price(const View& view, BuildContext& context, Pool& pool) {
  const View price = view.at("price");
  if (!price) {
    if (pool.offer != OfferKind::owned)
      context.diagnostics.error("missing-key", fmt::format("pool '{}' needs the key 'price'", pool.name), view.mark(), "",
                                bought(pool.offer) ? "for example  price: 460 k USD" : "for example  price: 55 USD/h");
    return;
  }
  const std::string& unit = price.node().unit;
  if (!price.number()) return;  // its mistake is known
  const bool per_time = unit.find("/") != std::string::npos && unit.find("token") == std::string::npos;
  if (pool.offer == OfferKind::api) {
    build_token_prices(view, context, pool);
  } else if (bought(pool.offer) == per_time || unit.find("token") != std::string::npos) {
    context.diagnostics.error("price-unit", fmt::format("a price in '{}' does not fit the offer '{}'", unit, to_string(pool.offer)), price.mark(), "",
                              bought(pool.offer) ? "expected an amount for a node, e.g. 460 k USD" : "expected an amount for the time held, e.g. 55 USD/h or 19168 USD/month");
  } else if (bought(pool.offer)) {
    pool.price_usd_once = price.number(0);
  } else if (unit.find("month") != std::string::npos) {
    pool.price_usd_per_month = price.number(0) * month_s;
  } else {
    pool.price_usd_per_hour = price.number(0) * hour_s;
  }
}

/// What is left of the price at the end of life.
void build_residual(const View& view, BuildContext& context, Pool& pool) {
  const View residual = view.at("residual");
  if (!residual || !residual.number()) return;
  if (pool.price_usd_once <= 0) {
    context.diagnostics.error("no-residual", fmt::format("pool '{}' has a residual value, but its nodes are not bought at a price", pool.name), residual.mark());
    return;
  }
  pool.residual_share = residual.node().dimension == "ratio" ? residual.number(0) : residual.number(0) / pool.price_usd_once;
  if (pool.residual_share >= 1) context.diagnostics.error("out-of-range", "the residual value is not below the price", residual.mark());
}

/// A residual value with its sign turned: due at the end of life.
void build_decommission(const View& view, BuildContext& context, Pool& pool) {
  const View cost = view.at("decommission");
  if (!cost || !cost.number()) return;
  if (pool.price_usd_once <= 0) context.diagnostics.error("no-residual", fmt::format("pool '{}' has a cost of decommissioning, but its nodes are not bought at a price", pool.name), cost.mark());
  else pool.residual_share -= cost.number(0) / pool.price_usd_once;
}

void build_upfront(const View& view, BuildContext& context, Pool& pool) {
  const View upfront = view.at("upfront");
  const std::string how = upfront.text("none");
  pool.upfront_share = how == "all" ? 1 : how == "partial" ? 0.5 : 0;
  const bool committed = pool.offer == OfferKind::reserved || pool.offer == OfferKind::lease || pool.offer == OfferKind::colocation;
  if (pool.upfront_share > 0 && !committed)
    context.diagnostics.error("no-upfront", fmt::format("nothing of an offer '{}' is paid upfront in part: it has no commitment", to_string(pool.offer)), upfront.mark());
  else if (pool.upfront_share > 0 && pool.term_months == 0)
    context.diagnostics.error("missing-key", fmt::format("pool '{}' is paid upfront and needs the key 'term'", pool.name), upfront.mark(), "", "for example  term: 1 year");
}

/// Spread of the price over the life.
void build_accounting(const View& view, BuildContext& context, Pool& pool) {
  const View accounting = view.at("accounting");
  pool.straight_line = accounting.text() == "straight-line";
  if (accounting && pool.price_usd_once <= 0)
    context.diagnostics.warning("no-effect", fmt::format("'accounting' changes nothing: the nodes of pool '{}' are not bought at a price", pool.name), accounting.mark());
}

/// A commitment is exchanged for one of the same provider.
void check_conversions(const View& view, const Pool& pool, const Scenario& out, BuildContext& context) {
  const auto provider = [&](const Pool& one) {
    const auto region = std::find_if(out.regions.begin(), out.regions.end(), [&](const Region& r) { return r.name == one.region; });
    return region == out.regions.end() ? std::string() : region->provider;
  };
  view.at("converts_to").items([&](const View& item) {
    const auto to = std::find_if(out.pools.begin(), out.pools.end(), [&](const Pool& one) { return one.name == item.text(); });
    if (to == out.pools.end()) return;  // its mistake is known
    const auto wrong = [&](const std::string& why) { context.diagnostics.error("conflict", fmt::format("a commitment of '{}' cannot be exchanged for '{}': {}", pool.name, to->name, why), item.mark()); };
    if (pool.offer != OfferKind::reserved) wrong(fmt::format("its offer is '{}', not 'reserved'", to_string(pool.offer)));
    else if (to->offer != OfferKind::reserved) wrong(fmt::format("the offer there is '{}', not 'reserved'", to_string(to->offer)));
    else if (to->name == pool.name) wrong("it is the same pool");
    else if (provider(*to) != provider(pool)) wrong("they are of different providers");
  });
}

/// Share of a period's days on which [from, to) holds.
double share_of(const Period& period, Date from, Date to) {
  const double days = static_cast<double>((std::min(to, period.end) - std::max(from, period.start)).count());
  return std::max(0.0, days) / static_cast<double>((period.end - period.start).count());
}

/// Nodes that are there without being bought: given by period, held until a day, arriving on a day, gone at the end of life.
/// Capacity counts only when it lasts the whole period.
void build_existing(const View& view, BuildContext& context, const std::vector<Period>& periods, Pool& pool) {
  pool.in_service_nodes = by_period(view.at("nodes"), periods.size());
  if (pool.in_service_nodes.empty()) pool.in_service_nodes.assign(periods.size(), 0);
  const View in_service = view.at("in_service");
  if (const auto since = in_service.date()) {
    const Date until = add_months(*since, pool.life_months);
    for (std::size_t t = 0; t < periods.size(); ++t)
      if (*since > periods[t].start || until < periods[t].end) pool.in_service_nodes[t] = 0;
    if (until < periods.front().end)
      context.diagnostics.warning("end-of-life", fmt::format("the nodes of pool '{}' reach the end of their life on {}", pool.name, to_string(until)), in_service.mark());
  }
  view.at("held").items([&](const View& item) {
    const double nodes = item.at("nodes").number(0);
    const auto until = item.at("until").date();
    for (std::size_t t = 0; until && t < periods.size(); ++t)
      if (share_of(periods[t], periods[t].start, *until + std::chrono::days{1}) >= 1) pool.in_service_nodes[t] += nodes;
  });
  view.at("arriving").items([&](const View& item) {
    const double nodes = item.at("nodes").number(0);
    const auto on = item.at("on").date();
    for (std::size_t t = 0; on && t < periods.size(); ++t)
      if (*on <= periods[t].start) pool.in_service_nodes[t] += nodes;
  });
  const auto whole = [&](const View& nodes) {
    if (nodes.number(0) != std::floor(nodes.number(0)))
      context.diagnostics.error("whole-nodes", fmt::format("pool '{}' has {:.6g} nodes; nodes are whole", pool.name, nodes.number(0)), nodes.mark());
  };
  const View nodes = view.at("nodes");
  if (nodes.is_list()) nodes.items(whole);
  else whole(nodes);
  for (const char* key : {"held", "arriving"}) view.at(key).items([&](const View& item) { whole(item.at("nodes")); });
}

void check_pool(const View& view, const Scenario& out, BuildContext& context, const Pool& pool) {
  const auto region = std::find_if(out.regions.begin(), out.regions.end(), [&](const Region& r) { return r.name == pool.region; });
  if (region == out.regions.end()) return;
  const bool cloud_offer = pool.offer == OfferKind::on_demand || pool.offer == OfferKind::spot || pool.offer == OfferKind::api;
  if (region->site == Site::cloud && bought(pool.offer))
    context.diagnostics.error("offer-site", fmt::format("pool '{}' has the offer '{}' in the cloud region '{}'", pool.name, to_string(pool.offer), pool.region), view.at("offer").mark(), "",
                              "a cloud rents: on-demand, reserved or spot; or give the region 'site: own' or 'site: colo'");
  if (cloud_offer && pool.term_months > 0)
    context.diagnostics.error("no-term", fmt::format("an offer '{}' has no term", to_string(pool.offer)), view.at("term").mark());
  if (pool.limit_nodes && pool.min_nodes > *pool.limit_nodes)
    context.diagnostics.error("disorder", "'min' is above 'limit'", view.at("min").mark());
}

}  // namespace

void read_lead_time(const View& view, double& months, double& days) {
  const std::string unit = view && view.number() ? view.node().unit : "";
  const bool calendar = unit.find("month") != std::string::npos || unit.find("quarter") != std::string::npos || unit.find("year") != std::string::npos;
  (calendar ? months : days) = view.number(0) / (calendar ? month_s : day_s);
}

void build_pools(const View& root, BuildContext& context, Scenario& out) {
  if (out.periods.empty()) return;
  root.at("pools").each([&](const std::string& name, const View& view) {
    if (!view.is_mapping()) return;
    Pool pool;
    pool.name = name;
    pool.path = view.path();
    pool.region = view.at("region").text();
    pool.node = view.at("node").text();
    pool.offer = parse_offer_kind(view.at("offer").text()).value_or(OfferKind::on_demand);
    read_lead_time(view.at("lead_time"), pool.lead_time_months, pool.lead_time_days);
    pool.term_months = view.at("term").number(0) / month_s;
    pool.life_months = view.at("life").number(5 * year_s) / month_s;
    if (pool.offer == OfferKind::spot) pool.interruption_per_day = view.at("interruption").number(0) * day_s;
    if (pool.offer == OfferKind::spot) pool.restart_days = view.at("restart").number(0) / day_s;
    const View supply = view.at("supply");
    pool.supply_nodes = by_period(supply, out.periods.size(), supply.is_scalar() ? months_of(out.period_kind) * month_s : 1);
    pool.limited_by_supply = view.at("limited_by_supply").flag();
    build_limit(view, context, pool);
    pool.min_nodes = view.at("min").number(0);
    build_hosted(view, context, out, pool);
    build_price(view, context, pool);
    build_residual(view, context, pool);
    build_decommission(view, context, pool);
    build_upfront(view, context, pool);
    build_accounting(view, context, pool);
    view.at("converts_to").items([&](const View& item) { pool.converts_to.push_back(item.text()); });
    build_existing(view, context, out.periods, pool);
    check_pool(view, out, context, pool);
    out.pools.push_back(std::move(pool));
  });
  for (const Pool& pool : out.pools) check_conversions(root.at("pools").at(pool.name), pool, out, context);
}

}  // namespace tonnage::scenario
