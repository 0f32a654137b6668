#include "tonnage/allocate/allocate.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "extract.hpp"
#include "model.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::allocate {

using optimize::LinearProgram;
using optimize::Solution;
using optimize::SolveOptions;
using optimize::Status;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A price for load that must be served, above anything that serving it could cost: three times the dearest node held for
/// the whole horizon, per unit of load that a node carries.
double never_price(const Scenario& scenario, const Capacities& capacities, int workload) {
  double dearest = 1;
  const Workload& one = scenario.workloads[at(workload)];
  for (const Deployment& d : capacities.deployments) {
    if (d.workload != one.name || d.load_per_s <= 0) continue;
    const NodeType& node = scenario.nodes[at(node_index(scenario, d.node))].type;
    for (const Pool& pool : scenario.pools) {
      if (pool.node != d.node) continue;
      const Region& region = scenario.regions[at(region_index(scenario, pool.region))];
      double cost = 0;
      for (int t = 0; t < static_cast<int>(scenario.periods.size()); ++t)
        cost += holding_usd_per_node(scenario, pool, t) + region.colocation_usd_per_w_month * node.power_w * period_months(scenario) +
                electricity_usd_per_wh(scenario, region, t) * region.pue * node.power_w * period_hours(scenario, t);
      dearest = std::max(dearest, cost * nodes_per_load(node, d.accelerators, d.load_per_s) / (1 - scenario.policies.headroom));
    }
  }
  return 3 * dearest;
}

class Allocator {
 public:
  Allocator(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const AllocateOptions& options, optimize::Solver& solver)
      : scenario_(scenario), demand_(demand), capacities_(capacities), options_(options), solver_(solver), model_(build_model(scenario, demand, capacities)) {}

  Result run() {
    plan_.conflicts = model_.conflicts;
    for (std::size_t w = 0; w < scenario_.workloads.size(); ++w) never_.push_back(never_price(scenario_, capacities_, static_cast<int>(w)));
    size();
    price_shortage();
    Solution relaxed = solve(0, true);
    if (relaxed.x.empty()) return failed(relaxed.status);
    if (must_serve_shortfall(relaxed.x)) return shortfall(relaxed.x);
    const bool exposed = settle_shortage(relaxed.x);
    if (exposed) relaxed = solve(0, true);
    if (relaxed.x.empty()) return failed(relaxed.status);
    plan_.proof.relaxation_usd = relaxed.objective;
    plan_.limits = binding_limits(model_, relaxed.row_dual);
    return whole_nodes(relaxed);
  }

 private:
  void size() {
    Proof& proof = plan_.proof;
    proof.columns = model_.program.columns();
    proof.rows = model_.program.rows();
    proof.integers = model_.program.integers();
    proof.nonzeros = static_cast<long long>(model_.program.nonzeros());
    proof.sunk_usd = model_.sunk_usd;
  }

  Solution solve(double gap, bool relax) {
    SolveOptions options;
    options.relative_gap = gap;
    options.relax = relax;
    options.time_limit_s = options_.time_limit_s;
    return solver_.solve(model_.program, options);
  }

  /// Shortage of load that must be served, and of load that must survive a loss, is dear but possible: so an infeasible
  /// scenario yields its least shortage instead of a bare "no".
  void price_shortage() {
    for (const StateColumns& columns : model_.states)
      for (const ShortColumn& c : columns.shorts)
        if (c.never) model_.program.cost[at(c.column)] = never_[at(c.workload)] * (columns.state.lost_region < 0 ? 10 : 1);
  }

  bool short_of(const ShortColumn& c, const StateColumns& columns, const std::vector<double>& x) const {
    const double demand = demand_.load(demand_.series[at(c.series)], columns.state.outcome, columns.state.period, columns.state.block);
    return x[at(c.column)] > 1e-6 * std::max(1.0, demand);
  }

  bool must_serve_shortfall(const std::vector<double>& x) const {
    for (const StateColumns& columns : model_.states)
      for (const ShortColumn& c : columns.shorts)
        if (c.never && columns.state.lost_region < 0 && short_of(c, columns, x)) return true;
    return false;
  }

  /// Now that it is known what can be served: no shortage where none is needed, and where a loss cannot be survived yet, no
  /// more than is unavoidable, at no cost. True when something is exposed.
  bool settle_shortage(const std::vector<double>& x) {
    bool exposed = false;
    for (const StateColumns& columns : model_.states)
      for (const ShortColumn& c : columns.shorts) {
        if (!c.never) continue;
        model_.program.cost[at(c.column)] = 0;
        double& upper = model_.program.upper[at(c.column)];
        if (columns.state.lost_region < 0 || !short_of(c, columns, x)) {
          upper = 0;
          continue;
        }
        exposed = true;
        upper = std::min(upper, x[at(c.column)] * (1 + 1e-7) + 1e-7);
      }
    return exposed;
  }

