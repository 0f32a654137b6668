// How sure the cost of a plan is: the scenario's uncertain numbers through its ledger, the plan held fixed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/tco/capacity_risk.hpp"
#include "tonnage/tco/uncertainty.hpp"

namespace tonnage::pipeline {

struct UncertaintyOptions {
  int samples = 65536;
  std::optional<Money> budget;           ///< present value whose chance of being exceeded is asked
  int threads = 1;
};

struct CostUncertainty {
  Money planned;                         ///< present value with all numbers at their middle
  int samples = 0;
  std::optional<Money> budget;
  std::vector<tco::UncertainInput> inputs;  ///< that the ledger's lines are proportional to, in the order of the file
  std::vector<tco::CapacityRisk> capacities;  ///< the last of the inputs, in the same order: cost over planned cost by what replicas carry
  std::vector<std::string> left_out;     ///< uncertain numbers whose effect needs a plan of its own: at their middle
  tco::Sampled sampled;                  ///< in the scenario's currency
  std::vector<tco::TornadoBar> tornado;
};

/// Needs a feasible run with its ledger. Throws std::invalid_argument when the correlations cannot hold together.
CostUncertainty cost_uncertainty(const Run& run, const UncertaintyOptions& options);

}  // namespace tonnage::pipeline
