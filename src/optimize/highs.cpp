#include <cmath>
#include <limits>
#include <stdexcept>

#include <interfaces/highs_c_api.h>

#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::optimize {

namespace {

/// Owns a HiGHS instance with the options that make a run repeatable.
class Highs {
 public:
  explicit Highs(const SolveOptions& options) : options_(options), model_(Highs_create()) {
    if (model_ == nullptr) throw std::bad_alloc();
    Highs_setBoolOptionValue(model_, "output_flag", 0);
    Highs_setStringOptionValue(model_, "parallel", "off");
    Highs_setIntOptionValue(model_, "threads", 1);
    Highs_setIntOptionValue(model_, "random_seed", 0);
    Highs_setDoubleOptionValue(model_, "mip_rel_gap", options.relative_gap);
    Highs_setDoubleOptionValue(model_, "mip_abs_gap", 1e-6);
    if (options.deadline.limited()) Highs_setDoubleOptionValue(model_, "time_limit", options.deadline.left_s());
    Highs_setCallback(model_, &Highs::called, &options_);
    for (const HighsInt kind : {kHighsCallbackSimplexInterrupt, kHighsCallbackIpmInterrupt, kHighsCallbackMipInterrupt, kHighsCallbackMipLogging}) Highs_startCallback(model_, kind);
  }
  Highs(const Highs&) = delete;
  Highs& operator=(const Highs&) = delete;
  ~Highs() { Highs_destroy(model_); }
  void* get() const { return model_; }

 private:
  static void called(int kind, const char*, const HighsCallbackDataOut* out, HighsCallbackDataIn* in, void* options) {
    const SolveOptions& how = *static_cast<const SolveOptions*>(options);
    if (how.progress) how.progress(kind == kHighsCallbackMipLogging ? out->mip_gap : std::numeric_limits<double>::quiet_NaN());
    if (in != nullptr) in->user_interrupt = how.over() ? 1 : 0;
  }

