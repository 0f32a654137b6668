#include "tonnage/tco/focus.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "lines.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::tco {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Nodes of a pool that came together: those already there (start -1), or of one order. Nodes that others were exchanged for are of the pool
/// whose commitment pays for them.
struct Cohort {
  int pool = 0;
  int start = -1;
  double nodes = 0;
  std::string id;
};

std::string service_category(const std::string& category) {
  if (category == "network" || category == "egress") return "Networking";
  if (category == "storage") return "Storage";
  if (category == "api") return "AI and Machine Learning";
  if (category == "migration") return "Migration";
  for (const char* compute : {"capital", "lease", "commitment", "on-demand", "spot", "failover", "spares", "maintenance"})
    if (category == compute) return "Compute";
  return "Other";
}

std::string unit_of(const std::string& unit) {
  if (unit == "node-hours") return "Hours";
  if (unit == "node-months") return "Node-Months";
  if (unit == "kW-months") return "kW-Months";
  if (unit == "months") return "Months";
  if (unit == "requests") return "Requests";
  if (unit == "M tokens") return "1000000 Tokens";
  if (unit == "accelerator-hours") return "Accelerator-Hours";
  if (unit == "replicas") return "Units";
  return unit;
}

/// Takes a share of what is left of an amount; the last part takes the rest, so that parts add up exactly.
class Splitter {
 public:
  explicit Splitter(Money total) : total_(total), rest_(total) {}
  Money take(double share) {
    const Money part = Money::from_double(total_.approximate() * share);
    rest_ -= part;
    return part;
  }
  Money rest() const { return rest_; }

 private:
  Money total_, rest_;
};

class FocusRows {
 public:
  FocusRows(const Inputs& in, const Ledger& ledger) : in_(in), s_(in.scenario), ledger_(ledger), used_(used_share_of_held(in)) {}

  std::vector<FocusRow> all() {
    std::size_t next = 0;
    for (int t = 0; t < static_cast<int>(s_.periods.size()); ++t) {
      for (; next < ledger_.lines.size() && ledger_.lines[next].period == t; ++next) use(static_cast<int>(next));
      buy(t);
    }
    // What is paid at the start of a term is known when its use is.
    for (const auto& [term, row] : begun_) {
      FocusRow& one = out_[row];
      one.billed = one.list = one.contracted = one.billed + paid_before_[term];
    }
    std::erase_if(out_, [](const FocusRow& row) { return row.charge_category == "Purchase" && row.billed == Money(); });
    return std::move(out_);
  }

 private:
  FocusRow row_of(const LineItem& line) const {
    FocusRow row;
    row.period = line.period;
    row.charge_category = line.category == "unspent" ? "Adjustment" : "Usage";
    row.charge_frequency = line.category == "unspent" ? "One-Time" : "Usage-Based";
    row.pricing_category = line.category == "spot" ? "Dynamic" : "Standard";
    row.service_category = service_category(line.category);
    row.service_name = row.category = line.category;
    row.provider = line.provider.empty() ? "own" : line.provider;
    row.region = line.region;
    row.resource = line.pool;
    row.workload = line.workload;
    row.sku = line.category;
    if (!line.pool.empty()) {
      const NodeSpec& node = node_of(pool_of(line));
      row.sku = node.type.name;
      row.accelerators = node.type.accelerators;
    }
    row.unit = unit_of(line.unit);
    row.description = formula(line);
    return row;
  }

  const Pool& pool_of(const LineItem& line) const { return s_.pools[at(pool_index(s_, line.pool))]; }
  const NodeSpec& node_of(const Pool& pool) const { return s_.nodes[at(node_index(s_, pool.node))]; }

  /// Bought or built, and so not billed while it is used up.
  bool prepaid(const LineItem& line) const {
    if (line.category == "capital" || line.category == "spares" || line.category == "network" || line.category == "storage") return true;
    if (line.category == "facility" || line.category == "power") return true;
    const auto fixed = std::find_if(s_.fixed_costs.begin(), s_.fixed_costs.end(), [&](const FixedCost& one) { return one.name == line.category; });
    return line.pool.empty() && fixed != s_.fixed_costs.end() && fixed->price_usd_once > 0;
  }

