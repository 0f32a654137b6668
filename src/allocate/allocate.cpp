#include "tonnage/allocate/allocate.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "extract.hpp"
#include "fairness.hpp"
#include "model.hpp"
#include "near.hpp"
#include "reasons.hpp"
#include "tied_states.hpp"
#include "tonnage/documents/economics.hpp"
#include "values.hpp"

namespace tonnage::allocate {

using optimize::LinearProgram;
using optimize::Solution;
using optimize::SolveOptions;
using optimize::Status;

namespace {

constexpr double share_of_time = 0.6;          ///< of a limit, that the relaxation of a large fleet may take
constexpr double share_of_relaxation = 0.05;  ///< of the gap of a plan whose cost alone counts
constexpr double share_of_similar = 0.2;      ///< where it begins on the way of another, which must have come further

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Deadline part_of(const Deadline& deadline, double share) { return deadline.limited() ? Deadline(share * deadline.left_s()) : deadline; }

class Allocator {
 public:
  Allocator(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const AllocateOptions& options, optimize::Solver& solver)
      : scenario_(scenario), demand_(demand), capacities_(capacities), options_(options), solver_(solver), model_(build_model(scenario, demand, capacities, options.present ? &*options.present : nullptr)) {
    if (options.settled) settle(*options.settled);
    if (options.relax) std::fill(model_.program.integer.begin(), model_.program.integer.end(), 0);
  }

  Result run() {
    plan_.conflicts = model_.conflicts;
    size();
    if (!plan_.conflicts.empty()) return failed(Status::infeasible);
    Solution least;
    const Solution relaxed = solve_relaxed(least);
    if (!least.x.empty() && must_serve_shortfall(least.x)) return shortfall(whole_shortage(least).x);
    if (relaxed.x.empty() && least.status == Status::limit) return failed(least.status);
    if (relaxed.x.empty()) return failed(relaxed.status);
    plan_.proof.relaxation_usd = relaxed.status == Status::limit ? relaxed.bound : relaxed.objective;
    return whole_nodes(relaxed, least);
  }

  /// The model as it is solved, for solves of what else could be; nothing when there is no plan with fractions of nodes.
  std::optional<Model> prepared() {
    if (!model_.conflicts.empty()) return std::nullopt;
    Solution least;
    if (solve_relaxed(least).x.empty()) return std::nullopt;
    return std::move(model_);
  }

 private:
  /// Fractions of nodes allowed; where that is infeasible, with what must be exposed to a loss, found in `least`.
  Solution solve_relaxed(Solution& least) {
    close_shortage();
    Solution relaxed = solve_without_vertex();
    if (!relaxed.x.empty() || relaxed.status != Status::infeasible) return relaxed;
    least = least_shortage();
    if (least.x.empty() || must_serve_shortfall(least.x)) return relaxed;
    allow_exposure(least.x);
    return solve_without_vertex();
  }

  /// What binds in the relaxation of the program as it is; by the duals where re-solves would take too long.
  void tell_limits(const Solution& relaxed) {
    if (options_.cost_only || relaxed.status == Status::limit) return;
    stage_ = "what limits are worth";
    plan_.limits_by_dual = large() || over();
    plan_.limits = plan_.limits_by_dual ? limits_by_dual(model_, relaxed) : binding_limits(model_, relaxed, options_.reasons == ReasonsWanted::all, options_of(0, true), solver_);
  }

  bool over() const { return options_of(0, true).over(); }

  void settle(const SettledOrders& settled) {
    for (std::size_t p = 0; p < scenario_.pools.size(); ++p)
      for (std::size_t t = 0; t < scenario_.periods.size(); ++t) {
        const int column = model_.order[p][t];
        if (column < 0 || order_by(scenario_, scenario_.pools[p], static_cast<int>(t)) >= settled.before) continue;
        double nodes = 0;
        for (const Order& order : settled.orders)
          if (order.pool == scenario_.pools[p].name && order.period == static_cast<int>(t)) nodes += order.nodes;
        model_.program.lower[at(column)] = model_.program.upper[at(column)] = nodes;
      }
  }

  void size() {
    Proof& proof = plan_.proof;
    proof.columns = model_.program.columns();
    proof.rows = model_.program.rows();
    proof.integers = model_.program.integers();
    proof.nonzeros = static_cast<long long>(model_.program.nonzeros());
    proof.sunk_usd = model_.sunk_usd;
    proof.fractions = options_.relax;
  }

  SolveOptions options_of(double gap, bool relax) const {
    SolveOptions options;
    options.relative_gap = gap;
    options.relax = relax;
    options.threads = options_.threads;
    options.deadline = options_.deadline;
    if (options_.progress) options.progress = [this](double reached) { options_.progress({stage_, 0, 0, reached}); };
    return options;
  }

