// Levers: what would help most. Changes that a planner could really make, found in the scenario and its plan, each planned anew and
// ranked by what it saves.
#pragma once

#include <string>
#include <vector>

#include "tonnage/pipeline/what_if.hpp"

namespace tonnage::pipeline {

struct Lever {
  std::string kind;              ///< one of lever_kinds()
  std::string name;              ///< "fp8 instead of bf16 for chat"
  std::string assumes;           ///< what must be true or agreed for it, in plain words
  std::vector<std::string> sets; ///< the arguments of --set that try it
  bool risk = false;             ///< it gives up protection: what that costs, not a saving
};

/// "precision", "slo", "reach", ... in the order in which levers are made.
const std::vector<std::string>& lever_kinds();

/// Levers of a scenario, from its own values and what its plan uses and runs into; `run` has the values of limits.
std::vector<Lever> lever_candidates(const Run& run);

struct LeverOutcome {
  Lever lever;
  Money saving;                  ///< present value
  double nodes_end = 0, power_end_mw = 0, unmet = 0;  ///< changes: in service at the end, and over the horizon
  Money open;                    ///< what proofs leave open: a smaller saving may be none
};

struct Levers {
  Money base;                    ///< present value as it is
  std::vector<LeverOutcome> helping;  ///< largest saving first; risks after all savings
  std::vector<Lever> without_effect;  ///< change neither cost nor fleet nor what is served
  std::vector<LeverOutcome> costing;  ///< save nothing: the plan costs more, or as much with another fleet
  std::vector<std::pair<Lever, std::string>> without_plan;  ///< and why
  std::vector<Lever> not_tried;       ///< the user asked for an end first
};

/// `only`: kinds to try; empty: all.
Levers find_levers(const Run& run, const scenario::LoadOptions& base, const std::vector<std::string>& only, const Catalog& catalog, FileSystem& files,
                   const RunOptions& options, StageCache& cache);

}  // namespace tonnage::pipeline
