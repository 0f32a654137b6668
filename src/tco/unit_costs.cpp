// Who uses what a plan pays for, and what a unit of work comes to.
#include "tonnage/tco/unit_costs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "lines.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::tco {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

using Weights = std::vector<double>;  ///< by workload

/// What work occupies and draws, expected over the outcomes.
class Use {
 public:
  explicit Use(const Inputs& in) : in_(in) {
    for (const Placement& placement : in.plan.placements) add(placement);
  }

  const Weights& of(const LineItem& line) const {
    const Scenario& s = in_.scenario;
    const int region = line.region.empty() ? -1 : region_index(s, line.region);
    if (!line.pool.empty()) return find(nodes_, {line.category == "failover", line.period, region, node_index(s, s.pools[at(pool_index(s, line.pool))].node)});
    if (line.category == "energy") return find(line.factors.front().name == busy_power ? busy_wh_ : idle_wh_, {line.period, region});
    return find(accelerators_, {line.period, region});
  }

 private:
  void add(const Placement& placement) {
    const Scenario& s = in_.scenario;
    const State& state = in_.plan.states[at(placement.state)];
    const Deployment& d = in_.capacities.deployments[at(placement.deployment)];
    const int n = node_index(s, d.node);
    const NodeType& node = s.nodes[at(n)].type;
    const double hours = placement.nodes * state_hours(in_, state);
    const int w = placement.workload, t = state.period;
    const bool lost = state.lost_region >= 0;
    at_key(nodes_, {lost, t, placement.region, n})[at(w)] += hours;
    if (lost) return;
    for (const int region : {placement.region, -1}) at_key(accelerators_, {t, region})[at(w)] += hours * node.accelerators;
    at_key(idle_wh_, {t, placement.region})[at(w)] += hours * node.idle_power_w;
    at_key(busy_wh_, {t, placement.region})[at(w)] += placement.load_per_s * busy_w_per_load(node, d) * state_hours(in_, state);
  }

  template <class Key>
  Weights& at_key(std::map<Key, Weights>& map, const Key& key) {
    return map.try_emplace(key, in_.scenario.workloads.size(), 0.0).first->second;
  }

  template <class Key>
  const Weights& find(const std::map<Key, Weights>& map, const Key& key) const {
    static const Weights none;
    const auto found = map.find(key);
    return found == map.end() ? none : found->second;
  }

  const Inputs& in_;
  std::map<std::tuple<bool, int, int, int>, Weights> nodes_;  ///< node-hours by loss, period, region, node type
  std::map<std::pair<int, int>, Weights> accelerators_, idle_wh_, busy_wh_;  ///< by period and region, -1: everywhere
};

/// What placements occupy, and how much of it is for prompts.
void add_accelerator_hours(const Inputs& in, std::vector<UnitCost>& out) {
  std::vector<std::optional<double>> on_prompts(out.size(), 0.0);
  for (const Placement& placement : in.plan.placements) {
    const State& state = in.plan.states[at(placement.state)];
    if (state.lost_region >= 0) continue;
    const Deployment& deployment = in.capacities.deployments[at(placement.deployment)];
    const NodeType& node = in.scenario.nodes[at(node_index(in.scenario, deployment.node))].type;
    const double hours = placement.nodes * node.accelerators * state_hours(in, state);
    std::optional<double>& prompts = on_prompts[at(placement.workload)];
    out[at(placement.workload)].accelerator_hours += hours;
    if (hours <= 0 || is_hosted(deployment)) continue;
    if (prompts && deployment.prompt_share) *prompts += hours * *deployment.prompt_share;
    else prompts.reset();
  }
  for (std::size_t w = 0; w < out.size(); ++w)
    if (on_prompts[w] && out[w].accelerator_hours > 0) out[w].prompt_share = *on_prompts[w] / out[w].accelerator_hours;
}

/// A part of an amount, to the micro-unit.
Money part_of(Money amount, double share) { return Money::from_double(amount.approximate() * share); }

}  // namespace

