// How far a fit may move each constant, by what it depends on. Private to the module.
#pragma once

#include <span>
#include <string>

#include "tonnage/capacity/case_table.hpp"
#include "tonnage/capacity/efficiency.hpp"

namespace tonnage::capacity {

struct FactorPrior {
  const char* factor;
  const char* scope;
  double sd;            ///< of the logarithm of the multiplier
};

/// One multiplier a constant, for a user's own deployment.
std::span<const FactorPrior> one_set_priors();
/// Constants of all, and what engines, chips, precisions, kinds of attention and models add to them.
std::span<const FactorPrior> hierarchy_priors();

/// What a row is in a scope, e.g. "vllm" in "engine"; empty when the scope does not speak of it.
std::string scope_value(std::string_view scope, const CaseRow& row);

}  // namespace tonnage::capacity
