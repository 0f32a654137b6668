#include "tied_states.hpp"

#include <algorithm>
#include <cmath>

#include "near.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::LinearProgram;
using optimize::Solution;
using optimize::SolveOptions;
using optimize::Status;
using optimize::Terms;

namespace {

constexpr double used_load = 1e-6;
constexpr double move_share = 1e-6;   ///< of the cost, that not moving is worth
constexpr int most_tied_columns = 400'000;  ///< of a program whose relaxation with the ties is worth waiting for
constexpr double tiny_beyond = 1e-6;  ///< accelerators that move beyond what may

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// The program of some columns, all others held at x. What x does not quite keep may stay so.
class Held {
 public:
  Held(const LinearProgram& whole, const std::vector<double>& x, const std::vector<char>& free) : place_(free.size(), -1) {
    for (int j = 0; j < whole.columns(); ++j) {
      if (!free[at(j)]) continue;
      place_[at(j)] = program.add_column("", whole.cost[at(j)], std::min(whole.lower[at(j)], x[at(j)]), std::max(whole.upper[at(j)], x[at(j)]));
      columns_.push_back(j);
    }
    for (int i = 0; i < whole.rows(); ++i) add_row(whole, i, x);
  }

  void put(const std::vector<double>& found, std::vector<double>& x) const {
    for (std::size_t k = 0; k < columns_.size(); ++k) x[at(columns_[k])] = found[k];
  }

  LinearProgram program;

 private:
  void add_row(const LinearProgram& whole, int i, const std::vector<double>& x) {
    Terms terms;
    double held = 0, all = 0;
    for (int k = whole.start[at(i)]; k < whole.start[at(i + 1)]; ++k) {
      const int j = whole.index[at(k)];
      const double part = whole.value[at(k)] * x[at(j)];
      all += part;
      if (place_[at(j)] >= 0) terms.emplace_back(place_[at(j)], whole.value[at(k)]);
      else held += part;
    }
    if (!terms.empty()) program.add_row("", std::min(whole.row_lower[at(i)], all) - held, std::max(whole.row_upper[at(i)], all) - held, terms);
  }

  std::vector<int> place_, columns_;
};

/// Without the marked rows; numbers of the others stay.
void empty_rows(const std::vector<char>& marked, LinearProgram& p) {
  std::vector<int> start{0}, index;
  std::vector<double> value;
  for (int i = 0; i < p.rows(); ++i) {
    if (marked[at(i)]) {
      p.row_lower[at(i)] = -infinity;
      p.row_upper[at(i)] = infinity;
    } else {
      index.insert(index.end(), p.index.begin() + p.start[at(i)], p.index.begin() + p.start[at(i + 1)]);
      value.insert(value.end(), p.value.begin() + p.start[at(i)], p.value.begin() + p.start[at(i + 1)]);
    }
    start.push_back(static_cast<int>(index.size()));
  }
  p.start = std::move(start);
  p.index = std::move(index);
  p.value = std::move(value);
}

bool within(const Solution& found, const SolveOptions& options) { return !found.x.empty() && found.objective - found.bound <= options.relative_gap * std::fabs(found.objective); }

std::vector<char> either(std::vector<char> a, const std::vector<char>& b) {
  for (std::size_t k = 0; k < a.size(); ++k) a[k] = a[k] || b[k];
  return a;
}

}  // namespace

std::vector<char> TiedStates::tie_columns() const {
  std::vector<char> out(model_.program.cost.size(), 0);
  for (const PlaceColumns& place : model_.places) {
    for (const PlaceColumns::Mean& mean : place.means) out[at(mean.column)] = 1;
    for (const PlaceColumns::Leaving& left : place.leaving)
      if (left.fallen >= 0) out[at(left.fallen)] = 1;
  }
  for (const MoveColumn& move : model_.moves) out[at(move.column)] = 1;
  for (const int column : model_.risk) out[at(column)] = 1;
  return out;
}

