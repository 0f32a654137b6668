#include <map>

#include <fmt/format.h>

#include "model.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::Terms;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// What one state has of a workload in a region.
struct Serving {
  double load = 0;      ///< the most that can be placed there
  Terms placed;         ///< in load
  Terms replicas;       ///< at work and ready
};

/// One whole decision per workload, region and period: is the workload served there?
class MinReplicas {
 public:
  MinReplicas(const Scenario& scenario, const Demand& demand, const Capacities& capacities, Model& model)
      : scenario_(scenario), demand_(demand), capacities_(capacities), model_(model) {}

  void add() {
    for (const StateColumns& columns : model_.states) {
      std::map<std::pair<int, int>, Serving> found = servings(columns);
      for (auto& [where, serving] : found) rows(columns.state, where.first, where.second, serving);
    }
  }

 private:
  std::map<std::pair<int, int>, Serving> servings(const StateColumns& columns) const {
    std::map<std::pair<int, int>, Serving> out;
    for (const StandbyColumn& c : columns.standbys) out[{c.workload, c.region}].replicas.emplace_back(c.column, 1);
    for (const PlaceColumn& place : columns.places)
      if (const auto one = out.find({place.workload, place.region}); one != out.end() && !is_hosted(capacities_.deployments[at(place.deployment)])) {
        one->second.placed.emplace_back(place.column, 1);
        one->second.replicas.emplace_back(place.column, place.replicas_per_load);
      }
    const State& st = columns.state;
    for (const RouteColumn& c : columns.routes)
      if (const auto one = out.find({c.workload, c.region}); one != out.end()) one->second.load += model_.groups[at(c.group)].load(demand_, st);
    return out;
  }

  void rows(const State& st, int w, int r, Serving& serving) {
    const std::string& workload = scenario_.workloads[at(w)].name;
    const std::string& region = scenario_.regions[at(r)].name;
    const std::string name = fmt::format("{},{},{},{},{}", workload, region, scenario_.periods[at(st.period)].name, demand_.blocks[at(st.block)].name, demand_.outcomes[at(st.outcome)].name);
    const int serves = serves_column(st.period, w, r);
    for (auto& [column, coefficient] : serving.placed) coefficient = 1 / serving.load;
    serving.placed.emplace_back(serves, -1);
    model_.program.add_row("serves[" + name + "]", -infinity, 0, serving.placed);
    serving.replicas.emplace_back(serves, -scenario_.policies.min_replicas);
    model_.rules.push_back({"fewest replicas", workload, "", st.period, model_.program.add_row("fewest replicas[" + name + "]", 0, infinity, serving.replicas), 1, 0});
  }

  int serves_column(int t, int w, int r) {
    const auto [found, fresh] = serves_.try_emplace({t, w, r}, -1);
    if (fresh)
      found->second = model_.program.add_column(fmt::format("serves[{},{},{}]", scenario_.workloads[at(w)].name, scenario_.regions[at(r)].name, scenario_.periods[at(t)].name), 0, 0, 1, true);
    return found->second;
  }

  const Scenario& scenario_;
  const Demand& demand_;
  const Capacities& capacities_;
  Model& model_;
  std::map<std::tuple<int, int, int>, int> serves_;
};

}  // namespace

bool keeps_replicas(const Scenario& scenario, int w) {
  const Workload& one = scenario.workloads[at(w)];
  return scenario.policies.min_replicas > 0 && !one.deferrable && one.unit == "requests/s";
}

void add_min_replicas(const Scenario& scenario, const Demand& demand, const Capacities& capacities, Model& model) { MinReplicas(scenario, demand, capacities, model).add(); }

}  // namespace tonnage::allocate