LineShares shares_of_lines(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan, const Ledger& ledger) {
  const Inputs in{scenario, demand, capacities, plan};
  const Use use(in);
  const std::vector<LineItem>& lines = ledger.lines;
  LineShares out(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].workload.empty()) {
      for (int w = 0; w < static_cast<int>(scenario.workloads.size()); ++w)
        if (scenario.workloads[at(w)].name == lines[i].workload) out[i].push_back({w, 1});
      continue;
    }
    const Weights& weights = use.of(lines[i]);
    double all = 0;
    for (const double weight : weights) all += weight;
    for (int w = 0; all > 0 && w < static_cast<int>(weights.size()); ++w)
      if (weights[at(w)] > 0) out[i].push_back({w, weights[at(w)] / all});
  }
  return out;
}

std::vector<LineItem> split_by_use(const Scenario& scenario, const LineItem& line, const std::vector<WorkloadShare>& shares) {
  std::vector<LineItem> out;
  LineItem rest = line;
  for (std::size_t k = 0; k < shares.size(); ++k) {
    LineItem part = k + 1 < shares.size() ? line : rest;  // the last one takes what rounding left
    part.workload = scenario.workloads[at(shares[k].workload)].name;
    const double share = shares[k].share;
    if (k + 1 < shares.size()) {
      part.amount = part_of(line.amount, share), part.present_value = part_of(line.present_value, share), part.expense = part_of(line.expense, share);
      rest.amount -= part.amount, rest.present_value -= part.present_value, rest.expense -= part.expense;
    }
    part.quantity = line.quantity * share, part.energy_kwh = line.energy_kwh * share, part.carbon_kg = line.carbon_kg * share;
    part.carbon_market_kg = line.carbon_market_kg * share, part.embodied_kg = line.embodied_kg * share;
    out.push_back(std::move(part));
  }
  return out;
}

std::vector<UnitCost> unit_costs(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan, const Ledger& ledger) {
  const Inputs in{scenario, demand, capacities, plan};
  std::vector<UnitCost> out(scenario.workloads.size());
  for (std::size_t w = 0; w < out.size(); ++w) out[w].workload = static_cast<int>(w);
  for (const Flow& flow : plan.flows) {
    const State& state = plan.states[at(flow.state)];
    const Workload& workload = scenario.workloads[at(flow.workload)];
    if (state.lost_region >= 0 || flow.region < 0) continue;
    const double units = flow.load_per_s * (workload.unit == "requests/s" ? 3600 : 1) * state_hours(in, state);
    out[at(flow.workload)].units += units;
    if (workload.unit != "requests/s") continue;
    out[at(flow.workload)].input_tokens += units * workload.shape.input_mean_tokens;
    out[at(flow.workload)].output_tokens += units * workload.shape.output_mean_tokens;
  }
  add_accelerator_hours(in, out);
  const std::map<HeldKey, double> used = used_share_of_held(in);
  const LineShares shares = shares_of_lines(scenario, demand, capacities, plan, ledger);
  for (std::size_t i = 0; i < ledger.lines.size(); ++i) {
    const LineItem& line = ledger.lines[i];
    if (!line.cash || shares[i].empty()) continue;
    const bool held = !line.pool.empty() && !hourly(scenario.pools[at(pool_index(scenario, line.pool))].offer);
    const auto busy = held ? used.find({line.period, region_index(scenario, line.region), node_index(scenario, scenario.pools[at(pool_index(scenario, line.pool))].node)}) : used.end();
    const std::vector<LineItem> parts = split_by_use(scenario, line, shares[i]);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      UnitCost& one = out[at(shares[i][k].workload)];
      one.cost += parts[k].amount;
      one.cost_at_full_use += busy == used.end() ? parts[k].amount : part_of(parts[k].amount, busy->second);
    }
  }
  return out;
}

}  // namespace tonnage::tco