std::vector<double> TiedStates::first_prices() const {
  std::vector<double> out(model_.program.row_lower.size(), 0.0);
  for (const WorstRow& worst : model_.worst) out[at(worst.row)] = worst.mean_dual;
  return out;
}

/// `price`: of each row; those of the ties count. Numbers of columns and rows stay.
LinearProgram TiedStates::untied(const std::vector<double>& price) const {
  const LinearProgram& whole = model_.program;
  LinearProgram out = whole;
  std::vector<char> tie(at(whole.rows()), 0);
  for (const int i : model_.tie_rows) {
    tie[at(i)] = 1;
    if (price[at(i)] == 0) continue;
    if (const double side = price[at(i)] > 0 ? whole.row_lower[at(i)] : whole.row_upper[at(i)]; std::isfinite(side)) out.offset += price[at(i)] * side;
    for (int k = whole.start[at(i)]; k < whole.start[at(i + 1)]; ++k) out.cost[at(whole.index[at(k)])] -= price[at(i)] * whole.value[at(k)];
  }
  const std::vector<char> ties = tie_columns();
  for (int j = 0; j < out.columns(); ++j)
    if (ties[at(j)]) out.lower[at(j)] = out.upper[at(j)] = out.cost[at(j)] = 0;
  empty_rows(tie, out);
  return out;
}

Solution TiedStates::relaxation(const SolveOptions& options, optimize::Solver& solver) const { return solver.solve(model_.places.empty() ? model_.program : untied(first_prices()), options); }

/// What moves costs a little more than it does, and more may move than may, for more than any load is worth: so there is always a point.
LinearProgram TiedStates::elastic(const Terms& moves, const Solution& loose) const {
  LinearProgram out = model_.program;
  double all = 0, dearest = 0, carried = 0;
  for (const auto& [column, weight] : moves) all += weight;
  for (const auto& [column, weight] : moves) out.cost[at(column)] += move_share * std::fabs(loose.objective) * weight / all;
  for (const double dual : loose.row_dual) dearest = std::max(dearest, std::fabs(dual));
  for (const MoveColumn& move : model_.moves) carried = std::max(carried, move.replica_load / move.accelerators);
  std::vector<Terms> beyond(at(out.rows()));
  for (const LimitRow& rule : model_.rules)
    if (rule.kind == "churn") {
      const int column = out.add_column("", 10 * dearest * carried, 0, infinity);
      beyond[at(rule.row)].emplace_back(column, -1);
    }
  LinearProgram with = out;
  with.start.assign(1, 0);
  with.index.clear();
  with.value.clear();
  for (int i = 0; i < out.rows(); ++i) {
    for (int k = out.start[at(i)]; k < out.start[at(i + 1)]; ++k) with.index.push_back(out.index[at(k)]), with.value.push_back(out.value[at(k)]);
    for (const auto& [column, value] : beyond[at(i)]) with.index.push_back(column), with.value.push_back(value);
    with.start.push_back(static_cast<int>(with.index.size()));
  }
  return with;
}

/// Places where something runs, by Model::places.
std::vector<char> TiedStates::used(const std::vector<double>& x) const {
  std::vector<char> out;
  for (const PlaceColumns& place : model_.places) out.push_back(place.present || std::any_of(place.loads.begin(), place.loads.end(), [&](int j) { return x[at(j)] > used_load; }));
  return out;
}

void TiedStates::close_places(const std::vector<char>& kept, LinearProgram& program) const {
  for (std::size_t k = 0; k < kept.size(); ++k) {
    if (kept[k]) continue;
    const PlaceColumns& place = model_.places[k];
    for (const int j : place.loads) program.upper[at(j)] = 0;
    for (const PlaceColumns::Mean& mean : place.means) program.upper[at(mean.column)] = 0;
    for (const PlaceColumns::Leaving& left : place.leaving) {
      program.upper[at(left.moved)] = 0;
      if (left.fallen >= 0) program.upper[at(left.fallen)] = 0;
    }
  }
}

