// What is held: orders, the nodes that they and exchanges of commitments leave in service, supply, power bought, budgets.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "model.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::Terms;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

class Holdings {
 public:
  Holdings(const Scenario& scenario, Model& model) : scenario_(scenario), model_(model), periods_(static_cast<int>(scenario.periods.size())) {}

  void add() {
    for (int p = 0; p < pools(); ++p) orders(p);
    conversions();
    for (int p = 0; p < pools(); ++p) {
      if (!pool(p).supply_nodes.empty()) supply(pool(p).name, pool(p).supply_nodes, [&](int t) { return new_nodes(p, t); });
      inventory(p);
    }
    shared_supply();
    for (int region = 0; region < regions(); ++region) power_purchases(region);
    budgets();
  }

 private:
  int pools() const { return static_cast<int>(scenario_.pools.size()); }
  int regions() const { return static_cast<int>(scenario_.regions.size()); }
  const Pool& pool(int p) const { return scenario_.pools[at(p)]; }
  const std::string& period_name(int t) const { return scenario_.periods[at(t)].name; }

  void orders(int p) {
    auto& lp = model_.program;
    const Pool& one = pool(p);
    model_.order.emplace_back(at(periods_), -1);
    model_.held.emplace_back(at(periods_), -1);
    for (int t = 0; t < periods_; ++t)
      if (one.in_service_nodes[at(t)] > 0) model_.sunk_usd += one.in_service_nodes[at(t)] * holding_cost_usd(scenario_, p, t);
    if (hourly(one.offer) || one.offer == OfferKind::owned) return;
    for (int t = 0; t < periods_; ++t) {
      if (order_by(scenario_, one, t) < scenario_.as_of) continue;
      model_.order.back()[at(t)] = lp.add_column(fmt::format("order[{},{}]", one.name, period_name(t)), run_off_usd(scenario_, p, t), 0, infinity, true);
    }
  }

  /// What a commitment pays for nodes of one pool can pay for whole nodes of another instead: the fewest that are worth as much or more, and
  /// the difference is paid. Nodes once given up stay so to the end of their term.
  void conversions() {
    auto& lp = model_.program;
    for (int p = 0; p < pools(); ++p) {
      std::vector<Terms> all(at(periods_));
      for (const std::string& name : pool(p).converts_to)
        for (int t = 0, before = -1; t < periods_; ++t) {
          const int to = pool_index(scenario_, name);
          const double price = holding_usd_per_node(scenario_, pool(to), t);
          if (price <= 0 || order_by(scenario_, pool(to), t) < scenario_.as_of || (pool(p).in_service_nodes[at(t)] <= 0 && covering(p, t).empty())) continue;
          const double worth = holding_usd_per_node(scenario_, pool(p), t) / price;
          const std::string label = fmt::format("[{},{},{}]", pool(p).name, name, period_name(t));
          const int given = lp.add_column("given up" + label, 0, 0, infinity, true);
          const int gained = lp.add_column("gained" + label, 0, 0, infinity, true);
          constexpr double less_than_a_node = 1 - 1e-6;
          lp.add_row("exchange" + label, 0, less_than_a_node, {{gained, 1}, {given, -worth}});
          lp.add_row("exchanged" + label, -infinity, 0, {{gained, 1}, {given, -worth - 1}});
          if (before >= 0) stays_given(p, t, given, before, label);
          model_.conversions.push_back({p, to, t, given, gained});
          all[at(t)].emplace_back(given, 1);
          before = given;
        }
      for (int t = 0; t < periods_; ++t) {
        if (all[at(t)].empty()) continue;
        for (const auto& [order, one] : covering(p, t)) all[at(t)].emplace_back(order, -one);
        lp.add_row(fmt::format("given up[{},{}]", pool(p).name, period_name(t)), -infinity, pool(p).in_service_nodes[at(t)], all[at(t)]);
      }
    }
  }

