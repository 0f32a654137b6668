// The first stage with whole decisions, its parts' cost bounded from below by cuts (Benders 1962), held near the relaxation by
// what it costs to leave it; each proposal is priced exactly and gives new cuts.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "recourse.hpp"

namespace tonnage::optimize {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

constexpr int most_rounds = 12, most_idle_rounds = 4;
constexpr int most_part_columns = 30'000;   ///< of a part that is solved again and again
constexpr int small_part_columns = 5'000;   ///< up to which it does not matter how many parts there are
constexpr double least_share = 0.05, most_share = 0.15;   ///< of the gap, that the master may leave: as much as the relaxation did
constexpr double rough_leeway = 0.25;       ///< about a relaxation that was stopped on its way
constexpr double tiny_borrowed = 1e-7;
constexpr double cost_in_units = 1e4;       ///< of the whole in the master: a billion of dollars has no room for a solver's tolerances
constexpr double price_of_leaving = 0.3;    ///< of a shared column's price, per unit away from the relaxation
constexpr double leaving_decay = 0.5;       ///< as cuts take its place
constexpr double unlikely_share = 0.03;     ///< of reduced cost, from which an order that the relaxation does not place is first left out

/// Reduced costs, as shares of the terms that they are the sum of.
std::vector<double> reduced_cost_shares(const LinearProgram& program, const std::vector<double>& row_dual) {
  std::vector<double> reduced = program.cost, size;
  for (const double cost : program.cost) size.push_back(std::fabs(cost));
  for (int i = 0; i < program.rows(); ++i)
    for (int k = program.start[at(i)]; k < program.start[at(i) + 1]; ++k) {
      const double borne = row_dual[at(i)] * program.value[at(k)];
      reduced[at(program.index[at(k)])] -= borne;
      size[at(program.index[at(k)])] += std::fabs(borne);
    }
  for (std::size_t j = 0; j < size.size(); ++j) reduced[j] /= std::max(size[j], std::numeric_limits<double>::min());
  return reduced;
}

/// First-stage columns and rows, a column for the cost of each group, and what leaving the relaxation costs.
class Master {
 public:
  Master(const LinearProgram& program, const Recourse& recourse, const Solution& relaxed) : program_(program), recourse_(recourse), relaxed_(relaxed), place_(at(program.columns()), -1), unit_usd_(std::max(1.0, std::fabs(relaxed.objective)) / cost_in_units) {
    const std::vector<double> reduced = reduced_cost_shares(program, relaxed.row_dual);
    for (int j = 0; j < program.columns(); ++j) {
      if (!recourse.first(j)) continue;
      double low = program.lower[at(j)], high = program.upper[at(j)];
      bool unlikely = false;
      if (program.integer[at(j)] != 0) {
        const double leeway = relaxed.status == Status::limit ? 1 + rough_leeway * std::fabs(relaxed.x[at(j)]) : 1;
        low = std::max(low, std::floor(relaxed.x[at(j)] + 1e-6 - leeway));
        high = std::min(high, std::ceil(relaxed.x[at(j)] - 1e-6 + leeway));
        unlikely = relaxed.status == Status::optimal && low == 0 && relaxed.x[at(j)] < unlikely_share && reduced[at(j)] > unlikely_share;
      }
      place_[at(j)] = master_.add_column("", program.cost[at(j)] / unit_usd_, low, unlikely ? 0 : high, program.integer[at(j)] != 0);
      if (unlikely) left_out_.emplace_back(place_[at(j)], high);
    }
    for (const int i : recourse.first_rows()) {
      Terms terms;
      for (int k = program.start[at(i)]; k < program.start[at(i) + 1]; ++k) terms.emplace_back(place_[at(program.index[at(k)])], program.value[at(k)]);
      if (!terms.empty()) master_.add_row("", program.row_lower[at(i)], program.row_upper[at(i)], terms);
    }
    for (int g = 0; g < recourse.groups(); ++g) cost_.push_back(master_.add_column("", 1, -infinity, infinity));
    master_.offset = program.offset / unit_usd_;
  }

  void add(const std::vector<Cut>& cuts, const std::vector<double>& x) {
    for (const Cut& cut : cuts) {
      double constant = cut.cost;
      Terms terms{{cost_[at(cut.group)], 1}};
      for (const auto& [j, slope] : cut.slopes) {
        constant -= slope * x[at(j)];
        terms.emplace_back(place_[at(j)], -slope / unit_usd_);
      }
      master_.add_row("", constant / unit_usd_, infinity, terms);
    }
  }

