#include "tonnage/tco/efficiency.hpp"

#include <map>
#include <utility>

#include "lines.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::tco {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Node-hours of a layer; nothing: not known of some deployment.
using Hours = std::optional<double>;

struct Layers {
  double paid = 0, allocated = 0;
  Hours busy = 0.0, flops = 0.0, bytes = 0.0;
};

void add(Hours& sum, double hours, const std::optional<double>& share) {
  if (sum && share) *sum += hours * *share;
  else sum.reset();
}

std::optional<double> ratio(const Hours& part, const Hours& whole) { return part && whole && *whole > 0 ? std::optional(*part / *whole) : std::nullopt; }

using Key = std::pair<int, int>;  ///< region, node type

void add_paid(const Inputs& in, std::map<Key, Layers>& out) {
  const Scenario& s = in.scenario;
  for (int p = 0; p < static_cast<int>(s.pools.size()); ++p) {
    const Pool& pool = s.pools[at(p)];
    if (pool.offer == OfferKind::api) continue;
    double& paid = out[{region_index(s, pool.region), node_index(s, pool.node)}].paid;
    for (int t = 0; t < static_cast<int>(s.periods.size()); ++t) paid += in.plan.pools[at(p)].in_service[at(t)] * period_hours(s, t) + in.plan.pools[at(p)].rented_hours[at(t)];
  }
}

void add_placed(const Inputs& in, std::map<Key, Layers>& out) {
  for (const Placement& placement : in.plan.placements) {
    const State& state = in.plan.states[at(placement.state)];
    const Deployment& d = in.capacities.deployments[at(placement.deployment)];
    if (state.lost_region >= 0 || is_hosted(d)) continue;
    Layers& layers = out[{placement.region, node_index(in.scenario, d.node)}];
    const double hours = placement.nodes * state_hours(in, state), working = hours * used_share(in.scenario, d);
    if (hours <= 0) continue;
    layers.allocated += hours;
    add(layers.busy, working, d.busy);
    add(layers.flops, working, d.flops_share);
    add(layers.bytes, working, d.bytes_share);
  }
}

}  // namespace

std::vector<Efficiency> efficiency(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan) {
  const Inputs in{scenario, demand, capacities, plan};
  std::map<Key, Layers> all;
  add_paid(in, all);
  add_placed(in, all);
  std::vector<Efficiency> out;
  for (const auto& [key, layers] : all) {
    if (layers.paid <= 0) continue;
    Efficiency one{key.first, key.second, layers.paid, layers.allocated / layers.paid, ratio(layers.busy, layers.allocated), ratio(layers.flops, layers.busy), ratio(layers.bytes, layers.busy), {}};
    for (const MeasuredUse& measured : scenario.regions[at(key.first)].measured_use)
      if (measured.node == scenario.nodes[at(key.second)].type.name) one.measured = measured;
    out.push_back(one);
  }
  return out;
}

}  // namespace tonnage::tco
