// Plans whose cost is near the best: the least of something else, and what moves least.
#pragma once

#include <optional>

#include "model.hpp"

namespace tonnage::allocate {

/// Something that a plan uses, and how much: constant + terms.
struct Use {
  std::string kind, name, unit;
  optimize::Terms terms;
  double constant = 0;
};

/// "pool:NAME", "region:NAME", "node:NAME", "provider:NAME", "nodes", "power" or "capex".
Use use_of(const Scenario& scenario, const Demand& demand, const Model& model, const std::string& thing);

/// Accelerators that move, expected over the outcomes and all periods.
Use moves_of(const Demand& demand, const Model& model);

/// Holds all whole decisions where they are at x.
void fix_integers(const std::vector<double>& x, optimize::LinearProgram& program);

struct NearSolution {
  std::vector<double> x;
  double least = 0, bound = 0;  ///< of the use
};

/// The least of a use at no more than so much cost, and among those the least cost. Nothing when the solver found none.
std::optional<NearSolution> least_use(const Model& model, const Use& use, double most_usd, const optimize::SolveOptions& options, optimize::Solver& solver);

}  // namespace tonnage::allocate
