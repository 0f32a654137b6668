#include "near.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/allocate/allocate.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::allocate {

using optimize::LinearProgram;
using optimize::Solution;
using optimize::Terms;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

std::string name_in(const std::string& thing, const std::string& kind) { return thing.rfind(kind + ":", 0) == 0 ? thing.substr(kind.size() + 1) : ""; }

/// Hours that a state stands for, expected; none for losses.
double expected_hours(const Demand& demand, const State& st) {
  return st.lost_region >= 0 ? 0 : demand.outcomes[at(st.outcome)].probability * demand.blocks[at(st.block)].hours[at(st.period)];
}

/// Nodes of a pool in service or rented, on average over the horizon, each counted `weight`.
void add_nodes(const Scenario& scenario, const Demand& demand, const Model& model, int p, double weight, Use& out) {
  double hours = 0;
  for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t) hours += period_hours(scenario, t);
  for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t) {
    const double share = weight * period_hours(scenario, t) / hours;
    out.constant += share * scenario.pools[at(p)].in_service_nodes[at(t)];
    if (const int held = model.held[at(p)][at(t)]; held >= 0) out.terms.emplace_back(held, share);
  }
  for (const StateColumns& columns : model.states) {
    const State& st = columns.state;
    const double share = weight * expected_hours(demand, columns.state) / hours;
    for (const RentColumn& rent : columns.rents)
      if (rent.pool == p && st.lost_region < 0) out.terms.emplace_back(rent.column, share);
  }
}

/// Emissions of the electricity by location over the horizon, t CO2e: idle power of what is held and rented, and what placed load adds.
void add_carbon(const Scenario& scenario, const Demand& demand, const Model& model, Use& out) {
  const auto tonnes_per_wh = [&](const Region& region) { return region.pue * region.carbon_g_per_wh * 1e-6; };
  const auto idle_tonnes_per_hour = [&](const Pool& pool) {
    return scenario.nodes[at(node_index(scenario, pool.node))].type.idle_power_w * tonnes_per_wh(scenario.regions[at(region_index(scenario, pool.region))]);
  };
  for (int p = 0; p < static_cast<int>(scenario.pools.size()); ++p)
    for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t) {
      const double tonnes = idle_tonnes_per_hour(scenario.pools[at(p)]) * period_hours(scenario, t);
      out.constant += tonnes * scenario.pools[at(p)].in_service_nodes[at(t)];
      if (const int held = model.held[at(p)][at(t)]; held >= 0) out.terms.emplace_back(held, tonnes);
    }
  for (const StateColumns& columns : model.states) {
    const double hours = expected_hours(demand, columns.state);
    if (hours <= 0) continue;
    for (const RentColumn& rent : columns.rents) out.terms.emplace_back(rent.column, hours * idle_tonnes_per_hour(scenario.pools[at(rent.pool)]));
    for (const PlaceColumn& place : columns.places) out.terms.emplace_back(place.column, hours * place.busy_w_per_load * tonnes_per_wh(scenario.regions[at(place.region)]));
  }
}

}  // namespace

void fix_integers(const std::vector<double>& x, LinearProgram& program) {
  for (std::size_t j = 0; j < x.size(); ++j)
    if (program.integer[j] != 0) program.lower[j] = program.upper[j] = std::round(x[j]);
}

Use use_of(const Scenario& scenario, const Demand& demand, const Model& model, const std::string& thing) {
  Use out;
  const std::size_t colon = thing.find(':');
  out.kind = thing.substr(0, colon);
  out.name = colon == std::string::npos ? "" : thing.substr(colon + 1);
  out.unit = thing == "power" ? "MW" : thing == "capex" ? "USD" : thing == "carbon" ? "t CO2e" : "node";
  if (thing == "carbon") add_carbon(scenario, demand, model, out);
  for (int p = 0; p < static_cast<int>(scenario.pools.size()); ++p) {
    const Pool& pool = scenario.pools[at(p)];
    const Region& region = scenario.regions[at(region_index(scenario, pool.region))];
    if (thing == "capex") {
      for (const int order : model.order[at(p)])
        if (order >= 0 && pool.price_usd_once > 0) out.terms.emplace_back(order, purchase_usd_per_node(scenario, pool));
    } else if (thing == "nodes" || name_in(thing, "pool") == pool.name || name_in(thing, "region") == pool.region || name_in(thing, "node") == pool.node ||
               (!region.provider.empty() && name_in(thing, "provider") == region.provider)) {
      add_nodes(scenario, demand, model, p, 1, out);
    } else if (thing == "power") {
      add_nodes(scenario, demand, model, p, region.pue * scenario.nodes[at(node_index(scenario, pool.node))].type.power_w * 1e-6, out);
    }
  }
  return out;
}

Use moves_of(const Demand& demand, const Model& model) {
  Use out;
  for (const MoveColumn& c : model.moves) out.terms.emplace_back(c.column, demand.outcomes[at(c.outcome)].probability * c.accelerators / c.replica_load);
  return out;
}

std::optional<NearSolution> least_use(const Model& model, const Use& use, double most_usd, const optimize::SolveOptions& options, optimize::Solver& solver) {
  LinearProgram program = model.program;
  program.at_most("cost", program.costs(), most_usd - program.offset);
  program.cost.assign(program.cost.size(), 0);
  program.offset = use.constant;
  for (const auto& [column, coefficient] : use.terms) program.cost[at(column)] += coefficient;
  const Solution least = solver.solve(program, options);
  if (least.x.empty()) return std::nullopt;
  NearSolution out{least.x, least.objective, program.integers() > 0 ? std::min(least.bound, least.objective) : least.objective};
  // Of all that use so little, the cheapest; then its continuous decisions once more for exactly whole orders.
  program = model.program;
  program.at_most("use", use.terms, optimize::value(use.terms, least.x) + 1e-9 * std::max(1.0, std::fabs(least.objective)));
  const Solution cheapest = options.relax ? least : solver.solve(program, options);
  const bool cheaper = !cheapest.x.empty() && model.program.objective(cheapest.x) < model.program.objective(least.x);  // within its gap it may not be
  fix_integers(cheaper ? cheapest.x : least.x, program);
  optimize::SolveOptions fixed = options;
  fixed.relax = true;
  if (const Solution cheap = solver.solve(program, fixed); !cheap.x.empty()) {
    out.x = cheap.x;
    out.least = use.constant + optimize::value(use.terms, cheap.x);
    out.bound = std::min(out.bound, out.least);
  }
  return out;
}

std::vector<std::string> things_called(const Scenario& scenario, const std::string& name) {
  std::vector<std::string> out;
  const auto add = [&](const char* kind, const std::string& one) {
    const std::string full = std::string(kind) + ":" + one;
    if (!one.empty() && (one == name || full == name) && std::find(out.begin(), out.end(), full) == out.end()) out.push_back(full);
  };
  for (const char* whole : {"nodes", "power", "capex", "carbon"})
    if (name == whole) out.emplace_back(whole);
  for (const Pool& pool : scenario.pools) add("pool", pool.name);
  for (const Region& region : scenario.regions) add("region", region.name);
  for (const NodeSpec& node : scenario.nodes) add("node", node.type.name);
  for (const Region& region : scenario.regions) add("provider", region.provider);
  return out;
}

}  // namespace tonnage::allocate
