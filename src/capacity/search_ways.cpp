#include "search_ways.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "latency.hpp"
#include "tonnage/capacity/simulation.hpp"

namespace tonnage::capacity {
namespace {

constexpr int widest_tensor = 16, most_nodes = 4, most_stages = 8;
constexpr double alone_slack = 1.1;  ///< limits are of percentiles, the step of a lone request is a mean

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

/// The value that a share of a distribution does not exceed.
double reached(const std::vector<Stratum>& strata, double share) {
  double below = 0;
  for (const Stratum& s : strata)
    if ((below += s.share) >= share) return s.value;
  return strata.back().value;
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
    : placement_(placement_of(q, layout)), cost_(placement_), arrivals_(q.arrivals.cv), ranks_(layout.data * layout.pipeline), stages_(layout.pipeline), drafts_(q.speculation.tokens), data_(layout.data) {
  input_ = q.shape.input_mean_tokens;
  output_ = std::max(q.shape.output_mean_tokens, 1.0);
  fresh_ = std::max(input_ * (1 - q.shape.prefix_hit), 1.0);
  per_step_ = tokens_per_step(q.speculation.tokens, q.speculation.acceptance);
  tpot_limit_s_ = std::numeric_limits<double>::infinity();
  for (const SloLimit& limit : q.slo.tpot) tpot_limit_s_ = std::min(tpot_limit_s_, limit.limit_s);
  // An answer as long as the percentile's has its tokens within the limit.
  const std::vector<Stratum> outputs = fine_length_strata(output_, q.shape.output_p95_tokens);
  for (const SloLimit& limit : q.slo.e2e)
    if (const double tokens = (limit.percentile > 0 ? reached(outputs, limit.percentile) : output_) - 1; tokens > 0) tpot_limit_s_ = std::min(tpot_limit_s_, limit.limit_s / tokens);
  const double room = placement_.kv_capacity_bytes();
  if (room > 0 && placement_.kv_bytes_per_sequence(input_ + output_) <= room) most_ = room / placement_.kv_bytes_per_sequence(input_ + 0.5 * output_);
}

/// With prompts as fast as answers end. The steps that have some have more than the mean, one rank a whole chunk of them; how many have none
/// depends on how steps spread, too.
StepTime LoadBound::step(double n, double chunk_tokens) const {
  const double context = input_ + 0.5 * output_, seen = input_ - 0.5 * fresh_;
  const double prompts = n * per_step_ / output_, chunks = std::max(fresh_ / (chunk_tokens * stages_), 1.0);
  StepTime time = cost_.at(n, context, prompts * fresh_, seen);
  const double without_s = cost_.at(n, context, 0, 0).total_s;
  const double arriving = std::max(arrivals_.of_counts(prompts), 1.0);
  double index = arriving;
  for (int look = 0; look < (stages_ > 1 ? 4 : 1); ++look) {  // an uneven step repeats itself
    const double none = Counts(prompts * chunks, index).chance(), some = std::max(1 - none, 1e-9);
    const double with_s = cost_.at(n, context, prompts * fresh_ / some, seen, std::min(fresh_ / chunks, chunk_tokens)).total_s;
    time.total_s = none * without_s + some * with_s;
    const double spread = (with_s - without_s) / time.total_s;
    index = arriving + prompts * none * some * spread * spread;
  }
  return time;
}

Corner LoadBound::at(int chunk_tokens, int batch_limit) const {
  const double steps = std::max(output_ / per_step_, 1.0);
  // Prompts of a step are within its tokens: n (1 + drafts + fresh / steps) of them at most.
  const double room = static_cast<double>(ranks_) * chunk_tokens / (1 + drafts_ + fresh_ / steps);
  const double limit = tpot_limit_s_ * per_step_;
  double high = std::min({std::floor(most_), static_cast<double>(batch_limit) * data_, std::max(room, 1.0)});
  if (high < 1 || cost_.at(1, input_ + 0.5 * output_, 0, 0).total_s > alone_slack * limit) return {};
  if (step(high, chunk_tokens).total_s > limit) {
    double low = 0.5;
    for (int i = 0; i < 12; ++i) {
      const double middle = 0.5 * (low + high);
      (step(middle, chunk_tokens).total_s <= limit ? low : high) = middle;
    }
  }
  const StepTime time = step(high, chunk_tokens);
  return {high / (steps * time.total_s), time.busy()};
}

}  // namespace tonnage::capacity