  /// What the first cuts say that a unit is worth, is what leaving it costs in part.
  void hold(const std::vector<Cut>& cuts) {
    std::vector<double> price(at(program_.columns()), 0.0);
    for (const Cut& cut : cuts)
      for (const auto& [j, slope] : cut.slopes) price[at(j)] += std::fabs(slope);
    double mean = 0;
    int count = 0;
    for (int j = 0; j < program_.columns(); ++j)
      if (recourse_.shared(j)) mean += price[at(j)], ++count;
    for (int j = 0; j < program_.columns(); ++j) {
      if (!recourse_.shared(j)) continue;
      const double leaving = price_of_leaving * std::max(price[at(j)], 0.01 * mean / count) / unit_usd_;
      const int more = master_.add_column("", leaving, 0, infinity), less = master_.add_column("", leaving, 0, infinity);
      held_.push_back(more);
      held_.push_back(less);
      master_.add_row("", relaxed_.x[at(j)], relaxed_.x[at(j)], {{place_[at(j)], 1}, {more, -1}, {less, 1}});
    }
  }

  /// What was left out is let in, and leaving the relaxation costs less.
  void loosen(double by) {
    for (const auto& [column, high] : std::exchange(left_out_, {})) master_.upper[at(column)] = high;
    for (const int column : held_) master_.cost[at(column)] *= by;
  }

  /// A proposal: first-stage columns of the program, others zero; empty when there is none.
  std::vector<double> propose(const SolveOptions& options, Solver& solver) {
    const Solution found = solver.solve(master_, options);
    std::vector<double> x;
    if (found.x.empty()) return x;
    x.resize(at(program_.columns()));
    for (int j = 0; j < program_.columns(); ++j)
      if (place_[at(j)] >= 0) x[at(j)] = found.x[at(place_[at(j)])];
    return x;
  }

 private:
  const LinearProgram& program_;
  const Recourse& recourse_;
  const Solution& relaxed_;
  LinearProgram master_;
  std::vector<int> place_;     ///< of the program's columns in the master's; -1 of parts
  double unit_usd_;
  std::vector<int> cost_, held_;
  std::vector<std::pair<int, double>> left_out_;   ///< columns, with their upper bounds
};

/// A part is too large to be solved again and again, or is most of the program.
bool tied_together(const Recourse& recourse, int columns) {
  const int largest = recourse.largest_part();
  return largest > most_part_columns || (largest > small_part_columns && 4 * largest > columns);
}

/// Of the gap, by the relaxation.
double share_left_open(const Solution& relaxed, double gap) {
  const double allowed = gap * std::fabs(relaxed.objective);
  return allowed > 0 ? std::clamp((relaxed.objective - relaxed.bound) / allowed, least_share, most_share) : least_share;
}

/// Of what a part lacks, per unit: more than any unit is worth.
double penalty_of(const LinearProgram& program, const Solution& relaxed) {
  double most = 0;
  for (int i = 0; i < program.rows(); ++i) most = std::max(most, std::fabs(relaxed.row_dual[at(i)]));
  return 10 * std::max(1.0, most);
}

}  // namespace

Solution solve_whole(const LinearProgram& program, const Solution& relaxed, const SolveOptions& options, Solver& solver) {
  Solution out;
  out.bound = relaxed.bound;
  SolveOptions unlimited = options;  // a round that is begun is ended, or there would be nothing to show for it
  unlimited.deadline = {};
  Recourse recourse(program, penalty_of(program, relaxed), unlimited, solver);
  if (tied_together(recourse, program.columns())) return out;
  if (options.parts != nullptr) recourse.begin_at(*options.parts);
  Master master(program, recourse, relaxed);
  const std::vector<Cut> first = recourse.cuts_of(relaxed.x, relaxed.row_dual);
  master.add(first, relaxed.x);
  master.hold(first);
  SolveOptions of_master = unlimited;
  of_master.relative_gap *= share_left_open(relaxed, options.relative_gap);
  of_master.progress = {};
  const auto within = [&] { return out.settled && out.objective - out.bound <= options.relative_gap * std::fabs(out.objective); };
  for (int round = 0, idle = 0; round < most_rounds && idle < most_idle_rounds && !within() && !(round > 0 ? options.over() : stop_requested()); ++round, ++idle) {
    if (round > 0) of_master.deadline = options.deadline;
    if (options.progress) options.progress(out.settled ? (out.objective - out.bound) / std::max(1.0, std::fabs(out.objective)) : std::numeric_limits<double>::quiet_NaN());
    std::vector<double> x = master.propose(of_master, solver);
    if (x.empty() && round == 0) {
      master.loosen(1);
      x = master.propose(of_master, solver);
    }
    if (x.empty()) break;
    RecourseValue value = recourse.value_at(x);
    if (!value.solved) break;
    master.add(value.cuts, value.x);
    master.loosen(leaving_decay);
    if (value.borrowed > tiny_borrowed) continue;
    if (const double objective = program.objective(value.x); objective < out.objective) {
      out.objective = objective;
      out.x = std::move(value.x);
      out.settled = true;
      idle = -1;
    }
  }
  if (out.settled) {
    out.status = within() ? Status::optimal : Status::limit;
    out.parts = recourse.bases();
  }
  return out;
}

}  // namespace tonnage::optimize
