#include "tonnage/documents/holding.hpp"

#include <cmath>

#include "tonnage/core/poisson.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// In equal parts, without interest.
Factor straight_factor(const Pool& pool, double residual_share = 0) { return {"straight line a month", (1 - residual_share) / pool.life_months, "", pool.path + ".life"}; }

Factor recovery_factor(const Finance& finance, double life_months, double residual_share = 0) {
  const Recovery recovery{life_months, residual_share};
  return {"capital recovery a month", value_of(finance, recovery), "", "finance.discount_rate", recovery};
}

/// What a month's share of a pool's price is, and so of what is bought beside it.
Factor price_factor(const Scenario& scenario, const Pool& pool, double residual_share = 0) {
  return pool.straight_line ? straight_factor(pool, residual_share) : recovery_factor(scenario.finance, pool.life_months, residual_share);
}

class Costs {
 public:
  Costs(const Scenario& scenario, const Pool& pool, int t)
      : scenario_(scenario), pool_(pool), t_(t), months_(period_months(scenario)), region_(scenario.regions[at(region_index(scenario, pool.region))]),
        node_(scenario.nodes[at(node_index(scenario, pool.node))]) {}

  std::vector<HoldingCost> all() {
    if (pool_.price_usd_once > 0) bought();
    else rented();
    place();
    out_.front().embodied_kg = node_.costs.embodied_kg / pool_.life_months * months_;
    return std::move(out_);
  }

 private:
  Factor months() const { return {"", months_, "months", ""}; }
  Factor price() const { return {"price", pool_.price_usd_once, "USD", pool_.path + ".price"}; }
  std::string node_path(const char* key) const { return "nodes." + node_.type.name + "." + key; }

  void add(const char* category, std::vector<Factor> factors, double expense_ratio = 1) { out_.push_back({category, std::move(factors), months_, "node-months", expense_ratio, 0}); }

  void bought() {
    const Factor recovery = price_factor(scenario_, pool_, pool_.residual_share);
    const double straight = (1 - pool_.residual_share) / pool_.life_months;
    add("capital", {price(), recovery, months()}, recovery.value > 0 ? straight / recovery.value : 1);
    // Network, storage and work on them have no second life.
    const Factor whole = price_factor(scenario_, pool_);
    beside("network", node_.costs.network, whole);
    beside("storage", node_.costs.storage, whole);
    const double per_month = node_.costs.maintenance_per_year / 12;
    if (per_month > 0) add("maintenance", {price(), {"of it a year", node_.costs.maintenance_per_year, "", node_path("maintenance")}, {"years a month", 1.0 / 12, "", ""}, months()});
    const double staff = scenario_.finance.staff_share_per_year;
    if (staff > 0) add("staff", {price(), {"of it a year", staff, "", "finance.staff"}, {"years a month", 1.0 / 12, "", ""}, months()});
  }

  void beside(const char* category, const Beside& what, const Factor& recovery) {
    const double ratio = 1 / pool_.life_months / recovery.value;
    if (what.share > 0) add(category, {price(), {std::string("of it for ") + category, what.share, "", node_path(category)}, recovery, months()}, ratio);
    if (what.usd > 0) add(category, {{"", what.usd, "USD", node_path(category)}, recovery, months()}, ratio);
  }

  void rented() {
    const char* category = pool_.offer == OfferKind::lease || pool_.offer == OfferKind::colocation ? "lease" : "commitment";
    std::vector<Factor> factors = {{"", pool_.price_usd_per_hour, "USD/h", pool_.path + ".price"}, {"", period_hours(scenario_, t_), "h", ""}};
    if (pool_.price_usd_per_month > 0) factors = {{"", pool_.price_usd_per_month, "USD/month", pool_.path + ".price"}, months()};
    // What is paid at the start of the term is recovered over it, as a purchase is over its life.
    const Recovery prepaid{pool_.term_months, 0, 1 - pool_.upfront_share, pool_.upfront_share * pool_.term_months};
    const double interest = pool_.upfront_share > 0 ? value_of(scenario_.finance, prepaid) : 1;
    if (pool_.upfront_share > 0) factors.push_back({"with interest on what is paid upfront", interest, "", pool_.path + ".upfront", prepaid});
    add(category, std::move(factors), 1 / interest);
  }

  void add_place(const char* category, std::vector<Factor> factors, double expense_ratio = 1) {
    factors.insert(factors.begin(), {"", node_.type.power_w / 1000, "kW", node_path("power")});
    out_.push_back({category, std::move(factors), node_.type.power_w / 1000 * months_, "kW-months", expense_ratio, 0});
  }

  void place() {
    const std::string path = "regions." + region_.name + ".";
    if (region_.site == Site::colocation) add_place("colocation", {{"", region_.colocation_usd_per_w_month * 1000, "USD/kW/month", path + "colocation"}, months()});
    if (region_.demand_charge_usd_per_w_month > 0) add_place("demand charge", {{"PUE", region_.pue, "", path + "pue"}, {"", region_.demand_charge_usd_per_w_month * 1000, "USD/kW/month", path + "demand_charge"}, months()});
    const FacilityCost& facility = region_.facility;
    if (facility.usd_per_w > 0) {
      const Factor recovery = recovery_factor(scenario_.finance, facility.life_months);
      add_place("facility", {{"", facility.usd_per_w * 1000, "USD/kW", path + "facility.price"}, recovery, months()}, 1 / facility.life_months / recovery.value);
    }
    if (facility.usd_per_w_month > 0) add_place("facility operation", {{"", facility.usd_per_w_month * 1000, "USD/kW/month", path + "facility.operation"}, months()});
  }