  SolveOptions options_;
  void* model_;
};

Status status_of(HighsInt status) {
  switch (status) {
    case kHighsModelStatusOptimal:
    case kHighsModelStatusModelEmpty: return Status::optimal;
    case kHighsModelStatusInfeasible: return Status::infeasible;
    case kHighsModelStatusUnbounded:
    case kHighsModelStatusUnboundedOrInfeasible: return Status::unbounded;
    case kHighsModelStatusTimeLimit:
    case kHighsModelStatusIterationLimit:
    case kHighsModelStatusSolutionLimit:
    case kHighsModelStatusInterrupt: return Status::limit;
    default: return Status::failed;
  }
}

bool pass(const Highs& highs, const LinearProgram& p, bool integers) {
  const HighsInt columns = p.columns();
  const HighsInt rows = p.rows();
  std::vector<HighsInt> start(p.start.begin(), p.start.end() - 1);
  std::vector<HighsInt> index(p.index.begin(), p.index.end());
  std::vector<HighsInt> kinds(p.integer.begin(), p.integer.end());
  const auto nonzeros = static_cast<HighsInt>(index.size());
  const HighsInt result =
      integers ? Highs_passMip(highs.get(), columns, rows, nonzeros, kHighsMatrixFormatRowwise, kHighsObjSenseMinimize, p.offset, p.cost.data(), p.lower.data(),
                               p.upper.data(), p.row_lower.data(), p.row_upper.data(), start.data(), index.data(), p.value.data(), kinds.data())
               : Highs_passLp(highs.get(), columns, rows, nonzeros, kHighsMatrixFormatRowwise, kHighsObjSenseMinimize, p.offset, p.cost.data(), p.lower.data(),
                              p.upper.data(), p.row_lower.data(), p.row_upper.data(), start.data(), index.data(), p.value.data());
  return result != kHighsStatusError;
}

void read_solution(const Highs& highs, const LinearProgram& program, bool integers, Solution& out) {
  std::vector<double> column_dual(program.cost.size()), row_value(program.row_lower.size());
  out.x.resize(program.cost.size());
  out.row_dual.resize(program.row_lower.size());
  Highs_getSolution(highs.get(), out.x.data(), column_dual.data(), row_value.data(), out.row_dual.data());
  out.objective = program.objective(out.x);
  if (integers) {
    out.row_dual.clear();
    return;
  }
  if (out.status == Status::optimal) out.bound = out.objective;
  HighsInt iterations = 0;
  Highs_getIntInfoValue(highs.get(), "simplex_iteration_count", &iterations);
  out.iterations = iterations;
}

std::vector<HighsInt> statuses(const std::vector<Place>& places) {
  std::vector<HighsInt> out;
  for (const Place place : places) out.push_back(place == Place::lower ? kHighsBasisStatusLower : place == Place::upper ? kHighsBasisStatusUpper : kHighsBasisStatusBasic);
  return out;
}

std::vector<Place> places(const std::vector<HighsInt>& statuses) {
  std::vector<Place> out;
  for (const HighsInt status : statuses) out.push_back(status == kHighsBasisStatusBasic ? Place::between : status == kHighsBasisStatusUpper ? Place::upper : Place::lower);
  return out;
}

/// Status and, when there is one, the point of the last run.
Solution outcome_of(const Highs& highs, const LinearProgram& program, bool integers) {
  Solution out;
  out.status = status_of(Highs_getModelStatus(highs.get()));
  HighsInt primal = 0;
  Highs_getIntInfoValue(highs.get(), "primal_solution_status", &primal);
  if (primal == kHighsSolutionStatusFeasible || (program.columns() == 0 && out.status == Status::optimal)) read_solution(highs, program, integers, out);
  return out;
}

class HighsSession final : public Session {
 public:
  HighsSession(const LinearProgram& program, const SolveOptions& options) : highs_(options), program_(program), passed_(pass(highs_, program, false)) {}
  void set_row(int row, double lower, double upper) override { Highs_changeRowBounds(highs_.get(), row, lower, upper); }
  void set_column(int column, double lower, double upper) override { Highs_changeColBounds(highs_.get(), column, lower, upper); }
  void begin_at(const Basis& basis) override {
    const std::vector<HighsInt> columns = statuses(basis.column), rows = statuses(basis.row);
    Highs_setBasis(highs_.get(), columns.data(), rows.data());
  }
  Basis basis() const override {
    std::vector<HighsInt> columns(program_.cost.size()), rows(program_.row_lower.size());
    Highs_getBasis(highs_.get(), columns.data(), rows.data());
    return {places(columns), places(rows)};
  }
  Solution solve() override {
    if (!passed_ || Highs_run(highs_.get()) == kHighsStatusError) return {};
    return outcome_of(highs_, program_, false);
  }

 private:
  Highs highs_;
  const LinearProgram& program_;
  bool passed_;
};

class HighsSolver final : public Solver {
 public:
  std::unique_ptr<Session> session(const LinearProgram& program, const SolveOptions& options) override { return std::make_unique<HighsSession>(program, options); }

  Solution solve(const LinearProgram& program, const SolveOptions& options) override {
    const Highs highs(options);
    const bool integers = !options.relax && program.integers() > 0;
    Solution out;
    if (!pass(highs, program, integers)) return out;
    if (integers && options.start != nullptr) Highs_setSolution(highs.get(), options.start->data(), nullptr, nullptr, nullptr);
    if (Highs_run(highs.get()) == kHighsStatusError) return out;
    out = outcome_of(highs, program, integers);
    if (integers) {
      Highs_getDoubleInfoValue(highs.get(), "mip_dual_bound", &out.bound);
      int64_t nodes = 0;
      Highs_getInt64InfoValue(highs.get(), "mip_node_count", &nodes);
      out.iterations = nodes;
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Solver> highs_solver() { return std::make_unique<HighsSolver>(); }

}  // namespace tonnage::optimize
