// Allocate: Demand, Capacities, pools and policies to a least-cost Plan with a proof and reasons.
// Model: docs/methods.md, "Allocation". Two-stage: orders now, routing per outcome; whole nodes; through optimize::Solver.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/core/deadline.hpp"
#include "tonnage/core/progress.hpp"
#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"
#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::allocate {

/// Orders of a plan whose last day is before a date are made as they are; no others are before it.
struct SettledOrders {
  Date before;
  std::vector<Order> orders;
};

/// What is told of a plan beside its limits; each needs solves of its own.
enum class ReasonsWanted { limits, marginal_costs, all };

/// How the plan of a large program was found. Plans of scenarios that differ from it in a few values are found sooner from there.
struct Approach {
  std::vector<int> start, index;                            ///< the rows of the program, which are those of another one of use
  std::vector<optimize::Iterate> relaxation;
  std::shared_ptr<const optimize::Elimination> elimination;
  std::vector<optimize::Basis> parts;
};

struct AllocateOptions {
  double relative_gap = 1e-3;                   ///< of the cost that decisions can change
  Deadline deadline;
  ProgressSink progress;                        ///< may be empty
  int threads = 1;                              ///< never changes a result
  std::optional<Present> present;               ///< what runs now; of plans that cost the same, the one that moves least is taken
  std::optional<SettledOrders> settled;         ///< nothing: every order may be decided
  std::vector<std::string> alternatives;        ///< things to use least of: "KIND:NAME", "nodes", "power", "capex"
  double within = 0.01;                         ///< of the plan's cost, for the alternatives
  ReasonsWanted reasons = ReasonsWanted::limits;  ///< beyond limits: fill Plan::reasons, or its marginal costs alone
  bool relax = false;                           ///< fractions of nodes may be ordered
  bool cost_only = false;                       ///< for many what-ifs: no values of limits, no choice among plans that cost the same
  std::shared_ptr<const Approach> approach;     ///< of a similar scenario; may be none
};

/// What a name can mean as a thing to use least of, as "KIND:NAME" or "nodes", "power", "capex"; empty: nothing.
std::vector<std::string> things_called(const Scenario& scenario, const std::string& name);

/// The plan, and the very program whose solution it is (for --export-model).
struct Result {
  Plan plan;
  optimize::LinearProgram program;
  std::shared_ptr<const Approach> approach;     ///< with `cost_only`; none where the program is not large
};

/// `plan.proof.status` is "optimal", "limit" (best found, with its bound) or "infeasible" (then `shortfalls` says what cannot
/// be served, where and when, at the least possible shortfall).
Result allocate(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const AllocateOptions& options,
                optimize::Solver& solver);

}  // namespace tonnage::allocate