  Solution solve(double gap, bool relax) { return solver_.solve(model_.program, options_of(gap, relax)); }

  /// Where only cost and duals count.
  Solution solve_without_vertex() {
    SolveOptions options = options_of(0, true);
    options.vertex = false;
    const bool quick = options_.cost_only && large();
    if (quick) {
      options.relative_gap = share_of_relaxation * options_.relative_gap;
      options.keep_iterates = options_.approach == nullptr;
      if (similar()) {
        options.relative_gap = share_of_similar * options_.relative_gap;
        options.begin = &options_.approach->relaxation;
        options.elimination = options_.approach->elimination;
      }
    }
    if (!tied()) options.deadline = part_of(options_.deadline, share_of_time);
    Solution out = relaxation(options);
    if (!tied() && out.status == Status::limit && !out.iterates.empty() && !over()) {  // whole nodes near where it stood, the bound that it had
      out.x = out.iterates.back().x;
      out.objective = model_.program.objective(out.x);
      return out;
    }
    const double changeable = std::fabs(out.objective - model_.sunk_usd);
    if (!quick || out.x.empty() || out.objective - out.bound <= 2 * options.relative_gap * changeable) return out;
    options.relative_gap = 0;  // little of the cost can change: more digits are needed
    Solution finer = relaxation(options);
    return finer.x.empty() ? out : finer;
  }

  Solution relaxation(const SolveOptions& options) { return tied() ? tied_.relaxation(options, solver_) : solver_.solve(model_.program, options); }

  bool large() const { return solver_.large(model_.program); }

  /// Whether a similar scenario's program had these rows.
  bool similar() const {
    const LinearProgram& p = model_.program;
    return options_.approach != nullptr && options_.approach->start == p.start && options_.approach->index == p.index;
  }

  /// Whether moves or the worst outcomes tie states of a program together that is too large for that.
  bool tied() const { return !model_.tie_rows.empty() && large(); }

  std::vector<std::string> reasons() const {
    const Model apart = build_model(scenario_, demand_, capacities_, options_.present ? &*options_.present : nullptr, Origins::apart);
    const MostShort most = [&](const StateColumns& columns, const ShortColumn& c) { return most_short(apart, columns, c); };
    return conflict(scenario_, apart, most, options_of(0, true), solver_);
  }

  /// The load of a shortage column: the most that can be short.
  double most_short(const Model& model, const StateColumns& columns, const ShortColumn& c) const {
    const Workload& one = scenario_.workloads[at(c.workload)];
    if (one.deferrable) return optimize::infinity;
    return model.groups[at(c.group)].load(demand_, columns.state) * (columns.state.lost_region >= 0 ? one.protected_share : 1);
  }

  template <class F>
  void each_never(F f) {
    for (const StateColumns& columns : model_.states)
      for (const ShortColumn& c : columns.shorts)
        if (c.never) f(columns, c);
  }

  /// No load that must be served is short, and all protected load survives.
  void close_shortage() {
    each_never([&](const StateColumns&, const ShortColumn& c) { model_.program.upper[at(c.column)] = 0; });
  }

  /// The least shortage, counted in nodes that are missing, whatever it costs; first in normal states, then in losses. Tells
  /// an infeasible scenario's reason, and what cannot survive yet.
  Solution least_shortage(const Solution* relaxed = nullptr) {
    const std::vector<double> cost = model_.program.cost;
    const double offset = model_.program.offset;
    std::fill(model_.program.cost.begin(), model_.program.cost.end(), 0);
    model_.program.offset = 0;
    each_never([&](const StateColumns& columns, const ShortColumn& c) {
      model_.program.upper[at(c.column)] = most_short(model_, columns, c);
      const double hours = scenario_.workloads[at(c.workload)].deferrable ? demand_.blocks[at(columns.state.block)].hours[at(columns.state.period)] / 24 : 1;
      model_.program.cost[at(c.column)] = nodes_per_unit(c.workload) * (columns.state.lost_region < 0 ? 1000 * hours : 1);
    });
    Solution out = relaxed == nullptr ? solve(0, true) : branch(*relaxed, options_.relative_gap, 1);
    model_.program.cost = cost;
    model_.program.offset = offset;
    return out;
  }

  /// With fewest replicas to keep, a share of a replica does not serve a share of the load: then the shortage is that of whole ones.
  Solution whole_shortage(const Solution& relaxed) {
    if (scenario_.policies.min_replicas == 0) return relaxed;
    Solution whole = least_shortage(&relaxed);
    return whole.x.empty() ? relaxed : whole;
  }

