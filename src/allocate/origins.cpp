// Origins whose load the model holds together, and what becomes of each of them.
#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "model.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::allocate {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// The nearest round trip, not shorter than the load's, for which the region has a deployment of the workload; -1: none.
double trip_class(const std::set<std::pair<int, std::string>>& offered, const Capacities& capacities, const std::string& workload, int region, double round_trip_s) {
  double best = -1;
  for (const Deployment& one : capacities.deployments) {
    if (one.workload != workload || one.round_trip_s < round_trip_s - 1e-9 || one.load_per_s <= 0 || offered.count({region, one.node}) == 0) continue;
    if (best < 0 || one.round_trip_s < best) best = one.round_trip_s;
  }
  return best;
}

/// What a group's columns say in a state.
struct GroupFlow {
  std::vector<std::pair<int, double>> routed;   ///< region, load
  double unmet = 0;
};

class Split {
 public:
  Split(const Scenario& scenario, const Demand& demand, const Model& model, const StateColumns& columns) : scenario_(scenario), demand_(demand), model_(model), columns_(columns) {}

  void group(int g, const GroupFlow& flow, std::vector<OriginFlow>& out) const {
    const OriginGroup& group = model_.groups[at(g)];
    if (group.series.size() == 1) {
      for (const auto& [region, load] : flow.routed) out.push_back({group.workload, g, group.series.front(), region, load});
      out.push_back({group.workload, g, group.series.front(), -1, flow.unmet});
      return;
    }
    const bool deferrable = scenario_.workloads[at(group.workload)].deferrable;
    std::vector<double> weight;
    double sum = 0;
    for (const int series : group.series) sum += weight.emplace_back(deferrable ? total(series) : load(series));
    if (sum <= 0) return;
    if (deferrable) proportional(g, flow, weight, sum, out);
    else nearest(g, flow, weight, sum, out);
  }

 private:
  double load(int series) const { return demand_.load(demand_.series[at(series)], columns_.state.outcome, columns_.state.period, columns_.state.block); }

  /// Of all blocks of the period: work that waits is due by then.
  double total(int series) const {
    double out = 0;
    for (int b = 0; b < static_cast<int>(demand_.blocks.size()); ++b)
      out += demand_.blocks[at(b)].hours[at(columns_.state.period)] * demand_.load(demand_.series[at(series)], columns_.state.outcome, columns_.state.period, b);
    return out;
  }

  void proportional(int g, const GroupFlow& flow, const std::vector<double>& weight, double sum, std::vector<OriginFlow>& out) const {
    const OriginGroup& group = model_.groups[at(g)];
    for (std::size_t i = 0; i < weight.size(); ++i) {
      for (const auto& [region, load] : flow.routed) out.push_back({group.workload, g, group.series[i], region, load * weight[i] / sum});
      out.push_back({group.workload, g, group.series[i], -1, flow.unmet * weight[i] / sum});
    }
  }

  /// Each origin lacks the same share; the rest goes to the nearest regions that serve the group, shortest way first.
  void nearest(int g, const GroupFlow& flow, const std::vector<double>& weight, double sum, std::vector<OriginFlow>& out) const {
    const OriginGroup& group = model_.groups[at(g)];
    double routed = 0;
    for (const auto& [region, load] : flow.routed) routed += load;
    std::vector<double> left, room;
    for (const double one : weight) left.push_back(routed * one / sum);
    for (const auto& [region, load] : flow.routed) room.push_back(load);
    std::vector<std::tuple<double, std::size_t, std::size_t>> ways;
    for (std::size_t i = 0; i < left.size(); ++i)
      for (std::size_t k = 0; k < room.size(); ++k)
        ways.emplace_back(round_trip_s(scenario_, demand_.series[at(group.series[i])].origin, scenario_.regions[at(flow.routed[k].first)].name), i, k);
    std::sort(ways.begin(), ways.end());
    for (const auto& [trip, i, k] : ways) {
      const double load = std::min(left[i], room[k]);
      left[i] -= load;
      room[k] -= load;
      out.push_back({group.workload, g, group.series[i], flow.routed[k].first, load});
    }
    for (std::size_t i = 0; i < weight.size(); ++i) out.push_back({group.workload, g, group.series[i], -1, flow.unmet * weight[i] / sum});
  }

  const Scenario& scenario_;
  const Demand& demand_;
  const Model& model_;
  const StateColumns& columns_;
};

}  // namespace

std::set<std::pair<int, std::string>> offered_nodes(const Scenario& scenario) {
  std::set<std::pair<int, std::string>> out;
  for (const Pool& pool : scenario.pools)
    out.emplace(region_index(scenario, pool.region), pool.node);
  return out;
}

std::vector<OriginGroup> origin_groups(const Scenario& scenario, const Demand& demand, const Capacities& capacities, Origins origins) {
  const auto offered = offered_nodes(scenario);
  std::vector<OriginGroup> out;
  std::map<std::pair<int, std::vector<std::pair<int, double>>>, std::size_t> known;
  for (int w = 0; w < static_cast<int>(scenario.workloads.size()); ++w) {
    const Workload& one = scenario.workloads[at(w)];
    for (int i = 0; i < static_cast<int>(demand.series.size()); ++i) {
      const DemandSeries& series = demand.series[at(i)];
      if (series.workload != one.name) continue;
      std::vector<std::pair<int, double>> reach;
      for (const int region : reachable_regions(scenario, one, series.origin))
        if (const double trip = trip_class(offered, capacities, one.name, region, round_trip_s(scenario, series.origin, scenario.regions[at(region)].name)); trip >= 0) reach.emplace_back(region, trip);
      const auto [found, fresh] = known.try_emplace({w, reach}, out.size());
      if (fresh || origins == Origins::apart) out.push_back({w, {i}, std::move(reach)});
      else out[found->second].series.push_back(i);
    }
  }
  return out;
}

std::string OriginGroup::name(const Demand& demand) const {
  const std::string& first = demand.series[at(series.front())].origin;
  return series.size() == 1 ? first : fmt::format("{}+{}", first, series.size() - 1);
}

double OriginGroup::load(const Demand& demand, const State& state) const {
  double out = 0;
  for (const int one : series) out += demand.load(demand.series[at(one)], state.outcome, state.period, state.block);
  return out;
}

std::vector<OriginFlow> flows_of(const Scenario& scenario, const Demand& demand, const Model& model, const StateColumns& columns, const std::vector<double>& x) {
  std::map<int, GroupFlow> groups;
  for (const RouteColumn& c : columns.routes) groups[c.group].routed.emplace_back(c.region, x[at(c.column)]);
  for (const ShortColumn& c : columns.shorts) groups[c.group].unmet += x[at(c.column)];
  std::vector<OriginFlow> out;
  const Split split(scenario, demand, model, columns);
  for (const auto& [g, flow] : groups) split.group(g, flow, out);
  return out;
}

}  // namespace tonnage::allocate