/// A period's continuous decisions at their best, and at a vertex, with what is before and after held.
void TiedStates::settle_period(int period, int outcome, const LinearProgram& program, const SolveOptions& options, optimize::Solver& solver, std::vector<double>& x) const {
  std::vector<char> free(x.size(), 0);
  for (const StateColumns& columns : model_.states) {
    if (columns.state.period != period || columns.state.outcome != outcome) continue;
    for (const RouteColumn& c : columns.routes) free[at(c.column)] = 1;
    for (const PlaceColumn& c : columns.places) free[at(c.column)] = 1;
    for (const ShortColumn& c : columns.shorts) free[at(c.column)] = 1;
    for (const RentColumn& c : columns.rents) free[at(c.column)] = 1;
    for (const StandbyColumn& c : columns.standbys) free[at(c.column)] = 1;
  }
  for (const PlaceColumns& place : model_.places) {
    if (place.outcome != outcome) continue;
    for (const PlaceColumns::Mean& mean : place.means)
      if (mean.period == period) free[at(mean.column)] = 1;
    for (const PlaceColumns::Leaving& left : place.leaving) {
      if (left.period != period && left.period != period + 1) continue;
      free[at(left.moved)] = 1;
      if (left.fallen >= 0) free[at(left.fallen)] = 1;
    }
  }
  const Held held(program, x, free);
  if (const Solution found = optimize::solve_in_parts(held.program, options, solver); found.status == Status::optimal) held.put(found.x, x);
}

/// What the worst outcomes of a plan cost: the best of the bounds at which one outcome begins to be beyond.
Solution TiedStates::with_risk(Solution near) const {
  const LinearProgram& p = model_.program;
  for (const int column : model_.risk) near.x[at(column)] = 0;
  std::vector<double> cost;
  for (const WorstRow& worst : model_.worst) cost.push_back(-p.activity(worst.row, near.x));
  const std::vector<double> x = near.x;
  near.objective = infinity;
  for (const double least : cost) {
    std::vector<double> y = x;
    y[at(model_.risk.front())] = least;
    for (std::size_t s = 0; s < cost.size(); ++s) y[at(model_.worst[s].beyond)] = std::max(0.0, cost[s] - least);
    if (const double objective = p.objective(y); objective < near.objective) {
      near.objective = objective;
      near.x = std::move(y);
    }
  }
  return near;
}

/// The best plan with these whole decisions: first with some places only and all periods at once, then period by period with all places.
Solution TiedStates::settle(LinearProgram program, const std::vector<double>& whole, const std::vector<char>& kept, const SolveOptions& options, optimize::Solver& solver) const {
  fix_integers(whole, program);
  LinearProgram few = program;
  close_places(kept, few);
  SolveOptions rest = options;
  rest.relax = true;
  rest.vertex = false;
  rest.relative_gap = 0;
  Solution out = solver.solve(few, rest);
  if (out.x.empty()) return out;
  rest.vertex = true;
  int period = -1, outcome = -1;
  for (const StateColumns& columns : model_.states) {  // by period and outcome
    if (columns.state.period == period && columns.state.outcome == outcome) continue;
    period = columns.state.period;
    outcome = columns.state.outcome;
    if (!options.over()) settle_period(period, outcome, program, rest, solver, out.x);
  }
  double beyond = 0;
  for (std::size_t j = model_.program.cost.size(); j < out.x.size(); ++j) beyond += out.x[j];
  out.x.resize(model_.program.cost.size());
  out.objective = model_.program.objective(out.x);
  out.settled = true;
  if (beyond > tiny_beyond) return {};
  return out;
}

