// policies.fairness: how scarcity is shared within a priority.
#pragma once

#include "model.hpp"

namespace tonnage::allocate {

/// With the orders and rented nodes of x, the served shares of each priority in each state made as equal as they can be: the
/// least share is the most, then the next least (lexicographic max-min, by progressive filling), no other priority being served less;
/// then at least cost. Leaves a model in which all that is held; false, with x as it was, where the solver finds no such plan.
bool share_fairly(const Scenario& scenario, const Demand& demand, Model& held, std::vector<double>& x, const optimize::SolveOptions& options, optimize::Solver& solver);

}  // namespace tonnage::allocate
