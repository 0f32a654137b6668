// Ways that take two deployments: prefill apart from decode, short requests apart from long ones. Private to the module.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tonnage/capacity/search.hpp"

namespace tonnage::capacity {

/// Two deployments that go together, at the highest load that the SLO allows.
struct Pair {
  DeploymentChoice first;            ///< node, precision, layout and limits
  std::string parts;                 ///< both, in words
  std::string limit;                 ///< what stands in the way of more load
  int accelerators = 0;
  double load_per_s = 0, power_w = 0;
  double ttft_p95_s = 0, tpot_p50_s = 0, tpot_p95_s = 0;
  double paying_load_per_s = 0, paying_tpot_p50_s = 0;  ///< at the least load that pays for them; 0: not asked, or none does
};

/// The least load that pays for a pair; 0: none.
using PayingLoad = std::function<double(const Pair&)>;

/// Limits of a part that need not make way for the other: tokens of a step, sequences in service; 0: those of the choice.
struct PartLimits {
  int chunk = 0, batch = 0;
};

/// Pairs that carry more per accelerator than all `choices`, which are of one deployment; of the precisions of the best of them. `queries`
/// are by precision; prefill and decode apart are in those of `layouts` that could carry most of each with as many accelerators, with `limits`; `looked_at` counts.
std::vector<Pair> pairs_of(const std::vector<CurveQuery>& queries, std::span<const Layout> layouts, const std::vector<DeploymentChoice>& choices, const PartLimits& limits, const PayingLoad& paying, int& looked_at);

/// So many of two parts together. `load` is of all requests, for one replica of the part.
struct Split {
  int first = 1, second = 1;
  int accelerators = 0;
  double load_per_s = 0, per_accelerator_s = 0;
};
/// Up to eight of each: those that carry 1 % more for each accelerator than all with fewer accelerators, the fewest first.
std::vector<Split> splits_of(double first_load, int first_accelerators, double second_load, int second_accelerators);

/// The requests of a shape whose inputs are in the shortest `share`, and the others: log-normal with the mean and 95th percentile of
/// the part; inputs and outputs are independent.
std::pair<Shape, Shape> cut_by_input(const Shape& shape, double share, double& at_tokens);

}  // namespace tonnage::capacity
