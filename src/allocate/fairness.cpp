#include "fairness.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "near.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::LinearProgram;
using optimize::Solution;
using optimize::Status;

namespace {

constexpr double tiny = 1e-7;  // of a share

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Load of a workload from origins that are alike, in a state of which a share may be unmet.
struct Claim {
  int state, priority, column;
  double load;
  bool settled = false;
};

class Sharing {
 public:
  Sharing(const Scenario& scenario, const Demand& demand, Model& held, const std::vector<double>& x, const optimize::SolveOptions& options, optimize::Solver& solver)
      : scenario_(scenario), demand_(demand), model_(held), options_(options), solver_(solver), program_(held.program), cost_(held.program.cost), offset_(held.program.offset), x_(x) {
    options_.relax = true;
    hold();
  }

  std::vector<double> run() {
    std::set<int> priorities;
    for (const Claim& claim : claims_) priorities.insert(claim.priority);
    for (const int priority : priorities)
      if (!fill(priority)) return {};
    program_.cost = cost_;
    program_.offset = offset_;
    const Solution out = solver_.solve(program_, options_);
    return out.status == Status::optimal ? out.x : std::vector<double>();
  }

 private:
  /// The fleet and what is rented stay; no load is served less than at x until its priority is shared out anew.
  void hold() {
    fix_integers(x_, program_);
    std::fill(program_.cost.begin(), program_.cost.end(), 0);
    for (std::size_t k = 0; k < model_.states.size(); ++k) {
      const StateColumns& columns = model_.states[k];
      const State& st = columns.state;
      for (const RentColumn& c : columns.rents) program_.upper[at(c.column)] = std::max(0.0, x_[at(c.column)]);
      for (const ShortColumn& c : columns.shorts) {
        program_.upper[at(c.column)] = std::min(program_.upper[at(c.column)], std::max(0.0, x_[at(c.column)]));
        const Workload& workload = scenario_.workloads[at(c.workload)];
        const double load = model_.groups[at(c.group)].load(demand_, st);
        if (st.lost_region < 0 && !c.never && !workload.deferrable && load > 0) claims_.push_back({static_cast<int>(k), workload.priority, c.column, load});
      }
    }
  }

  /// States in which some of the priority is short.
  std::set<int> scarce(int priority) const {
    std::set<int> out;
    for (const Claim& claim : claims_)
      if (claim.priority == priority && x_[at(claim.column)] > tiny * claim.load) out.insert(claim.state);
    return out;
  }

  /// Raises the share of all claims of the priority together; those that can rise no more are settled, until all are.
  bool fill(int priority) {
    const std::set<int> states = scarce(priority);
    std::vector<Claim*> open;
    for (Claim& claim : claims_)
      if (claim.priority == priority && states.count(claim.state) > 0) open.push_back(&claim);
    for (const Claim* claim : open) program_.upper[at(claim->column)] = claim->load;
    while (!open.empty()) {
      if (!raise(open)) return false;
      std::erase_if(open, [](const Claim* claim) { return claim->settled; });
    }
    return true;
  }

  bool raise(const std::vector<Claim*>& open) {
    LinearProgram lp = program_;
    std::vector<int> level(model_.states.size(), -1), rows;
    for (const Claim* claim : open) {
      int& column = level[at(claim->state)];
      if (column < 0) column = lp.add_column("level", -1, 0, 1);
      rows.push_back(lp.add_row("share", -infinity, 1, {{claim->column, 1 / claim->load}, {column, 1}}));
    }
    const Solution out = solver_.solve(lp, options_);
    if (out.status != Status::optimal) return false;
    std::set<int> settled_states;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const double share = out.x[at(level[at(open[i]->state)])];
      if (std::fabs(out.row_dual[at(rows[i])]) > 1e-7 || share > 1 - tiny) {
        settle(*open[i], share);
        settled_states.insert(open[i]->state);
      }
    }
    for (Claim* claim : open)  // a solver that names no bottleneck must not loop for ever
      if (settled_states.count(claim->state) == 0) settle(*claim, out.x[at(level[at(claim->state)])]);
    return true;
  }

  void settle(Claim& claim, double share) {
    claim.settled = true;
    program_.upper[at(claim.column)] = std::min(claim.load, claim.load * (1 - share + 1e-9));
  }

  const Scenario& scenario_;
  const Demand& demand_;
  const Model& model_;
  optimize::SolveOptions options_;
  optimize::Solver& solver_;
  LinearProgram& program_;
  std::vector<double> cost_;
  double offset_;
  const std::vector<double>& x_;
  std::vector<Claim> claims_;
};

}  // namespace

bool share_fairly(const Scenario& scenario, const Demand& demand, Model& held, std::vector<double>& x, const optimize::SolveOptions& options, optimize::Solver& solver) {
  std::vector<double> out = Sharing(scenario, demand, held, x, options, solver).run();
  if (out.empty()) return false;
  x = std::move(out);
  return true;
}

}  // namespace tonnage::allocate