  bool short_of(const ShortColumn& c, const StateColumns& columns, const std::vector<double>& x) const {
    return x[at(c.column)] > 1e-6 * std::max(1.0, model_.groups[at(c.group)].load(demand_, columns.state));
  }

  bool must_serve_shortfall(const std::vector<double>& x) const {
    for (const StateColumns& columns : model_.states)
      for (const ShortColumn& c : columns.shorts)
        if (c.never && columns.state.lost_region < 0 && short_of(c, columns, x)) return true;
    return false;
  }

  /// In each loss that leaves something short whatever is done, so much may be short, and no more; nothing elsewhere.
  void allow_exposure(const std::vector<double>& x) {
    close_shortage();
    for (const StateColumns& columns : model_.states) {
      optimize::Terms terms;
      double least = 0;
      for (const ShortColumn& c : columns.shorts) {
        if (!c.never || columns.state.lost_region < 0) continue;
        terms.emplace_back(c.column, nodes_per_unit(c.workload));
        least += nodes_per_unit(c.workload) * x[at(c.column)];
      }
      if (terms.empty() || least <= 1e-6) continue;
      for (const ShortColumn& c : columns.shorts)
        if (c.never) model_.program.upper[at(c.column)] = most_short(model_, columns, c);
      exposed_rows_.push_back(model_.program.add_row("exposed[" + scenario_.periods[at(columns.state.period)].name + "]", -optimize::infinity, least * (1 + 1e-7) + 1e-7, terms));
    }
  }

  /// Nodes that a unit of load needs at least.
  double nodes_per_unit(int workload) const {
    double best = 0;
    for (const Deployment& d : capacities_.deployments)
      if (d.workload == scenario_.workloads[at(workload)].name && d.load_per_s > 0 && !is_hosted(d)) {
        const double nodes = nodes_per_load(scenario_.nodes[at(node_index(scenario_, d.node))].type, d.accelerators, d.load_per_s);
        best = best == 0 ? nodes : std::min(best, nodes);
      }
    return best == 0 ? 1 : best;
  }

  Result whole_nodes(const Solution& relaxed, const Solution& least_relaxed) {
    stage_ = "whole nodes";
    const double changeable = std::max(1.0, std::fabs(relaxed.objective - model_.sunk_usd));
    const double gap = options_.relative_gap * changeable / std::max(1.0, std::fabs(relaxed.objective));
    Solution mixed = solve_whole(relaxed, gap);
    double relaxed_bound = relaxed.bound;
    Solution again;
    if (mixed.x.empty() && mixed.status == Status::infeasible) {
      // Fractions of nodes would do, whole ones do not: say where, or let exactly that much be exposed.
      for (const int row : exposed_rows_) model_.program.row_upper[at(row)] = optimize::infinity;
      const Solution least = least_shortage(&least_relaxed);
      if (least.x.empty()) return failed(least.status);
      if (must_serve_shortfall(least.x)) return shortfall(least.x);
      allow_exposure(least.x);
      again = solve_without_vertex();  // the first was of a tighter program
      if (again.x.empty()) return failed(again.status);
      plan_.proof.relaxation_usd = again.objective;
      relaxed_bound = again.bound;
      mixed = solve_whole(again, gap);
    }
    if (mixed.x.empty()) return failed(mixed.status);
    const double bound = std::max(mixed.bound, model_.program.integers() == 0 ? mixed.objective : -optimize::infinity);
    keep_approach(again.x.empty() ? relaxed : again, mixed);
    std::vector<double> x = mixed.x;
    const bool counts_moves = !model_.moves.empty() && !tied() && !options_.cost_only && !options_.present;
    if (!mixed.settled || counts_moves)
      if (Solution fixed = solve_fixed(mixed.x, counts_moves ? moves_of(demand_, model_).terms : optimize::Terms()); !fixed.x.empty()) x = std::move(fixed.x);
    const double best_bound = std::max(bound, relaxed_bound);
    if (tied()) plan_.proof.relaxation_usd = std::max(plan_.proof.relaxation_usd, best_bound);  // the first was without the ties
    tell_limits(again.x.empty() ? relaxed : again);
    if (over()) return finish(Status::limit, best_bound, x);
    stage_ = "which of the best plans";
    if (!model_.moves.empty() && options_.present && !tied()) least_moved(best_bound + options_.relative_gap * changeable, x);
    if (scenario_.policies.max_min) share(x);
    return finish(mixed.status, best_bound, x);
  }