  void stays_given(int p, int t, int given, int before, const std::string& label) {
    Terms terms = {{given, 1}, {before, -1}};
    const Terms now = covering(p, t);
    for (const auto& term : covering(p, t - 1))
      if (std::find(now.begin(), now.end(), term) == now.end()) terms.push_back(term);
    model_.program.add_row("stays given up" + label, pool(p).in_service_nodes[at(t)] - std::max(pool(p).in_service_nodes[at(t)], pool(p).in_service_nodes[at(t - 1)]), infinity, terms);
  }

  /// Nodes that a pool takes anew: ordered, or had for others.
  Terms new_nodes(int p, int t) const {
    Terms terms;
    if (const int order = model_.order[at(p)][at(t)]; order >= 0) terms.emplace_back(order, 1);
    for (const ConversionColumn& c : model_.conversions)
      if (c.to == p && (c.period == t || c.period == t - 1)) terms.emplace_back(c.gained, c.period == t ? 1 : -1);
    return terms;
  }

  /// Orders of a pool whose term or life covers a period.
  Terms covering(int p, int t) const {
    Terms terms;
    for (int from = std::max(0, t - periods_in_service(scenario_, pool(p)) + 1); from <= t; ++from)
      if (model_.order[at(p)][at(from)] >= 0) terms.emplace_back(model_.order[at(p)][at(from)], 1);
    return terms;
  }

  /// New nodes of a period, whole; where supply comes in fractions of a node, what is left over adds up.
  template <class F>
  void supply(const std::string& name, const std::vector<double>& nodes, F terms_of) {
    const bool fractions = std::any_of(nodes.begin(), nodes.end(), [](double n) { return std::fabs(n - std::round(n)) > 1e-6; });
    Terms so_far;
    double sum = 0;
    for (int t = 0; t < periods_; ++t) {
      const Terms terms = terms_of(t);
      sum += nodes[at(t)];
      so_far.insert(so_far.end(), terms.begin(), terms.end());
      if (terms.empty()) continue;
      const double most = fractions ? std::ceil(nodes[at(t)] - 1e-6) : std::round(nodes[at(t)]);
      limit_row({"supply", name, "node", t, linking(model_.program.add_row(fmt::format("supply[{},{}]", name, period_name(t)), -infinity, most, terms)), 1, nodes[at(t)]});
      if (fractions)
        limit_row({"supply", name, "node", t, linking(model_.program.add_row(fmt::format("supply until[{},{}]", name, period_name(t)), -infinity, std::floor(sum + 1e-6), so_far)), 1, nodes[at(t)], true});
    }
  }

  /// held[t] = sum of the orders whose term or life covers t, less what is exchanged for others, and what others are exchanged for.
  void inventory(int p) {
    auto& lp = model_.program;
    const Pool& one = pool(p);
    for (int t = 0; t < periods_; ++t) {
      Terms terms = covering(p, t);
      bool gives = false;
      for (const ConversionColumn& c : model_.conversions) {
        if (c.period != t || (c.from != p && c.to != p)) continue;
        if (c.from == p) terms.emplace_back(c.given, -1);
        else terms.emplace_back(c.gained, 1);
        gives = gives || c.from == p;
      }
      const double existing = one.in_service_nodes[at(t)];
      if (terms.empty()) continue;
      const int column = lp.add_column(fmt::format("held[{},{}]", one.name, period_name(t)), holding_cost_usd(scenario_, p, t), gives ? -existing : 0, infinity);
      model_.held[at(p)][at(t)] = column;
      terms.emplace_back(column, -1);
      lp.add_row(fmt::format("inventory[{},{}]", one.name, period_name(t)), 0, 0, terms);
      if (one.limit_nodes)
        limit_row({"limit", one.name, "node", t, lp.add_row(fmt::format("limit[{},{}]", one.name, period_name(t)), -infinity, std::max(0.0, *one.limit_nodes - existing), {{column, 1}}), 1,
                   *one.limit_nodes});
      if (one.min_nodes > existing)
        model_.rules.push_back({"min", one.name, "node", t, lp.add_row(fmt::format("min[{},{}]", one.name, period_name(t)), one.min_nodes - existing, infinity, {{column, 1}}), 1, one.min_nodes});
    }
  }

