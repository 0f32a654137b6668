#include "tonnage/tco/capacity_risk.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "lines.hpp"
#include "tonnage/core/normal.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::tco {
namespace {

constexpr int points = 1024;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Nodes of one type in one region and state.
struct Use {
  double uncertain = 0, certain = 0;  ///< that work needs, with and without an interval
  double held = 0;
  double usd_per_node = 0;            ///< present value of renting one more for the state's hours
};

class NodeUse {
 public:
  explicit NodeUse(const Inputs& in) : in_(in) {
    for (int node = 0; node < static_cast<int>(in.scenario.nodes.size()); ++node) own_usd_per_hour_.push_back(own_usd_per_hour(node)), lead_months_.push_back(lead_months(node));
  }

  /// By state, region and node type, where work has an uncertain capacity.
  std::vector<Use> of_accelerator(const std::string& accelerator) const {
    std::map<std::tuple<int, int, int>, Use> uses;
    const auto use = [&](int state, int region, int deployment) -> Use* {
      const int node = node_index(in_.scenario, in_.capacities.deployments[at(deployment)].node);
      return in_.scenario.nodes[at(node)].type.accelerator == accelerator ? &uses[{state, region, node}] : nullptr;
    };
    for (const Placement& p : in_.plan.placements)
      if (Use* one = use(p.state, p.region, p.deployment)) (is_uncertain(in_.capacities.deployments[at(p.deployment)]) ? one->uncertain : one->certain) += p.nodes;
    for (const Standby& s : in_.plan.standbys)
      if (Use* one = use(s.state, s.region, s.deployment)) one->certain += s.nodes;
    std::vector<Use> out;
    for (auto& [key, one] : uses) {
      const auto& [state, region, node] = key;
      if (one.uncertain <= 0) continue;
      fill(in_.plan.states[at(state)], region, node, one);
      out.push_back(one);
    }
    return out;
  }

  static bool is_uncertain(const Deployment& d) { return d.capacity_p10 != 1 || d.capacity_p90 != 1; }

 private:
  void fill(const State& state, int region, int node, Use& use) const {
    const Scenario& s = in_.scenario;
    double rent = std::numeric_limits<double>::infinity(), anywhere = rent;
    for (std::size_t p = 0; p < s.pools.size(); ++p) {
      const Pool& pool = s.pools[p];
      if (node_index(s, pool.node) != node || pool.offer == OfferKind::api) continue;
      const bool here = region_index(s, pool.region) == region;
      if (here) use.held += in_.plan.pools[p].in_service[at(state.period)] * usable_share(s, pool);
      if (pool.offer != OfferKind::on_demand) continue;
      const double price = rent_usd_per_hour(s, pool, state.period);
      anywhere = std::min(anywhere, price);
      if (here) rent = std::min(rent, price);
    }
    const double own = own_usd_per_hour_[at(node)];
    if (!std::isfinite(rent)) rent = std::isfinite(anywhere) ? anywhere : own;
    if (own > 0 && state.period * period_months(s) >= lead_months_[at(node)]) rent = std::min(rent, own);
    use.usd_per_node = rent * state_hours(in_, state) * discount_factor(s, state.period);
  }

  /// Months until more nodes of a type can be there, of those that the plan holds.
  double lead_months(int node) const {
    constexpr double days_per_month = 365.25 / 12;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t p = 0; p < in_.scenario.pools.size(); ++p) {
      const Pool& pool = in_.scenario.pools[p];
      const std::vector<double>& held = in_.plan.pools[p].in_service;
      if (node_index(in_.scenario, pool.node) != node || std::none_of(held.begin(), held.end(), [](double n) { return n > 0; })) continue;
      least = std::min(least, pool.lead_time_months + pool.lead_time_days / days_per_month);
    }
    return least;
  }

  /// What the plan pays for an hour of its own nodes of a type, over the horizon.
  double own_usd_per_hour(int node) const {
    const Scenario& s = in_.scenario;
    double usd = 0, hours = 0;
    for (std::size_t p = 0; p < s.pools.size(); ++p) {
      if (node_index(s, s.pools[p].node) != node) continue;
      for (int t = 0; t < static_cast<int>(s.periods.size()); ++t) {
        const double nodes = in_.plan.pools[p].in_service[at(t)];
        if (nodes <= 0) continue;
        hours += nodes * period_hours(s, t);
        usd += nodes * holding_usd_per_node(s, s.pools[p], t);
      }
    }
    return hours > 0 ? usd / hours : 0;
  }

  const Inputs& in_;
  std::vector<double> own_usd_per_hour_, lead_months_;  ///< by node type
};

/// Cost beyond the plan's when work needs `need` times its nodes.
double extra_usd(const std::vector<Use>& uses, double need) {
  double usd = 0;
  for (const Use& use : uses) {
    const auto rented = [&](double times) { return std::max(times * use.uncertain + use.certain - use.held, 0.0); };
    usd += use.usd_per_node * (rented(need) - rented(1));
  }
  return usd;
}

/// Mean logarithms of the interval's ends over the node-hours that rest on them.
struct Interval {
  double low = 0, high = 0, hours = 0;
  std::map<std::string, double> classes;
};

Interval interval_of(const Inputs& in, const std::string& accelerator) {
  Interval out;
  for (const Placement& p : in.plan.placements) {
    const Deployment& d = in.capacities.deployments[at(p.deployment)];
    if (in.scenario.nodes[at(node_index(in.scenario, d.node))].type.accelerator != accelerator || !NodeUse::is_uncertain(d)) continue;
    const double hours = p.nodes * state_hours(in, in.plan.states[at(p.state)]);
    out.low += hours * std::log(d.capacity_p10), out.high += hours * std::log(d.capacity_p90), out.hours += hours;
    out.classes[d.measured_class] += hours;
  }
  return out;
}

CapacityRisk risk_of(const Interval& interval, const std::vector<Use>& uses, const std::string& accelerator, double planned_usd) {
  CapacityRisk risk;
  risk.accelerator = accelerator;
  const auto most = std::max_element(interval.classes.begin(), interval.classes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  risk.measured_class = most->first;
  const double low = interval.low / interval.hours, high = interval.high / interval.hours;
  risk.capacity_p10 = std::exp(low), risk.capacity_p90 = std::exp(high);
  const double middle = 0.5 * (low + high), sigma = 0.5 * (high - low) / normal_90;
  for (int i = 0; i < points; ++i) {
    const double need = std::exp(-middle + sigma * normal_quantile((i + 0.5) / points));  // less capacity last
    risk.cost_ratios.push_back(1 + extra_usd(uses, need) / planned_usd);
  }
  return risk;
}

}  // namespace

std::vector<CapacityRisk> capacity_risks(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan, const Ledger& ledger) {
  const Inputs in{scenario, demand, capacities, plan};
  const NodeUse use(in);
  std::vector<CapacityRisk> out;
  const double planned = ledger.totals.present_value.approximate();
  if (!(planned > 0)) return out;
  for (const Accelerator& accelerator : scenario.accelerators) {
    const std::vector<Use> uses = use.of_accelerator(accelerator.name);
    const Interval interval = interval_of(in, accelerator.name);
    if (interval.hours > 0) out.push_back(risk_of(interval, uses, accelerator.name, planned));
  }
  return out;
}

}  // namespace tonnage::tco
