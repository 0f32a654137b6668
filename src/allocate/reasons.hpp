// Why a plan costs what it costs, and why there is none: by solving again with one limit moved or left out.
#pragma once

#include <functional>

#include "model.hpp"

namespace tonnage::allocate {

/// What more and what less of each limit that is tight at x changes; largest worth first. `ranges`: and how far either holds, which takes more solves.
std::vector<BindingLimit> binding_limits(const Model& model, const optimize::Solution& relaxed, bool ranges, const optimize::SolveOptions& options, optimize::Solver& solver);

/// The same read off the duals of the relaxation, for programs too large to solve again and again: both values are the dual,
/// which lies between them.
std::vector<BindingLimit> limits_by_dual(const Model& model, const optimize::Solution& relaxed);

/// The most that a shortage column may be short of when its load need not be served.
using MostShort = std::function<double(const StateColumns&, const ShortColumn&)>;

/// A smallest set of limits and loads that cannot hold together (leave out any one, and the rest can), in words, and what is
/// enough alone to repair it. Empty when all can hold with fractions of nodes.
std::vector<std::string> conflict(const Scenario& scenario, const Model& model, const MostShort& most_short, const optimize::SolveOptions& options, optimize::Solver& solver);

}  // namespace tonnage::allocate