  void use(int index) {
    const LineItem& line = ledger_.lines[at(index)];
    const bool term = line.category == "commitment" || (line.category == "lease" && pool_of(line).upfront_share > 0);
    if (term) return committed(index);
    FocusRow row = row_of(line);
    row.line = index;
    row.cost = line.amount;
    row.present_value = line.present_value;
    row.pricing_quantity = row.consumed_quantity = line.quantity;
    if (line.cash) row.effective = row.list = row.contracted = line.expense;
    row.depreciation = prepaid(line);
    if (!row.depreciation) row.billed = row.effective;
    if (row.charge_category == "Adjustment") row.consumed_quantity.reset();
    out_.push_back(std::move(row));
  }

  Cohort held_cohort(int p, double nodes) const { return {p, -1, nodes, s_.pools[at(p)].name + "/held"}; }

  /// Of the orders of a pool that run in period t.
  std::vector<Cohort> ordered_cohorts(int p, int t) const {
    const Pool& pool = s_.pools[at(p)];
    std::vector<Cohort> out;
    const int stay = periods_in_service(s_, pool);
    for (const Order& order : in_.plan.orders)
      if (order.pool == pool.name && order.period <= t && t < order.period + stay) out.push_back({p, order.period, order.nodes, pool.name + "/" + s_.periods[at(order.period)].name});
    return out;
  }

  static double nodes_of(const std::vector<Cohort>& cohorts) {
    double out = 0;
    for (const Cohort& one : cohorts) out += one.nodes;
    return out;
  }

  /// So many nodes less or more of them all, in proportion; none where nothing is left.
  static void scale_to(double nodes, std::vector<Cohort>& cohorts) {
    const double all = nodes_of(cohorts);
    if (nodes <= 0 || all <= 0) return cohorts.clear();
    for (Cohort& one : cohorts) one.nodes *= nodes / all;
  }

  /// Nodes that a pool has given up in the period in exchanges before this one, or in all.
  double given_before(const Conversion* one, int p, int t) const {
    double out = 0;
    for (const Conversion& c : in_.plan.conversions) {
      if (&c == one) break;
      if (c.from == p && c.period == t) out += c.nodes;
    }
    return out;
  }

  /// Those in service in period t, whose nodes the line has. What is exchanged is taken from the orders first, then from what was held before.
  std::vector<Cohort> cohorts(const LineItem& line, int p) const {
    if (line.sunk) return {held_cohort(p, in_.plan.pools[at(p)].kept(line.period))};
    std::vector<Cohort> out = ordered_cohorts(p, line.period);
    const double given = given_before(nullptr, p, line.period), all = nodes_of(out);
    if (given > 0) scale_to(std::max(0.0, all - given), out);
    for (const Conversion& c : in_.plan.conversions)
      if (c.to == p && c.period == line.period) exchanged_for(c, out);
    return out;
  }

  /// The commitments that pay for what an exchange gained.
  void exchanged_for(const Conversion& c, std::vector<Cohort>& out) const {
    std::vector<Cohort> paying = ordered_cohorts(c.from, c.period);
    const double left = std::max(0.0, nodes_of(paying) - given_before(&c, c.from, c.period)), of_orders = std::min(c.nodes, left);
    scale_to(of_orders, paying);
    if (c.nodes - of_orders > 1e-9) paying.push_back(held_cohort(c.from, c.nodes - of_orders));
    scale_to(c.gained, paying);
    out.insert(out.end(), paying.begin(), paying.end());
  }

  /// USD of a node-hour without commitment: that of the first on-demand pool of the node in the region; else `own`.
  double list_usd_per_hour(const Pool& pool, int t, double own) const {
    for (const Pool& other : s_.pools)
      if (other.offer == OfferKind::on_demand && other.region == pool.region && other.node == pool.node) return rent_usd_per_hour(s_, other, t);
    return own;
  }

