// From a solution of the model to the Plan.
#pragma once

#include "model.hpp"

namespace tonnage::allocate {

/// Fills orders, pools, states, flows, placements, rentals and costs by outcome from x.
void extract(const Scenario& scenario, const Demand& demand, const Model& model, const std::vector<double>& x, Plan& plan);

/// Limits with a positive worth, from the duals of the relaxation; largest first, summed over the states of a period.
std::vector<BindingLimit> binding_limits(const Model& model, const std::vector<double>& row_dual);

}  // namespace tonnage::allocate