  /// What is unavoidable with fractions of nodes may be too little for whole ones: what two nodes carry is added.
  bool loosen_exposure() {
    bool any = false;
    for (const StateColumns& columns : model_.states)
      for (const ShortColumn& c : columns.shorts) {
        double& upper = model_.program.upper[at(c.column)];
        if (!c.never || columns.state.lost_region < 0 || upper == 0) continue;
        upper += 2 * best_node_load(c.workload);
        any = true;
      }
    return any;
  }

  double best_node_load(int workload) const {
    double best = 0;
    for (const Deployment& d : capacities_.deployments)
      if (d.workload == scenario_.workloads[at(workload)].name && d.load_per_s > 0)
        best = std::max(best, 1 / nodes_per_load(scenario_.nodes[at(node_index(scenario_, d.node))].type, d.accelerators, d.load_per_s));
    return best;
  }

  Result whole_nodes(const Solution& relaxed) {
    const double changeable = std::max(1.0, std::fabs(relaxed.objective - model_.sunk_usd));
    const double gap = options_.relative_gap * changeable / std::max(1.0, std::fabs(relaxed.objective));
    Solution mixed = solve(gap, false);
    if (mixed.x.empty() && mixed.status == Status::infeasible && loosen_exposure()) mixed = solve(gap, false);
    if (mixed.x.empty()) {
      if (mixed.status == Status::infeasible) return whole_nodes_infeasible();
      return failed(mixed.status);
    }
    const double bound = std::max(mixed.bound, model_.program.integers() == 0 ? mixed.objective : -optimize::infinity);
    Solution fixed = solve_fixed(mixed.x);
    const std::vector<double>& x = fixed.x.empty() ? mixed.x : fixed.x;
    Proof& proof = plan_.proof;
    proof.status = mixed.status == Status::optimal ? "optimal" : "limit";
    proof.objective_usd = model_.program.objective(x);
    proof.bound_usd = std::min(proof.objective_usd, std::max(bound, relaxed.bound));
    proof.gap = (proof.objective_usd - proof.bound_usd) / std::max(1.0, std::fabs(proof.objective_usd - proof.sunk_usd));
    extract(scenario_, demand_, model_, x, plan_);
    collect(x, false, plan_.exposed);
    return {std::move(plan_), std::move(model_.program)};
  }

  /// The continuous decisions at their best for exactly whole orders.
  Solution solve_fixed(const std::vector<double>& x) {
    const LinearProgram& program = model_.program;
    const std::vector<double> lower = program.lower;
    const std::vector<double> upper = program.upper;
    for (std::size_t j = 0; j < x.size(); ++j)
      if (program.integer[j] != 0) model_.program.lower[j] = model_.program.upper[j] = std::round(x[j]);
    Solution out = solve(0, true);
    model_.program.lower = lower;
    model_.program.upper = upper;
    return out;
  }

  /// Fractions of nodes would do, whole ones do not: say where.
  Result whole_nodes_infeasible() {
    price_shortage();
    for (const StateColumns& columns : model_.states)
      for (const ShortColumn& c : columns.shorts)
        if (c.never)
          model_.program.upper[at(c.column)] =
              scenario_.workloads[at(c.workload)].deferrable ? optimize::infinity
                                                             : demand_.load(demand_.series[at(c.series)], columns.state.outcome, columns.state.period, columns.state.block);
    const Solution mixed = solve(options_.relative_gap, false);
    return mixed.x.empty() ? failed(mixed.status) : shortfall(mixed.x);
  }

  void collect(const std::vector<double>& x, bool must_serve, std::vector<Shortfall>& out) const {
    for (std::size_t k = 0; k < model_.states.size(); ++k) {
      const StateColumns& columns = model_.states[k];
      if (must_serve != (columns.state.lost_region < 0)) continue;
      for (const ShortColumn& c : columns.shorts) {
        if (!c.never || !short_of(c, columns, x)) continue;
        const DemandSeries& series = demand_.series[at(c.series)];
        out.push_back({static_cast<int>(k), c.workload, series.origin, x[at(c.column)], demand_.load(series, columns.state.outcome, columns.state.period, columns.state.block)});
      }
    }
  }

  Result shortfall(const std::vector<double>& x) {
    plan_.proof.status = "infeasible";
    for (const StateColumns& columns : model_.states) plan_.states.push_back(columns.state);
    collect(x, true, plan_.shortfalls);
    return {std::move(plan_), std::move(model_.program)};
  }

  Result failed(Status status) {
    plan_.proof.status = status == Status::infeasible ? "infeasible" : status == Status::limit ? "limit without a plan" : optimize::to_string(status);
    if (status == Status::infeasible && plan_.conflicts.empty())
      plan_.conflicts.push_back("no plan keeps all limits: look at 'min' of the pools, power, and the budget together");
    return {std::move(plan_), std::move(model_.program)};
  }

  const Scenario& scenario_;
  const Demand& demand_;
  const Capacities& capacities_;
  const AllocateOptions& options_;
  optimize::Solver& solver_;
  Model model_;
  Plan plan_;
  std::vector<double> never_;
};

}  // namespace

Result allocate(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const AllocateOptions& options, optimize::Solver& solver) {
  return Allocator(scenario, demand, capacities, options, solver).run();
}

}  // namespace tonnage::allocate
