// What ties the columns of states together beside nodes: work that waits, shares of providers; and which block is the peak.
#include <fmt/format.h>

#include "model.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::Terms;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

double accelerators_per_unit(const Scenario& scenario, const Capacities& capacities, const std::string& workload) {
  double least = 0;
  for (const Deployment& one : capacities.deployments) {
    if (one.workload != workload) continue;
    const NodeType& node = scenario.nodes[at(node_index(scenario, one.node))].type;
    const double need = nodes_per_load(node, one.accelerators, one.load_per_s) * node.accelerators;
    if (need > 0 && (least == 0 || need < least)) least = need;
  }
  return least;
}

}  // namespace

int peak_block(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Model& model, int t, int s) {
  std::vector<double> need(demand.blocks.size(), 0);
  for (std::size_t w = 0; w < scenario.workloads.size(); ++w) {
    const Workload& one = scenario.workloads[w];
    if (one.deferrable) continue;
    const double per_unit = one.protected_share * accelerators_per_unit(scenario, capacities, one.name);
    for (const OriginGroup& group : model.groups)
      for (int b = 0; group.workload == static_cast<int>(w) && b < static_cast<int>(need.size()); ++b) need[at(b)] += per_unit * group.load(demand, {t, b, s, -1});
  }
  int best = 0;
  double most = -1;
  for (int b = 0; b < static_cast<int>(need.size()); ++b)
    if (need[at(b)] > most * (1 + 1e-12)) most = need[at(b)], best = b;
  return best;
}

void add_provider_shares(const Scenario& scenario, const Capacities& capacities, const std::string& label, const StateColumns& out, Model& model) {
  if (out.state.lost_region >= 0) return;
  for (const ProviderShare& share : scenario.policies.provider_shares) {
    Terms most, least;
    for (const PlaceColumn& place : out.places) {
      const NodeType& node = scenario.nodes[at(node_index(scenario, capacities.deployments[at(place.deployment)].node))].type;
      const double accelerators = place.nodes_per_load * node.accelerators;
      const double there = scenario.regions[at(place.region)].provider == share.provider ? 1 : 0;
      most.emplace_back(place.column, accelerators * (there - share.max_share));
      least.emplace_back(place.column, accelerators * (there - share.min_share));
    }
    const auto rule = [&](const char* which, double low, double high, const Terms& terms) {
      model.rules.push_back({which, share.provider, "", out.state.period, model.program.add_row(fmt::format("{}[{},{}]", which, share.provider, label), low, high, terms), 1, 0});
    };
    if (share.max_share < 1 && !most.empty()) rule("largest share", -infinity, 0, most);
    if (share.min_share > 0 && !least.empty()) rule("least share", 0, infinity, least);
  }
}

void add_deferred(const Scenario& scenario, const Demand& demand, int t, int s, Model& model) {
  for (int w = 0; w < static_cast<int>(scenario.workloads.size()); ++w) {
    if (!scenario.workloads[at(w)].deferrable) continue;
    for (int g = 0; g < static_cast<int>(model.groups.size()); ++g) {
      if (model.groups[at(g)].workload != w) continue;
      Terms terms;
      double total = 0;
      for (std::size_t k = model.states.size() - demand.blocks.size(); k < model.states.size(); ++k) {
        const StateColumns& columns = model.states[k];
        const double hours = demand.blocks[at(columns.state.block)].hours[at(t)];
        total += hours * model.groups[at(g)].load(demand, columns.state);
        for (const RouteColumn& route : columns.routes)
          if (route.group == g) terms.emplace_back(route.column, hours);
        for (const ShortColumn& unmet : columns.shorts)
          if (unmet.group == g) terms.emplace_back(unmet.column, hours);
      }
      if (!terms.empty())
        model.program.add_row(fmt::format("deferred[{},{},{},{}]", scenario.workloads[at(w)].name, model.groups[at(g)].name(demand), scenario.periods[at(t)].name, demand.outcomes[at(s)].name), total, total, terms);
    }
  }
}

}  // namespace tonnage::allocate
