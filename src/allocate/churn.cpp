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

/// A deployment in a region with the load that it has, as a column or as a number.
struct Place {
  std::string region, node;
  int accelerators;
  double replica_load;
  int before, now;                        // columns; -1: none
  double was;                             // without a column before
  int columns;                            // index into Model::places; -1: it must be left
};

/// Between a period and the next (or the present plan and the first), by outcome: what leaves its place beyond what demand falls.
class Churn {
 public:
  Churn(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Present* present, Model& model)
      : scenario_(scenario), demand_(demand), capacities_(capacities), present_(present), model_(model) {}

  void add() {
    const int rows = model_.program.rows();
    mean_loads();
    for (int t = present_ != nullptr ? 0 : 1; t < static_cast<int>(scenario_.periods.size()); ++t)
      for (int s = 0; s < static_cast<int>(demand_.outcomes.size()); ++s) transition(t, s);
    for (int i = rows; i < model_.program.rows(); ++i) model_.tie_rows.push_back(i);
  }

 private:
  using Key = std::tuple<int, int, int>;  // workload, region, deployment
  using Loads = std::map<Key, int>;       // column of the mean load

  double share(int t, int b) const {
    double all = 0;
    for (const Block& block : demand_.blocks) all += block.hours[at(t)];
    return demand_.blocks[at(b)].hours[at(t)] / all;
  }

  /// A column for the load of each place on the mean over a period's hours: what leaves it ties two such columns, not all blocks of two periods.
  void mean_loads() {
    std::map<std::pair<int, int>, std::map<Key, Terms>> parts;
    for (const StateColumns& columns : model_.states) {
      const State& st = columns.state;
      if (st.lost_region >= 0) continue;
      for (const PlaceColumn& c : columns.places)  // what is hosted elsewhere has no replicas to move
        if (moves(c.workload) && !is_hosted(capacities_.deployments[at(c.deployment)])) {
          const Key key{c.workload, c.region, c.deployment};
          parts[{st.period, st.outcome}][key].emplace_back(c.column, -share(st.period, st.block));
          place_of(st.outcome, key).loads.push_back(c.column);
        }
    }
    for (auto& [when, places] : parts)
      for (auto& [key, terms] : places) {
        const auto& [w, region, deployment] = key;
        const Deployment& d = capacities_.deployments[at(deployment)];
        const std::string name = fmt::format("mean[{},{},{}x{},{},{}]", scenario_.workloads[at(w)].name, scenario_.regions[at(region)].name, d.accelerators, d.node, scenario_.periods[at(when.first)].name, demand_.outcomes[at(when.second)].name);
        const int column = loads_[when][key] = model_.program.add_column(name, 0, 0, infinity);
        terms.emplace_back(column, 1);
        PlaceColumns& place = place_of(when.second, key);
        place.means.push_back({when.first, model_.program.add_row(name, 0, 0, terms), column});
      }
  }

  PlaceColumns& place_of(int outcome, const Key& key) {
    const auto [found, fresh] = place_.try_emplace({outcome, key}, model_.places.size());
    if (fresh) model_.places.push_back({outcome, {}, {}, {}});
    return model_.places[found->second];
  }

  /// Whether it counts what of the workload moves.
  bool moves(int w) const { return present_ != nullptr || scenario_.policies.churn_per_month || scenario_.workloads[at(w)].move_cost_usd > 0; }

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
        out.push_back({p.region, p.node, p.accelerators, p.replica_load_per_s, -1, -1, p.load_per_s, -1});
        const Key key{w, region_index(scenario_, p.region), same(p)};
        const auto found = now.find(key);
        if (found == now.end()) continue;
        out.back().now = found->second;
        model_.places[place_.at({s, key})].present = true;
      }
      return out;
    }
    for (const auto& [key, column] : loads_[{t - 1, s}]) {
      if (std::get<0>(key) != w) continue;
      const Deployment& d = capacities_.deployments[at(std::get<2>(key))];
      out.push_back({scenario_.regions[at(std::get<1>(key))].name, d.node, d.accelerators, replica_load(d), column, -1, 0, static_cast<int>(place_.at({s, key}))});
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
        if (place.before >= 0) moved.emplace_back(place.before, -share_of_period() * accelerators);
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
    if (!moves(w)) return out;
    auto& lp = model_.program;
    const double falls = std::max(0.0, demand_before(w, t, s) - mean_demand(w, t, s));
    Terms fallen;
    for (Place& place : places_before(w, t, s)) {
      const std::string name = fmt::format("{},{},{}x{},{},{}", workload.name, place.region, place.accelerators, place.node, scenario_.periods[at(t)].name, demand_.outcomes[at(s)].name);
      const double cost = demand_.outcomes[at(s)].probability * discount_factor(scenario_, t) * workload.move_cost_usd / place.replica_load;
      const int column = lp.add_column("moved[" + name + "]", cost, 0, infinity);
      Terms terms{{column, -1}};
      if (place.before >= 0) terms.emplace_back(place.before, 1);
      if (place.now >= 0) terms.emplace_back(place.now, -1);
      if (falls > 0) {
        fallen.emplace_back(lp.add_column("fallen[" + name + "]", 0, 0, infinity), 1);
        terms.emplace_back(fallen.back().first, -1);
      }
      const int row = lp.add_row("leaves[" + name + "]", -infinity, -place.was, terms);
      if (place.columns >= 0) model_.places[at(place.columns)].leaving.push_back({t, row, column, falls > 0 ? fallen.back().first : -1});
      model_.moves.push_back({t, s, w, column, place.region, place.node, place.accelerators, place.replica_load});
      out.emplace_back(column, std::move(place));
    }
    if (!fallen.empty()) model_.falls_rows.push_back(lp.add_row(fmt::format("falls[{},{},{}]", workload.name, scenario_.periods[at(t)].name, demand_.outcomes[at(s)].name), -infinity, falls, fallen));
    return out;
  }

  const Scenario& scenario_;
  const Demand& demand_;
  const Capacities& capacities_;
  const Present* present_;
  Model& model_;
  std::map<std::pair<int, int>, Loads> loads_;          // by period and outcome
  std::map<std::pair<int, Key>, std::size_t> place_;    // by outcome: index into Model::places
};

}  // namespace

void add_churn(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Present* present, Model& model) {
  Churn(scenario, demand, capacities, present, model).add();
}

}  // namespace tonnage::allocate
