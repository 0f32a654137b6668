// Where the money paid for capacity idles. For each region, node type and period, the present value paid for nodes is split
// by node-hours: carried work, headroom, repair, troughs (below the peak that the nodes carry), the last fraction of a whole
// node, and the rest, which only a failover or a later period needs. The parts sum to the whole, to the micro-unit.
#include <algorithm>
#include <cmath>
#include <map>

#include "lines.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/tco/ledger.hpp"

namespace tonnage::tco {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

using Key = HeldKey;

/// Node-hours of one key, by use.
struct Use {
  double held_nodes = 0;        ///< in service all period
  double rented_hours = 0;      ///< usable hours of rented nodes
  double repair_share = 0;
  double busy_hours = 0;        ///< work alone, headroom excluded
  double occupied_hours = 0;    ///< headroom included
  double peak_nodes = 0;        ///< most occupied at a time
  double rented_at_peak = 0;
};

std::map<Key, Use> uses(const Inputs& in) {
  std::map<Key, Use> out;
  const Scenario& s = in.scenario;
  for (int p = 0; p < static_cast<int>(s.pools.size()); ++p)
    for (int t = 0; t < static_cast<int>(s.periods.size()); ++t)
      out[{t, region_index(s, s.pools[at(p)].region), node_index(s, s.pools[at(p)].node)}].held_nodes += in.plan.pools[at(p)].in_service[at(t)];
  std::map<std::pair<Key, int>, double> occupied, rented;  // by state
  for (const Placement& x : in.plan.placements) {
    const State& state = in.plan.states[at(x.state)];
    if (state.lost_region >= 0) continue;
    const Key key{state.period, x.region, node_index(s, in.capacities.deployments[at(x.deployment)].node)};
    out[key].occupied_hours += x.nodes * state_hours(in, state);
    out[key].busy_hours += x.nodes * used_share(s, in.capacities.deployments[at(x.deployment)]) * state_hours(in, state);
    occupied[{key, x.state}] += x.nodes;
  }
  for (const Rental& x : in.plan.rentals) {
    const State& state = in.plan.states[at(x.state)];
    if (state.lost_region >= 0) continue;
    const Pool& pool = s.pools[at(x.pool)];
    const Key key{state.period, region_index(s, pool.region), node_index(s, pool.node)};
    out[key].rented_hours += x.nodes * state_hours(in, state);
    rented[{key, x.state}] += x.nodes * usable_share(s, pool);
  }
  for (const auto& [key, nodes] : occupied) {
    const auto rent = rented.find(key);
    Use& use = out[key.first];
    use.peak_nodes = std::max(use.peak_nodes, nodes - (rent == rented.end() ? 0 : rent->second));
  }
  return out;
}

/// Shares of the money of one key; they sum to 1.
struct Shares {
  double useful = 0, headroom = 0, repair = 0, reserve = 0, whole = 0, trough = 0;
};

Shares shares_of(const Use& use, double hours, double availability) {
  const double held_hours = use.held_nodes * hours;
  const double all = held_hours + use.rented_hours;
  Shares out;
  if (all <= 0) {
    out.useful = 1;
    return out;
  }
  out.repair = held_hours * (1 - availability) / all;
  const double usable = use.held_nodes * availability;
  const double peak = std::min(usable, std::max(0.0, use.peak_nodes));
  const double beyond = usable - peak;
  out.whole = std::min(beyond, availability) * hours / all;
  out.reserve = (beyond * hours) / all - out.whole;
  const double left = std::max(0.0, 1 - out.repair - out.whole - out.reserve);
  out.useful = std::min(left, use.busy_hours / all);
  out.headroom = std::min(left - out.useful, (use.occupied_hours - use.busy_hours) / all);
  out.trough = std::max(0.0, left - out.useful - out.headroom);
  return out;
}

/// Capacity cost: what is paid for nodes, wherever they are.
bool is_capacity(const LineItem& line) {
  return !line.pool.empty() && line.category != "failover" && line.category != "run-off";
}

}  // namespace

std::map<HeldKey, double> used_share_of_held(const Inputs& in) {
  std::map<HeldKey, double> out;
  if (in.scenario.workloads.empty()) return out;
  for (const auto& [key, use] : uses(in)) {
    const double held = use.held_nodes * period_hours(in.scenario, std::get<0>(key));
    if (held > 0) out[key] = std::clamp((use.occupied_hours - use.rented_hours) / held, 0.0, 1.0);
  }
  return out;
}

IdleCost idle_cost(const Inputs& in, const std::vector<LineItem>& lines) {
  const Scenario& s = in.scenario;
  std::map<Key, Money> paid;
  IdleCost out;
  for (const LineItem& line : lines)
    if (line.category == "spares") out.repair += line.present_value;
    else if (is_capacity(line)) paid[{line.period, region_index(s, line.region), node_index(s, s.pools[at(pool_index(s, line.pool))].node)}] += line.present_value;
  const std::map<Key, Use> used = uses(in);
  for (const auto& [key, money] : paid) {
    const auto use = used.find(key);
    const Shares shares = shares_of(use == used.end() ? Use{} : use->second, period_hours(s, std::get<0>(key)), s.policies.availability);
    const double total = money.approximate();
    Money rest = money;
    const auto take = [&](double share, Money& part) {
      const Money one = Money::from_double(total * share);
      part += one;
      rest -= one;
    };
    take(shares.headroom, out.headroom);
    take(shares.repair, out.repair);
    take(shares.reserve, out.reserve);
    take(shares.whole, out.whole_nodes);
    take(shares.trough, out.troughs);
    out.useful += rest;
  }
  return out;
}

}  // namespace tonnage::tco
