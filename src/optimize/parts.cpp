// Programs that are several programs.
#include <algorithm>
#include <cmath>

#include "components.hpp"
#include "reduced.hpp"

namespace tonnage::optimize {

namespace {

constexpr double as_good = 1e-9;   ///< of the best

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Part of each column: columns of a row are in one part.
std::vector<int> parts_of(const LinearProgram& p, int& count) {
  Components components(p.columns());
  for (int i = 0; i < p.rows(); ++i)
    for (int k = p.start[at(i)] + 1; k < p.start[at(i + 1)]; ++k) components.join(p.index[at(k)], p.index[at(p.start[at(i)])]);
  return components.numbers(count);
}

struct Part {
  LinearProgram program;
  std::vector<double> then;   ///< by column, what counts among the best
  std::vector<int> columns, rows;
};

std::vector<Part> split(const LinearProgram& p, const std::vector<double>& then, const std::vector<int>& part, int count) {
  std::vector<Part> out(at(count));
  std::vector<int> place(at(p.columns()));
  for (int j = 0; j < p.columns(); ++j) {
    Part& one = out[at(part[at(j)])];
    place[at(j)] = one.program.add_column("", p.cost[at(j)], p.lower[at(j)], p.upper[at(j)]);
    one.then.push_back(then[at(j)]);
    one.columns.push_back(j);
  }
  for (int i = 0; i < p.rows(); ++i) {
    Terms terms;
    for (int k = p.start[at(i)]; k < p.start[at(i + 1)]; ++k) terms.emplace_back(place[at(p.index[at(k)])], p.value[at(k)]);
    if (terms.empty()) continue;
    Part& one = out[at(part[at(p.index[at(p.start[at(i)])])])];
    one.program.add_row("", p.row_lower[at(i)], p.row_upper[at(i)], terms);
    one.rows.push_back(i);
  }
  return out;
}

/// Of the points that cost no more than the best one found, one with the least of what counts then.
void choose(Part part, const SolveOptions& options, Solver& solver, Solution& found) {
  LinearProgram& p = part.program;
  if (std::all_of(part.then.begin(), part.then.end(), [](double c) { return c == 0; })) return;
  p.at_most("", p.costs(), found.objective + as_good * std::max(1.0, std::fabs(found.objective)));
  p.cost = part.then;
  if (Solution chosen = solver.solve(p, options); chosen.status == Status::optimal) found.x = std::move(chosen.x);
}

}  // namespace

Solution solve_in_parts(const LinearProgram& program, const SolveOptions& options, Solver& solver, const Terms& then) {
  const Reduced reduced(program);
  Solution out;
  if (reduced.infeasible()) {
    out.status = Status::infeasible;
    return out;
  }
  const LinearProgram& p = reduced.program();
  int count = 0;
  const std::vector<int> part = parts_of(p, count);
  std::vector<double> x(p.cost.size()), duals(p.row_lower.size());
  out.status = Status::optimal;
  std::vector<double> counts(p.cost.size(), 0.0);
  for (const auto& [column, weight] : then)
    if (const int j = reduced.column_at(column); j >= 0) counts[at(j)] += weight;
  for (const Part& one : split(p, counts, part, count)) {
    Solution found = solver.solve(one.program, options);
    if (found.status != Status::optimal) {
      out.status = found.status;
      return out;
    }
    choose(one, options, solver, found);
    out.iterations += found.iterations;
    for (std::size_t j = 0; j < one.columns.size(); ++j) x[at(one.columns[j])] = found.x[j];
    for (std::size_t i = 0; i < one.rows.size(); ++i) duals[at(one.rows[i])] = found.row_dual[i];
  }
  reduced.restore(x, duals, out);
  out.bound = out.objective;
  return out;
}

}  // namespace tonnage::optimize
