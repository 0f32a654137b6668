// What decisions are worth: each value from solves of its own, fractions of nodes allowed.
#pragma once

#include <functional>
#include <optional>

#include "model.hpp"
#include "tonnage/allocate/allocate.hpp"

namespace tonnage::allocate {

/// The model of a scenario ready to be solved (load that must be served closed, exposure to losses allowed); nothing when there is no plan.
using Prepare = std::function<std::optional<Model>(const Scenario&, const Demand&)>;

Reasons values(const Scenario& scenario, const Demand& demand, const Plan& plan, ReasonsWanted wanted, const Prepare& prepare, const optimize::SolveOptions& options, optimize::Solver& solver);

}  // namespace tonnage::allocate
