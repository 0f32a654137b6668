// Which method solves what.
#include <algorithm>

#include "interior.hpp"

namespace tonnage::optimize {

namespace {

constexpr int rounded_columns = 11'000; ///< from here on branching takes several times as long as rounding
constexpr int large_columns = 40'000;    ///< from here on a simplex method takes many times as long

class InteriorSolver final : public Solver {
 public:
  InteriorSolver(std::unique_ptr<Solver> exact, int least_columns) : exact_(std::move(exact)), least_columns_(least_columns) {}

  Solution solve(const LinearProgram& program, const SolveOptions& options) override {
    if (!options.vertex && program.columns() >= least_columns_ && (options.relax || program.integers() == 0)) {
      Solution found = solve_interior(program, options);
      if (found.status == Status::optimal || options.over()) return found;
    }
    return exact_->solve(program, options);
  }

  bool rounds(const LinearProgram& program) const override { return program.columns() >= std::min(rounded_columns, least_columns_); }
  bool large(const LinearProgram& program) const override { return program.columns() >= least_columns_; }
  std::unique_ptr<Session> session(const LinearProgram& program, const SolveOptions& options) override { return exact_->session(program, options); }

 private:
  std::unique_ptr<Solver> exact_;
  int least_columns_;
};

}  // namespace

std::unique_ptr<Solver> interior_solver(std::unique_ptr<Solver> exact, int least_columns) { return std::make_unique<InteriorSolver>(std::move(exact), least_columns); }

std::unique_ptr<Solver> make_solver(Method method) {
  if (method == Method::highs) return highs_solver();
  return interior_solver(highs_solver(), method == Method::interior ? 0 : large_columns);
}

}  // namespace tonnage::optimize