  /// Use of a commitment, used and not, and what is billed for it.
  void committed(int index) {
    const LineItem& line = ledger_.lines[at(index)];
    const int p = pool_index(s_, line.pool);
    const Pool& pool = s_.pools[at(p)];
    const double hours = period_hours(s_, line.period);
    const std::vector<Cohort> all = cohorts(line, p);
    double nodes = 0;
    for (const Cohort& one : all) nodes += one.nodes;
    Splitter effective(line.expense), cost(line.amount), present(line.present_value);
    const auto busy = used_.find({line.period, region_index(s_, pool.region), node_index(s_, pool.node)});
    for (std::size_t c = 0; c < all.size(); ++c) {
      const bool last = c + 1 == all.size();
      const double share = all[c].nodes / nodes;
      FocusRow row = row_of(line);
      row.line = index;
      row.share = share;
      row.pricing_category = line.category == "commitment" ? "Committed" : "Standard";
      if (line.category == "commitment") row.commitment = all[c].id;
      row.unit = "Hours";
      row.effective = last ? effective.rest() : effective.take(share);
      row.cost = last ? cost.rest() : cost.take(share);
      row.present_value = last ? present.rest() : present.take(share);
      pay(row, all[c]);
      const double node_hours = all[c].nodes * hours;
      const double list = list_usd_per_hour(pool, line.period, row.effective.approximate() / node_hours);
      use_of(row, node_hours, list, busy == used_.end() ? 1 : busy->second);
    }
  }

  void use_of(const FocusRow& whole, double node_hours, double list_usd_per_hour, double used) {
    Splitter effective(whole.effective), cost(whole.cost), present(whole.present_value);
    const auto part = [&](const char* status, double share, bool rest) {
      FocusRow row = whole;
      row.status = whole.commitment.empty() ? "" : status;
      row.share = whole.share * share;
      row.effective = rest ? effective.rest() : effective.take(share);
      row.cost = rest ? cost.rest() : cost.take(share);
      row.present_value = rest ? present.rest() : present.take(share);
      row.pricing_quantity = node_hours * share;
      if (row.status != "Unused") row.consumed_quantity = row.pricing_quantity;
      row.list = row.contracted = Money::from_double(node_hours * share * list_usd_per_hour);
      out_.push_back(std::move(row));
    };
    if (whole.commitment.empty() || used >= 1) return part("Used", 1, true);
    if (used > 0) part("Used", used, false);
    part("Unused", 1 - used, true);
  }

  /// The part of a period's use that is paid in it, and the part that was paid at the term's start.
  void pay(const FocusRow& use, const Cohort& cohort) {
    const Pool& pool = s_.pools[at(cohort.pool)];
    const Money before = Money::from_double(use.effective.approximate() * pool.upfront_share);
    FocusRow row = purchase(use, "Recurring");
    row.billed = row.list = row.contracted = use.effective - before;
    row.pricing_quantity = cohort.nodes * period_hours(s_, use.period);
    row.description = "commitment " + cohort.id + ", the period's part";
    bought_[use.period].push_back(row);
    if (cohort.start >= 0 && pool.upfront_share > 0) paid_before_[{pool.name, cohort.start}] += before;
  }

  static FocusRow purchase(const FocusRow& of, const char* frequency) {
    FocusRow row = of;
    row.line = -1;
    row.charge_category = "Purchase";
    row.charge_frequency = frequency;
    row.status.clear();
    row.consumed_quantity.reset();
    row.effective = row.cost = row.present_value = Money();
    row.share = 0;
    return row;
  }

  /// The purchases of a period: nodes ordered for it, commitments that begin, and the parts of those that run.
  void buy(int t) {
    for (const Order& order : in_.plan.orders) {
      if (order.period != t) continue;
      const Pool& pool = s_.pools[at(pool_index(s_, order.pool))];
      if (pool.price_usd_once > 0) buy_nodes(order, pool);
      else if (pool.upfront_share > 0) begin_term(order, pool);
    }
    buy_spares(t);
    buy_power(t);
    for (FocusRow& row : bought_[t]) out_.push_back(std::move(row));
    bought_[t].clear();
  }

  FocusRow order_row(const Order& order, const Pool& pool, const std::string& category) const {
    LineItem line;
    line.period = order.period;
    line.pool = pool.name;
    line.region = pool.region;
    line.provider = s_.regions[at(region_index(s_, pool.region))].provider;
    line.category = category;
    return purchase(row_of(line), "One-Time");
  }