  void keep_approach(const Solution& relaxed, const Solution& mixed) {
    if (relaxed.status == Status::optimal && !relaxed.iterates.empty()) approach_ = std::make_shared<Approach>(Approach{model_.program.start, model_.program.index, relaxed.iterates, relaxed.elimination, mixed.parts});
  }

  /// Near the relaxation, where that is sooner; by branching where that finds nothing, or too little in a program that is not large.
  Solution solve_whole(const Solution& relaxed, double gap) {
    if (tied() && model_.program.integers() > 0) return tied_.whole(relaxed, moves_of(demand_, model_).terms, options_of(gap, false), solver_);
    if (solver_.rounds(model_.program)) {
      SolveOptions options = options_of(gap, false);
      if (options_.cost_only && large() && similar()) options.parts = &options_.approach->parts;
      Solution near = optimize::solve_whole(model_.program, relaxed, options, solver_);
      if (near.status == Status::optimal || (!near.x.empty() && (large() || over()))) return near;
    }
    return branch(relaxed, gap, 0);
  }

  /// Branch and bound, from a plan near the relaxation where there is one; where that plan is good enough, it is the answer.
  Solution branch(const Solution& relaxed, double gap, int leeway) {
    Solution near = near_relaxation(relaxed, gap, leeway);
    SolveOptions options = options_of(gap, false);
    if (!near.x.empty()) {
      near.bound = relaxed.bound;
      if (near.objective - near.bound <= gap * std::fabs(near.objective)) return near;
      options.start = &near.x;
    }
    return solver_.solve(model_.program, options);
  }

  /// A plan with whole nodes near one with fractions: orders rounded down or up, and by `leeway` beyond, all else whole decided for.
  /// Nothing in small programs, where branching finds one as soon, and where limits leave none.
  Solution near_relaxation(const Solution& relaxed, double gap, int leeway) {
    constexpr int least_columns = 2'000;
    optimize::LinearProgram near = model_.program;
    if (near.integers() == 0 || near.columns() < least_columns || relaxed.x.empty()) return {};
    std::vector<bool> order(at(near.columns()), false);
    for (const std::vector<int>& orders : model_.order)
      for (const int j : orders)
        if (j >= 0) order[at(j)] = true;
    for (const ConversionColumn& c : model_.conversions) order[at(c.given)] = order[at(c.gained)] = true;
    for (int j = 0; j < near.columns(); ++j) {
      if (near.integer[at(j)] == 0) continue;
      const double value = relaxed.x[at(j)], up = std::ceil(value - 1e-6);
      const double low = order[at(j)] ? std::floor(value + 1e-6) - leeway : up, high = order[at(j)] ? up + leeway : up;
      near.lower[at(j)] = std::clamp(low, near.lower[at(j)], near.upper[at(j)]);
      near.upper[at(j)] = std::clamp(high, near.lower[at(j)], near.upper[at(j)]);
    }
    return solver_.solve(near, options_of(gap, false));
  }

  /// Of the plans that are as good as proved, the one that moves least.
  void least_moved(double as_good_usd, std::vector<double>& x) {
    const double most_usd = std::max(model_.program.objective(x), as_good_usd);
    const auto near = least_use(model_, moves_of(demand_, model_), most_usd + 1e-9 * std::fabs(most_usd), options_of(options_.relative_gap, false), solver_);
    if (near && model_.program.objective(near->x) <= most_usd + 1e-7 * std::fabs(most_usd)) x = near->x;
  }

  /// Shares what is scarce fairly; what moves is then the least at that.
  void share(std::vector<double>& x) {
    const double before = model_.program.objective(x);
    Model held = model_;
    if (!share_fairly(scenario_, demand_, held, x, options_of(0, true), solver_)) return;
    const double most_usd = model_.program.objective(x);
    if (!model_.moves.empty())
      if (const auto near = least_use(held, moves_of(demand_, model_), most_usd + 1e-9 * std::fabs(most_usd), options_of(0, true), solver_)) x = near->x;
    plan_.proof.fairness_usd = std::max(0.0, model_.program.objective(x) - before);
  }

