// From a solution of the model to the Plan.
#pragma once

#include "model.hpp"

namespace tonnage::allocate {

/// Fills orders, pools, states, flows, placements, rentals and costs by outcome from x.
void extract(const Scenario& scenario, const Demand& demand, const Model& model, const std::vector<double>& x, Plan& plan);

}  // namespace tonnage::allocate
