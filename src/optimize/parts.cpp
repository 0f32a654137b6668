// Programs that are several programs.
#include "components.hpp"
#include "reduced.hpp"

namespace tonnage::optimize {

namespace {

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
  std::vector<int> columns, rows;
};

std::vector<Part> split(const LinearProgram& p, const std::vector<int>& part, int count) {
  std::vector<Part> out(at(count));
  std::vector<int> place(at(p.columns()));
  for (int j = 0; j < p.columns(); ++j) {
    Part& one = out[at(part[at(j)])];
    place[at(j)] = one.program.add_column("", p.cost[at(j)], p.lower[at(j)], p.upper[at(j)]);
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

}  // namespace

Solution solve_in_parts(const LinearProgram& program, const SolveOptions& options, Solver& solver) {
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
  for (const Part& one : split(p, part, count)) {
    const Solution found = solver.solve(one.program, options);
    if (found.status != Status::optimal) {
      out.status = found.status;
      return out;
    }
    out.iterations += found.iterations;
    for (std::size_t j = 0; j < one.columns.size(); ++j) x[at(one.columns[j])] = found.x[j];
    for (std::size_t i = 0; i < one.rows.size(); ++i) duals[at(one.rows[i])] = found.row_dual[i];
  }
  reduced.restore(x, duals, out);
  out.bound = out.objective;
  return out;
}

}  // namespace tonnage::optimize
