// Which uncertain numbers of a scenario are drawn, and how they hang together.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/tco/uncertainty.hpp"

namespace tonnage::pipeline {

struct UncertainInputs {
  std::vector<tco::UncertainInput> inputs;      ///< in the order of the file
  std::vector<int> number;                      ///< of each input among the scenario's uncertain numbers
  std::vector<tco::RankCorrelation> correlations;
  std::vector<std::string> left_out;
};

UncertainInputs uncertain_inputs(const Run& run, const std::function<bool(const scenario::UncertainNumber&)>& drawn);

/// Calls `draw`; correlations that cannot hold together are told by name, as std::invalid_argument.
void told_by_name(const std::vector<tco::UncertainInput>& inputs, const std::function<void()>& draw);

}  // namespace tonnage::pipeline