  Result finish(Status status, double bound, const std::vector<double>& x) {
    Proof& proof = plan_.proof;
    proof.status = status == Status::optimal ? "optimal" : "limit";
    proof.objective_usd = model_.program.objective(x);
    proof.bound_usd = std::min(proof.objective_usd - proof.fairness_usd, bound);
    proof.gap = std::max(0.0, proof.objective_usd - proof.fairness_usd - proof.bound_usd) / std::max(1.0, std::fabs(proof.objective_usd - proof.sunk_usd));
    extract(scenario_, demand_, model_, x, plan_);
    collect(x, false, plan_.exposed);
    plan_.present = options_.present;
    if (over()) return {std::move(plan_), std::move(model_.program), std::move(approach_)};
    stage_ = "reasons";
    for (const std::string& thing : options_.alternatives) alternative(thing, x);
    if (options_.reasons != ReasonsWanted::limits) {
      const Prepare prepare = [this](const Scenario& scenario, const Demand& demand) { return Allocator(scenario, demand, capacities_, options_, solver_).prepared(); };
      plan_.reasons = values(scenario_, demand_, plan_, options_.reasons, prepare, options_of(0, true), solver_);
    }
    return {std::move(plan_), std::move(model_.program), std::move(approach_)};
  }

  void alternative(const std::string& thing, const std::vector<double>& x) {
    const Use use = use_of(scenario_, demand_, model_, thing);
    const double most_usd = plan_.proof.objective_usd + options_.within * std::fabs(plan_.proof.objective_usd);
    Alternative out{use.kind, use.name, use.unit, options_.within, use.constant + optimize::value(use.terms, x), 0, 0, 0, {}};
    if (const auto near = least_use(model_, use, most_usd, options_of(options_.relative_gap, false), solver_)) {
      out.least_use = near->least;
      out.bound = near->bound;
      out.cost_usd = model_.program.objective(near->x);
      for (const Pool& pool : scenario_.pools) {
        const Use nodes = use_of(scenario_, demand_, model_, "pool:" + pool.name);
        out.pool_nodes.push_back(nodes.constant + optimize::value(nodes.terms, near->x));
      }
      plan_.alternatives.push_back(std::move(out));
    }
  }

  /// The continuous decisions at their best for exactly whole orders, and among those with the least of `then`.
  Solution solve_fixed(const std::vector<double>& x, const optimize::Terms& then) {
    const LinearProgram& program = model_.program;
    const std::vector<double> lower = program.lower;
    const std::vector<double> upper = program.upper;
    fix_integers(x, model_.program);
    Solution out = optimize::solve_in_parts(model_.program, options_of(0, true), solver_, then);
    model_.program.lower = lower;
    model_.program.upper = upper;
    return out;
  }

  void collect(const std::vector<double>& x, bool must_serve, std::vector<Shortfall>& out) const {
    for (std::size_t k = 0; k < model_.states.size(); ++k) {
      const StateColumns& columns = model_.states[k];
      if (must_serve != (columns.state.lost_region < 0)) continue;
      std::set<int> told;
      for (const ShortColumn& c : columns.shorts)
        if (c.never && (must_serve ? short_of(c, columns, x) : x[at(c.column)] > 1e-9)) told.insert(c.group);
      if (told.empty()) continue;
      for (const OriginFlow& flow : flows_of(scenario_, demand_, model_, columns, x))
        if (flow.region < 0 && flow.load > 0 && told.count(flow.group) > 0) {
          const DemandSeries& series = demand_.series[at(flow.series)];
          out.push_back({static_cast<int>(k), flow.workload, series.origin, flow.load, demand_.load(series, columns.state.outcome, columns.state.period, columns.state.block)});
        }
    }
  }

  Result shortfall(const std::vector<double>& x) {
    plan_.proof.status = "infeasible";
    for (const StateColumns& columns : model_.states) plan_.states.push_back(columns.state);
    collect(x, true, plan_.shortfalls);
    plan_.conflicts = reasons();
    return {std::move(plan_), std::move(model_.program), std::move(approach_)};
  }

  Result failed(Status status) {
    plan_.proof.status = status == Status::infeasible ? "infeasible" : status == Status::limit ? "limit without a plan" : optimize::to_string(status);
    if (status == Status::infeasible && plan_.conflicts.empty()) plan_.conflicts = reasons();
    if (status == Status::infeasible && plan_.conflicts.empty())
      plan_.conflicts.push_back("no plan keeps all limits: look at 'min' of the pools, power, and the budget together");
    return {std::move(plan_), std::move(model_.program), std::move(approach_)};
  }

  const Scenario& scenario_;
  const Demand& demand_;
  const Capacities& capacities_;
  const AllocateOptions& options_;
  optimize::Solver& solver_;
  Model model_;
  Plan plan_;
  TiedStates tied_{model_};
  std::vector<int> exposed_rows_;
  std::shared_ptr<const Approach> approach_;
  std::string stage_ = "relaxation";   ///< for whoever waits
};

}  // namespace

Result allocate(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const AllocateOptions& options, optimize::Solver& solver) {
  return Allocator(scenario, demand, capacities, options, solver).run();
}

}  // namespace tonnage::allocate
