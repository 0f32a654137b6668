#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "model.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::Terms;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A deployment in a region with the load that it has, as terms or as a number.
struct Place {
  std::string region, node;
  int accelerators;
  double replica_load;
  Terms before, now;
  double was = 0;
};

/// Between a period and the next (or the present plan and the first), by outcome: what leaves its place beyond what demand falls.
class Churn {
 public:
  Churn(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Present* present, Model& model)
      : scenario_(scenario), demand_(demand), capacities_(capacities), present_(present), model_(model) {}

  void add() {
    mean_loads();
    for (int t = present_ != nullptr ? 0 : 1; t < static_cast<int>(scenario_.periods.size()); ++t)
      for (int s = 0; s < static_cast<int>(demand_.outcomes.size()); ++s) transition(t, s);
  }

 private:
  using Key = std::tuple<int, int, int>;  // workload, region, deployment
  using Loads = std::map<Key, Terms>;

  double share(int t, int b) const {
    double all = 0;
    for (const Block& block : demand_.blocks) all += block.hours[at(t)];
    return demand_.blocks[at(b)].hours[at(t)] / all;
  }

  void mean_loads() {
    for (const StateColumns& columns : model_.states) {
      const State& st = columns.state;
      if (st.lost_region >= 0) continue;
      Loads& loads = loads_[{st.period, st.outcome}];
      for (const PlaceColumn& c : columns.places)  // what is hosted elsewhere has no replicas to move
        if (!is_hosted(capacities_.deployments[at(c.deployment)])) loads[{c.workload, c.region, c.deployment}].emplace_back(c.column, share(st.period, st.block));
    }
  }

  double mean_demand(int w, int t, int s) const {
    double out = 0;
    for (const DemandSeries& series : demand_.series)
      for (int b = 0; series.workload == scenario_.workloads[at(w)].name && b < static_cast<int>(demand_.blocks.size()); ++b) out += share(t, b) * demand_.load(series, s, t, b);
    return out;
  }

  double demand_before(int w, int t, int s) const {
    if (t > 0) return mean_demand(w, t - 1, s);
    for (const PresentDemand& one : present_->demand)
      if (one.workload == scenario_.workloads[at(w)].name) return one.load_per_s;
    return 0;
  }

  double replica_load(const Deployment& d) const { return d.load_per_s * used_share(scenario_, d); }

  std::vector<Place> places_before(int w, int t, int s) {
    std::vector<Place> out;
    Loads& now = loads_[{t, s}];
    if (t == 0) {
      for (const PresentPlace& p : present_->places) {
        if (p.workload != scenario_.workloads[at(w)].name || p.accelerators == 0) continue;
        out.push_back({p.region, p.node, p.accelerators, p.replica_load_per_s, {}, {}, p.load_per_s});
        if (const auto found = now.find({w, region_index(scenario_, p.region), same(p)}); found != now.end()) out.back().now = found->second;
      }
      return out;
    }
    for (const auto& [key, terms] : loads_[{t - 1, s}]) {
      if (std::get<0>(key) != w) continue;
      const Deployment& d = capacities_.deployments[at(std::get<2>(key))];
      out.push_back({scenario_.regions[at(std::get<1>(key))].name, d.node, d.accelerators, replica_load(d), terms, {}, 0});
      if (const auto found = now.find(key); found != now.end()) out.back().now = found->second;
    }
    return out;
  }

  /// The deployment that the present plan runs, or -1: there is none like it any more.
  int same(const PresentPlace& p) const {
    for (std::size_t d = 0; d < capacities_.deployments.size(); ++d) {
      const Deployment& one = capacities_.deployments[d];
      const bool near = one.round_trip_s == p.round_trip_s || std::fabs(one.round_trip_s - p.round_trip_s) < 1e-9;
      if (one.workload == p.workload && one.node == p.node && one.precision == p.precision && one.accelerators == p.accelerators && near) return static_cast<int>(d);
    }
    return -1;
  }

  void transition(int t, int s) {
    Terms moved;              // in accelerators
    double were = 0;          // accelerators at work before
    for (int w = 0; w < static_cast<int>(scenario_.workloads.size()); ++w)
      for (const auto& [column, place] : leaving(w, t, s)) {
        const double accelerators = place.accelerators / place.replica_load;
        moved.emplace_back(column, accelerators);
        for (const auto& [before, part] : place.before) moved.emplace_back(before, -share_of_period() * part * accelerators);
        were += place.was * accelerators;
      }
    if (!scenario_.policies.churn_per_month || moved.empty()) return;
    const int row = model_.program.add_row(fmt::format("churn[{},{}]", scenario_.periods[at(t)].name, demand_.outcomes[at(s)].name), -infinity, share_of_period() * were, moved);
    model_.rules.push_back({"churn", t == 0 ? "the present plan" : "the plan", "", t, row, 1, 0});
  }

  double share_of_period() const { return scenario_.policies.churn_per_month.value_or(0) * period_months(scenario_); }

  /// A column for what moves away from each place of the workload.
  std::vector<std::pair<int, Place>> leaving(int w, int t, int s) {
    std::vector<std::pair<int, Place>> out;
    const Workload& workload = scenario_.workloads[at(w)];
    if (present_ == nullptr && !scenario_.policies.churn_per_month && workload.move_cost_usd <= 0) return out;
    auto& lp = model_.program;
    const double falls = std::max(0.0, demand_before(w, t, s) - mean_demand(w, t, s));
    Terms fallen;
    for (Place& place : places_before(w, t, s)) {
      const std::string name = fmt::format("{},{},{}x{},{},{}", workload.name, place.region, place.accelerators, place.node, scenario_.periods[at(t)].name, demand_.outcomes[at(s)].name);
      const double cost = demand_.outcomes[at(s)].probability * discount_factor(scenario_, t) * workload.move_cost_usd / place.replica_load;
      const int column = lp.add_column("moved[" + name + "]", cost, 0, infinity);
      Terms terms{{column, -1}};
      for (const auto& [before, part] : place.before) terms.emplace_back(before, part);
      for (const auto& [now, part] : place.now) terms.emplace_back(now, -part);
      if (falls > 0) {
        fallen.emplace_back(lp.add_column("fallen[" + name + "]", 0, 0, infinity), 1);
        terms.emplace_back(fallen.back().first, -1);
      }
      lp.add_row("leaves[" + name + "]", -infinity, -place.was, terms);
      model_.moves.push_back({t, s, w, column, place.region, place.node, place.accelerators, place.replica_load});
      out.emplace_back(column, std::move(place));
    }
    if (!fallen.empty()) lp.add_row(fmt::format("falls[{},{},{}]", workload.name, scenario_.periods[at(t)].name, demand_.outcomes[at(s)].name), -infinity, falls, fallen);
    return out;
  }

  const Scenario& scenario_;
  const Demand& demand_;
  const Capacities& capacities_;
  const Present* present_;
  Model& model_;
  std::map<std::pair<int, int>, Loads> loads_;
};

}  // namespace

void add_churn(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Present* present, Model& model) {
  Churn(scenario, demand, capacities, present, model).add();
}

}  // namespace tonnage::allocate
