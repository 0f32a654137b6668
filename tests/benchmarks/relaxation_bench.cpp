// Seconds to solve the relaxation of a scenario's plan, by method, with the bound that proves it; and again with its costs changed by
// up to 2 %, anew and from where the first solve passed. Asserts nothing.
//   relaxation_bench SCENARIO [MPS]     MPS: where the program goes, for other solvers
#include <chrono>
#include <cstdio>
#include <fstream>

#include "tonnage/allocate/allocate.hpp"
#include "tonnage/capacity/capacities.hpp"
#include "tonnage/catalog/catalog.hpp"
#include "tonnage/core/diagnostics.hpp"
#include "tonnage/core/io.hpp"
#include "tonnage/forecast/demand.hpp"
#include "tonnage/optimize/linear_program.hpp"
#include "tonnage/scenario/load.hpp"

using namespace tonnage;
using namespace tonnage::optimize;

namespace {

/// Keeps the first program that it is asked to solve, and solves none.
class Keeper final : public Solver {
 public:
  LinearProgram program;
  Solution solve(const LinearProgram& p, const SolveOptions&) override {
    if (program.columns() == 0) program = p;
    Solution out;
    out.status = Status::limit;
    return out;
  }
  std::unique_ptr<Session> session(const LinearProgram&, const SolveOptions&) override { return nullptr; }
};

Solution report(const char* name, Method method, const LinearProgram& program, double gap, const Solution* similar = nullptr) {
  SolveOptions options;
  options.relax = true;
  options.vertex = method == Method::highs;
  options.relative_gap = gap;
  options.keep_iterates = similar == nullptr;
  if (similar != nullptr) options.begin = &similar->iterates;
  const auto solver = make_solver(method);
  const auto begin = std::chrono::steady_clock::now();
  const Solution found = solver->solve(program, options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%-24s %8.2f s  %7lld iterations  %s  objective %.6f  bound %.6f  relative gap %.1e\n", name, seconds, found.iterations, to_string(found.status), found.objective, found.bound,
              (found.objective - found.bound) / found.objective);
  std::fflush(stdout);
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;

  Diagnostics diagnostics;
  const auto loaded = scenario::load_scenario({argv[1], {}, {}, true}, shipped_catalog(), system_files(), diagnostics);
  if (!loaded) return 2;
  Keeper keeper;
  const Demand demand = forecast::forecast_demand(loaded->scenario, loaded->scenario.seed);
  const Capacities capacities = capacity::capacities(loaded->scenario, nullptr);
  (void)allocate::allocate(loaded->scenario, demand, capacities, {}, keeper);
  const LinearProgram& program = keeper.program;
  std::printf("%d columns, %d rows, %zu nonzeros\n", program.columns(), program.rows(), program.nonzeros());
  std::fflush(stdout);
  if (argc > 2) {
    LinearProgram relaxed = program;
    relaxed.integer.assign(relaxed.integer.size(), 0);
    std::ofstream(argv[2]) << to_mps(relaxed, "relaxation");
  }
  report("interior, gap 1e-6", Method::interior, program, 1e-6);
  const Solution first = report("interior, gap 1e-8", Method::interior, program, 0);
  LinearProgram changed = program;
  for (std::size_t j = 0; j < changed.cost.size(); ++j) changed.cost[j] *= 1 + 0.01 * (static_cast<double>(j % 5) - 2);
  report("costs changed, 1e-4", Method::interior, changed, 1e-4);
  report("from the first, 1e-4", Method::interior, changed, 1e-4, &first);
  report("HiGHS simplex", Method::highs, program, 0);
}