  const Scenario& scenario_;
  const Pool& pool_;
  int t_;
  double months_;
  const Region& region_;
  const NodeSpec& node_;
  std::vector<HoldingCost> out_;
};

}  // namespace

HoldingCost power_cost(const Scenario& scenario, const Region& region) {
  const PowerOffer& offer = *region.power_offer;
  const Factor recovery = recovery_factor(scenario.finance, offer.life_months);
  const double months = period_months(scenario);
  return {"power", {{"", offer.usd_per_w * 1000, "USD/kW", offer.path + ".price"}, recovery, {"", months, "months", ""}}, months, "kW-months", 1 / offer.life_months / recovery.value, 0};
}

std::vector<HoldingCost> holding_costs(const Scenario& scenario, const Pool& pool, int t) { return Costs(scenario, pool, t).all(); }

double holding_usd_per_node(const Scenario& scenario, const Pool& pool, int t) {
  double sum = 0;
  for (const HoldingCost& cost : holding_costs(scenario, pool, t)) sum += product(cost.factors);
  return sum;
}

namespace {

/// Level payments of a month, this many of them after the horizon, at their worth when the last period is paid.
double months_after(const Scenario& scenario, const Pool& pool, int t) {
  const int periods = static_cast<int>(scenario.periods.size());
  const double months = period_months(scenario), stays = pool.price_usd_once > 0 ? pool.life_months : pool.term_months;
  const double left = stays - (periods - t) * months;
  if (left <= 1e-9) return 0;
  const double i = monthly_rate(scenario.finance);
  const double at_end = i == 0 ? left : (1 - std::pow(1 + i, -left)) / i;
  return at_end * std::pow(1 + i, -periods * months) / discount_factor(scenario, periods - 1);
}

}  // namespace

std::vector<HoldingCost> run_off_costs(const Scenario& scenario, const Pool& pool, int t) {
  std::vector<HoldingCost> out;
  const double months = scenario.finance.run_off ? months_after(scenario, pool, t) : 0;
  if (months <= 0) return out;
  for (HoldingCost& cost : holding_costs(scenario, pool, static_cast<int>(scenario.periods.size()) - 1)) {
    bool owed = false;
    for (const char* category : {"capital", "network", "storage", "lease", "commitment"}) owed = owed || cost.category == category;
    if (!owed) continue;
    cost.factors.push_back({"periods after the horizon, discounted to the last", months / period_months(scenario), "", ""});
    cost.category = "run-off";
    cost.quantity = months;
    cost.expense_ratio = cost.embodied_kg = 0;
    out.push_back(std::move(cost));
  }
  return out;
}

double spare_nodes(const Scenario& scenario, const Pool& pool, double nodes) {
  const NodeCosts& costs = scenario.nodes[at(node_index(scenario, pool.node))].costs;
  if (!scenario.policies.spares_level || pool.price_usd_once <= 0) return 0;
  return poisson_quantile(nodes * costs.failures_per_year * costs.repair_years, *scenario.policies.spares_level);
}

HoldingCost spare_cost(const Scenario& scenario, const Pool& pool) {
  const double months = period_months(scenario);
  HoldingCost out{"spares", {{"price", pool.price_usd_once, "USD", pool.path + ".price"}, price_factor(scenario, pool, pool.residual_share), {"", months, "months", ""}}, months, "node-months", 1, 0};
  const double recovery = out.factors[1].value;
  if (recovery > 0) out.expense_ratio = (1 - pool.residual_share) / pool.life_months / recovery;
  out.embodied_kg = scenario.nodes[at(node_index(scenario, pool.node))].costs.embodied_kg / pool.life_months * months;
  return out;
}

std::vector<LineItem> fixed_costs(const Scenario& scenario, int t) {
  std::vector<LineItem> out;
  const double months = period_months(scenario);
  for (const FixedCost& cost : scenario.fixed_costs) {
    LineItem line;
    line.period = t;
    line.region = cost.region;
    if (!cost.region.empty()) line.provider = scenario.regions[at(region_index(scenario, cost.region))].provider;
    line.category = cost.name;
    line.sunk = true;
    line.quantity = months;
    line.unit = "months";
    if (cost.price_usd_once > 0) {
      const Factor recovery = recovery_factor(scenario.finance, cost.life_months);
      line.factors = {{"price", cost.price_usd_once, "USD", cost.path}, recovery, {"", months, "months", ""}};
      line.expense_ratio = 1 / cost.life_months / recovery.value;
    } else {
      line.factors = {{"", cost.price_usd_per_month, "USD/month", cost.path}, {"", months, "months", ""}};
    }
    out.push_back(std::move(line));
  }
  return out;
}

std::string price_unit(const Pool& pool) {
  if (pool.offer == OfferKind::api) return "USD/M tokens";
  return pool.price_usd_once > 0 ? "USD" : pool.price_usd_per_month > 0 ? "USD/month" : "USD/h";
}

double purchase_usd_per_node(const Scenario& scenario, const Pool& pool) {
  const NodeCosts& costs = scenario.nodes[at(node_index(scenario, pool.node))].costs;
  return pool.price_usd_once * (1 + costs.network.share + costs.storage.share) + (pool.price_usd_once > 0 ? costs.network.usd + costs.storage.usd : 0);
}

}  // namespace tonnage
