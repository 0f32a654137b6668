// Programs that were solved before are not solved again.
#include "tonnage/core/key.hpp"
#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::optimize {

namespace {

std::string key_of(const LinearProgram& p, const SolveOptions& options) {
  Key key;  // names do not matter to a solution
  key.add(options.relative_gap, options.relax, options.vertex).add(p.offset).add(p.cost).add(p.lower).add(p.upper).add(p.integer);
  key.add(p.row_lower).add(p.row_upper).add(p.start).add(p.index).add(p.value);
  return key.bytes();
}

class RememberingSolver final : public Solver {
 public:
  RememberingSolver(std::unique_ptr<Solver> solver, std::shared_ptr<SolutionMemo> memo) : solver_(std::move(solver)), memo_(std::move(memo)) {}

  Solution solve(const LinearProgram& program, const SolveOptions& options) override {
    if (options.deadline.limited()) return solver_->solve(program, options);  // may differ from run to run
    const std::string key = key_of(program, options);
    if (auto known = memo_->find(key)) return *std::move(known);
    Solution made = solver_->solve(program, options);
    if (!options.over()) memo_->keep(key, made);
    return made;
  }

  bool rounds(const LinearProgram& program) const override { return solver_->rounds(program); }
  bool large(const LinearProgram& program) const override { return solver_->large(program); }
  std::unique_ptr<Session> session(const LinearProgram& program, const SolveOptions& options) override { return solver_->session(program, options); }

 private:
  std::unique_ptr<Solver> solver_;
  std::shared_ptr<SolutionMemo> memo_;
};

}  // namespace

std::optional<Solution> SolutionMemo::find(const std::string& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = known_.find(key);
  return found == known_.end() ? std::nullopt : std::optional<Solution>(found->second);
}

void SolutionMemo::keep(const std::string& key, const Solution& solution) {
  std::size_t numbers = solution.x.size() + solution.row_dual.size();
  for (const Iterate& one : solution.iterates) numbers += 2 * one.x.size() + one.row_dual.size();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (bytes_ + key.size() > most_bytes) return;
  bytes_ += key.size() + sizeof(double) * numbers;
  known_.emplace(key, solution);
}

std::unique_ptr<Solver> remembering_solver(std::unique_ptr<Solver> solver, std::shared_ptr<SolutionMemo> memo) {
  return std::make_unique<RememberingSolver>(std::move(solver), std::move(memo));
}

}  // namespace tonnage::optimize
