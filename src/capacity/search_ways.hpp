// The ways to deploy a model on a node, and what they cannot surpass. Private to the module.
#pragma once

#include <vector>

#include "dispersion.hpp"
#include "tonnage/capacity/curve.hpp"

namespace tonnage::capacity {

/// Layouts on nodes of so many accelerators: tensor parallelism within the node; experts split or spread; attention copied over
/// data ranks with the experts spread over them, and stages of a pipeline, within the node and over up to four of them (data ranks
/// and experts only where there are experts).
std::vector<Layout> layouts_of(const ModelArchitecture& model, const Accelerator& accelerator, int node_accelerators);

/// The least accelerators first; else as tried.
void by_accelerators(std::vector<Layout>& layouts);

/// What a way of deployment cannot surpass.
struct Corner {
  double load_per_s = 0;     ///< 0: it carries nothing
  double busy = 0;           ///< at that load
};

/// Bounds for a layout and precision, by chunk and batch limit. Steps that take in prompts are taken at the mean of them, which is not above
/// their mean time (a step's time is convex in its tokens), and the mean time per token within any limit on TPOT or on whole answers.
class LoadBound {
 public:
  LoadBound(const CurveQuery& query, const Layout& layout);

  /// Whether the weights, and the KV cache of one request, fit.
  bool fits() const { return most_ >= 1; }
  /// Most requests that memory holds.
  double most() const { return most_; }
  Corner at(int chunk_tokens, int batch_limit) const;

 private:
  /// Its total is the mean of steps with and without prompts, its parts are those of a step with the mean of prompts.
  StepTime step(double n, double chunk_tokens) const;

  Placement placement_;
  StepCost cost_;
  Dispersion arrivals_;
  double input_ = 0, fresh_ = 0, output_ = 1, per_step_ = 1, most_ = 0, tpot_limit_s_ = 0;
  int ranks_ = 1, stages_ = 1, drafts_ = 0, data_ = 1;
};

}  // namespace tonnage::capacity
