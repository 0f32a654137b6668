// An interior-point method for linear programs with bounds: Mehrotra's predictor and corrector with Gondzio's centrality
// corrections, proximal terms in both the factor and the step (Friedlander, Orban 2012), sparse quasi-definite factors.
// No vertex: for one, cross over (optimize::Solver).
#pragma once

#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::optimize {

/// Integrality is ignored. Converges to the gap that options name, proved, or to 1e-8 where that is more: relative, in infeasibility of
/// both sides and gap. Status optimal, limit (over) or failed (did not converge: infeasible, unbounded or too hard; ask another solver).
/// `bound` is that of dual_bound, whatever the status.
Solution solve_interior(const LinearProgram& program, const SolveOptions& options);

}  // namespace tonnage::optimize