/// Prices of the ties near the duals of their rows, such that no tie earns more than it costs.
std::vector<double> TiedStates::prices(const std::vector<double>& row_dual) const {
  const LinearProgram& p = model_.program;
  std::vector<double> out(row_dual.size(), 0.0), reduced = p.cost;
  const auto set = [&](int row, double price) {
    out[at(row)] = price;
    for (int k = p.start[at(row)]; price != 0 && k < p.start[at(row + 1)]; ++k) reduced[at(p.index[at(k)])] -= price * p.value[at(k)];
  };
  for (const WorstRow& worst : model_.worst) set(worst.row, std::max(0.0, row_dual[at(worst.row)]));
  for (const LimitRow& rule : model_.rules)
    if (rule.kind == "churn") set(rule.row, std::min(0.0, row_dual[at(rule.row)]));
  for (const PlaceColumns& place : model_.places)
    for (const PlaceColumns::Leaving& left : place.leaving) set(left.row, std::clamp(row_dual[at(left.row)], std::min(0.0, -reduced[at(left.moved)]), 0.0));
  for (const int row : model_.falls_rows) {
    double least = 0;
    for (int k = p.start[at(row)]; k < p.start[at(row + 1)]; ++k) least = std::min(least, reduced[at(p.index[at(k)])]);
    set(row, least);
  }
  for (const PlaceColumns& place : model_.places)
    for (const PlaceColumns::Mean& mean : place.means) set(mean.row, reduced[at(mean.column)]);
  return out;
}

/// Whole decisions with the ties at the prices of a relaxation of all; x without ties is as good a point of that program.
Solution TiedStates::near_priced(const Solution& all, const SolveOptions& options, optimize::Solver& solver) const {
  const LinearProgram paid = untied(prices(all.row_dual));
  Solution loose = all;
  for (int j = 0; j < paid.columns(); ++j)
    if (paid.lower[at(j)] == paid.upper[at(j)]) loose.x[at(j)] = paid.lower[at(j)];
  for (const int i : model_.tie_rows) loose.row_dual[at(i)] = 0;
  loose.objective = paid.objective(loose.x);
  return optimize::solve_whole(paid, loose, options, solver);
}

/// With the relaxation of all, whose bound is the better one, and whose prices lead to whole decisions that bear the ties better.
void TiedStates::again(const LinearProgram& program, const SolveOptions& options, optimize::Solver& solver, Solution& best) const {
  SolveOptions relaxed = options;
  relaxed.relax = true;
  relaxed.vertex = false;
  relaxed.relative_gap = 0;
  const Solution all = solver.solve(model_.program, relaxed);
  best.bound = std::max(best.bound, all.bound);
  if (all.x.empty() || within(best, options) || options.over()) return;
  const Solution near = near_priced(all, options, solver);
  if (near.x.empty() || options.over()) return;
  Solution found = settle(program, near.x, either(used(all.x), used(near.x)), options, solver);
  if (found.x.empty() || (!best.x.empty() && found.objective >= best.objective)) return;
  found.bound = best.bound;
  best = std::move(found);
}

/// Moves tie nothing: the relaxation was of all.
Solution TiedStates::whole_with_risk(const Solution& relaxed, const SolveOptions& options, optimize::Solver& solver) const {
  Solution best = near_priced(relaxed, options, solver);
  if (!best.x.empty()) best = with_risk(std::move(best));
  best.bound = relaxed.bound;
  return best;
}

/// Moves tie periods: first for nothing, then at a price.
Solution TiedStates::whole_with_moves(const Solution& loose, const Terms& moves, const SolveOptions& options, optimize::Solver& solver) const {
  const Solution near = optimize::solve_whole(untied(first_prices()), loose, options, solver);
  if (near.x.empty()) return near;
  const LinearProgram program = elastic(moves, loose);
  Solution best = settle(program, near.x, used(near.x), options, solver);
  best.bound = loose.bound;
  if (!within(best, options) && !options.over() && program.columns() <= most_tied_columns) again(program, options, solver, best);
  return best;
}

Solution TiedStates::whole(const Solution& relaxed, const Terms& moves, const SolveOptions& options, optimize::Solver& solver) const {
  Solution best = model_.places.empty() ? whole_with_risk(relaxed, options, solver) : whole_with_moves(relaxed, moves, options, solver);
  best.status = within(best, options) ? Status::optimal : Status::limit;
  return best;
}

}  // namespace tonnage::allocate