  int linking(int row) {
    model_.program.link_row(row);
    return row;
  }

  void limit_row(LimitRow row) { model_.limits.push_back(std::move(row)); }

  void shared_supply() {
    for (const NodeSpec& node : scenario_.nodes) {
      if (node.supply_nodes.empty()) continue;
      supply(node.type.name, node.supply_nodes, [&](int t) {
        Terms terms;
        for (int p = 0; p < pools(); ++p) {
          if (!pool(p).limited_by_supply || pool(p).node != node.type.name) continue;
          const Terms more = new_nodes(p, t);
          terms.insert(terms.end(), more.begin(), more.end());
        }
        return terms;
      });
    }
  }

  /// MW bought for a region up to each period: they stay.
  void power_purchases(int region) {
    auto& lp = model_.program;
    const Region& where = scenario_.regions[at(region)];
    model_.bought_power.emplace_back(at(periods_), -1);
    if (!where.power_offer || where.power_w.empty()) return;
    const double usd_per_kw = product(power_cost(scenario_, where).factors);
    for (int t = 0, before = -1; t < periods_; ++t) {
      if (order_by(scenario_, *where.power_offer, t) < scenario_.as_of) continue;
      const std::string name = fmt::format("power bought[{},{}]", where.name, period_name(t));
      const int column = lp.add_column(name, 1000 * usd_per_kw * discount_factor(scenario_, t), 0, infinity);
      lp.link_column(column);
      model_.bought_power.back()[at(t)] = column;
      if (where.power_offer->limit_w) limit_row({"power offer", where.name, "MW", t, lp.add_row(fmt::format("power offer[{},{}]", where.name, period_name(t)), -infinity, *where.power_offer->limit_w * 1e-6, {{column, 1}}), 1, *where.power_offer->limit_w * 1e-6});
      if (before >= 0) linking(lp.add_row(fmt::format("power kept[{},{}]", where.name, period_name(t)), 0, infinity, {{column, 1}, {before, -1}}));
      before = column;
    }
  }

  /// New MW of a period in M USD.
  void add_power_purchases(int t, Terms& terms) const {
    for (int region = 0; region < regions(); ++region) {
      const std::vector<int>& bought = model_.bought_power[at(region)];
      if (bought[at(t)] < 0) continue;
      const double m_usd_per_mw = scenario_.regions[at(region)].power_offer->usd_per_w;
      terms.emplace_back(bought[at(t)], m_usd_per_mw);
      if (t > 0 && bought[at(t) - 1] >= 0) terms.emplace_back(bought[at(t) - 1], -m_usd_per_mw);
    }
  }

  void budgets() {
    const auto& budget = scenario_.policies.capex_budget_usd;
    for (int t = 0; t < periods_ && !budget.empty(); ++t) {
      Terms terms;
      for (int p = 0; p < pools(); ++p)
        if (model_.order[at(p)][at(t)] >= 0 && pool(p).price_usd_once > 0) terms.emplace_back(model_.order[at(p)][at(t)], purchase_usd_per_node(scenario_, pool(p)) * 1e-6);
      add_power_purchases(t, terms);
      if (terms.empty()) continue;
      limit_row({"capex budget", "all pools", "M USD", t, linking(model_.program.add_row(fmt::format("budget[{}]", period_name(t)), -infinity, budget[at(t)] * 1e-6, terms)), 1, budget[at(t)] * 1e-6});
    }
  }

  const Scenario& scenario_;
  Model& model_;
  int periods_;
};

}  // namespace

void add_holdings(const Scenario& scenario, Model& model) { Holdings(scenario, model).add(); }

}  // namespace tonnage::allocate