  void buy_spares(int t) {
    for (int p = 0; p < static_cast<int>(s_.pools.size()); ++p) {
      const Pool& pool = s_.pools[at(p)];
      for (const auto& [period, nodes] : spares_bought(s_, pool, in_.plan.pools[at(p)])) {
        if (period != t) continue;
        FocusRow row = order_row({pool.name, t, nodes, {}, 0}, pool, "spares");
        row.pricing_quantity = nodes;
        row.unit = "Units";
        row.billed = row.list = row.contracted = Money::from_double(nodes * pool.price_usd_once);
        row.description = "spares of " + pool.name + ": " + std::to_string(static_cast<long long>(nodes)) + " x " + pool.node;
        out_.push_back(std::move(row));
      }
    }
  }

  void buy_power(int t) {
    for (const PowerOrder& order : in_.plan.power_orders) {
      if (order.period != t) continue;
      const Region& region = s_.regions[at(region_index(s_, order.region))];
      LineItem line;
      line.period = t, line.region = region.name, line.provider = region.provider, line.category = "power";
      FocusRow row = purchase(row_of(line), "One-Time");
      row.pricing_quantity = order.power_w / 1000;
      row.unit = "kW";
      row.billed = row.list = row.contracted = Money::from_double(order.power_w * region.power_offer->usd_per_w);
      row.description = "power for " + region.name;
      out_.push_back(std::move(row));
    }
  }

  void buy_nodes(const Order& order, const Pool& pool) {
    const NodeCosts& costs = node_of(pool).costs;
    for (const auto& [category, usd] : {std::pair<std::string, double>{"capital", pool.price_usd_once}, {"network", pool.price_usd_once * costs.network.share + costs.network.usd}, {"storage", pool.price_usd_once * costs.storage.share + costs.storage.usd}}) {
      FocusRow row = order_row(order, pool, category);
      row.pricing_quantity = order.nodes;
      row.unit = "Units";
      row.billed = row.list = row.contracted = Money::from_double(order.nodes * usd);
      row.description = "purchase of " + std::to_string(static_cast<long long>(order.nodes)) + " x " + pool.node;
      out_.push_back(std::move(row));
    }
  }

  /// The upfront part of a term; of its use within the horizon it is known at the end of all rows, beyond the horizon it is at the price.
  void begin_term(const Order& order, const Pool& pool) {
    const bool reserved = pool.offer == OfferKind::reserved;
    FocusRow row = order_row(order, pool, reserved ? "commitment" : "lease");
    row.pricing_category = reserved ? "Committed" : "Standard";
    if (reserved) row.commitment = pool.name + "/" + s_.periods[at(order.period)].name;
    const double length = period_months(s_);
    const int stay = std::max(1, static_cast<int>(std::floor(pool.term_months / length + 1e-6)));
    const int within = static_cast<int>(s_.periods.size()) - order.period;
    const double months_beyond = stay > within ? pool.term_months - within * length : 0;
    const double hours_a_month = s_.finance.hours_per_month > 0 ? s_.finance.hours_per_month : 365.25 * 24 / 12;
    const double usd_a_month = pool.price_usd_per_month + pool.price_usd_per_hour * hours_a_month;
    row.billed = Money::from_double(order.nodes * pool.upfront_share * usd_a_month * months_beyond);
    row.pricing_quantity = order.nodes;
    row.unit = "Units";
    row.description = "upfront for the term of " + pool.name;
    begun_[{pool.name, order.period}] = out_.size();
    out_.push_back(std::move(row));
  }

  const Inputs& in_;
  const Scenario& s_;
  const Ledger& ledger_;
  std::map<HeldKey, double> used_;
  std::vector<FocusRow> out_;
  std::map<int, std::vector<FocusRow>> bought_;                    // by period
  std::map<std::pair<std::string, int>, Money> paid_before_;       // pool, start
  std::map<std::pair<std::string, int>, std::size_t> begun_;       // pool, start: row
};

}  // namespace

std::vector<FocusRow> focus_rows(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan, const Ledger& ledger) {
  const Inputs in{scenario, demand, capacities, plan};
  return FocusRows(in, ledger).all();
}

}  // namespace tonnage::tco
