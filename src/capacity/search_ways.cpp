#include "search_ways.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "latency.hpp"
#include "tonnage/capacity/simulation.hpp"

namespace tonnage::capacity {
namespace {

constexpr int widest_tensor = 16, most_nodes = 4, most_stages = 8;

void add_pipelines(const Accelerator& a, int node, std::vector<Layout>& out) {
  for (int tensor = 1; tensor <= node && tensor <= widest_tensor; tensor *= 2)
    for (int stages = 2; tensor * stages <= node && stages <= most_stages; stages *= 2) out.push_back({tensor, stages, 1, 1});
  const int whole = std::min(node, widest_tensor);
  if (a.network_bytes_per_s > 0 && (whole & (whole - 1)) == 0 && whole == node)
    for (int nodes = 2; nodes <= most_nodes; nodes *= 2) out.push_back({whole, nodes, 1, 1});
}

void add_data_ranks(const Accelerator& a, int node, std::vector<Layout>& out) {
  for (int tensor = 1; tensor <= node && tensor <= widest_tensor; tensor *= 2)
    for (int data = 2; tensor * data <= node * (a.network_bytes_per_s > 0 ? most_nodes : 1); data *= 2) {
      const int all = tensor * data;
      if (all <= node || all % node == 0) out.push_back({tensor, 1, all, data});
    }
}

}  // namespace

std::vector<Layout> layouts_of(const ModelArchitecture& model, const Accelerator& a, int node) {
  std::vector<Layout> out;
  const bool decoder = model.kind == ModelKind::decoder, experts = model.experts > 0;
  for (int tensor = 1; tensor <= node && tensor <= widest_tensor; tensor *= 2) {
    out.push_back({tensor, 1, 1, 1});
    if (experts && tensor > 1) out.push_back({tensor, 1, tensor, 1});
  }
  if (decoder) add_pipelines(a, node, out);
  if (decoder && experts) add_data_ranks(a, node, out);
  return out;
}

void by_accelerators(std::vector<Layout>& layouts) {
  std::stable_sort(layouts.begin(), layouts.end(), [](const Layout& a, const Layout& b) { return a.accelerators() < b.accelerators(); });
}

LoadBound::LoadBound(const CurveQuery& q, const Layout& layout)
    : placement_(placement_of(q, layout)), cost_(placement_), ranks_(layout.data * layout.pipeline), drafts_(q.speculation.tokens), data_(layout.data) {
  input_ = q.shape.input_mean_tokens;
  output_ = std::max(q.shape.output_mean_tokens, 1.0);
  fresh_ = std::max(input_ * (1 - q.shape.prefix_hit), 1.0);
  per_step_ = tokens_per_step(q.speculation.tokens, q.speculation.acceptance);
  tpot_limit_s_ = std::numeric_limits<double>::infinity();
  for (const SloLimit& limit : q.slo.tpot) tpot_limit_s_ = std::min(tpot_limit_s_, limit.limit_s);
  const double room = placement_.kv_capacity_bytes();
  if (room > 0 && placement_.kv_bytes_per_sequence(input_ + output_) <= room) most_ = room / placement_.kv_bytes_per_sequence(input_ + 0.5 * output_);
}

StepTime LoadBound::step(double n) const {
  const double prompts = n * fresh_ * per_step_ / output_;  // as fast as answers end
  return cost_.at(n, input_ + 0.5 * output_, prompts, input_ - 0.5 * fresh_);
}

Corner LoadBound::at(int chunk_tokens, int batch_limit) const {
  const double steps = std::max(output_ / per_step_, 1.0);
  // Prompts of a step are within its tokens: n (1 + drafts + fresh / steps) of them at most.
  const double room = static_cast<double>(ranks_) * chunk_tokens / (1 + drafts_ + fresh_ / steps);
  double high = std::min({std::floor(most_), static_cast<double>(batch_limit) * data_, std::max(room, 1.0)});
  if (high < 1) return {};
  const double limit = tpot_limit_s_ * per_step_;
  if (step(high).total_s > limit) {
    double low = 0.5;
    for (int i = 0; i < 12; ++i) {
      const double middle = 0.5 * (low + high);
      (step(middle).total_s <= limit ? low : high) = middle;
    }
  }
  const StepTime time = step(high);
  return {high / (steps * time.total_s), time.busy()};
}

}  // namespace tonnage::capacity
