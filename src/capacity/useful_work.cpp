#include "useful_work.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage::capacity {

namespace {

/// Earlier tokens that a token looks at, mean over the layers.
double seen(const ModelSize& m, double context) {
  const double windowed = m.window > 0 ? std::min<double>(context, m.window) : context;
  return context * (1 - m.window_share) + windowed * m.window_share;
}

double weights_read(const Replica& r, double tokens) {
  const ModelSize& m = r.placement.size;
  return bytes_per_weight(r.placement.precision) * (m.dense + m.expert * distinct_experts(m.experts, m.experts_per_token, tokens) + m.logits);
}

}  // namespace

double prompt_share(const Replica& r, double batch) {
  if (!r.tokens || r.steps.empty()) return 1;
  const double sequences = std::clamp(batch, 1.0, static_cast<double>(r.limit));
  const auto steps = std::min_element(r.steps.begin(), r.steps.end(), [&](const StepsAt& a, const StepsAt& b) { return std::fabs(a.sequences - sequences) < std::fabs(b.sequences - sequences); });
  const double more = steps->seconds.size() > 1 ? steps->seconds[1] - steps->seconds[0] + steps->uneven : 0;
  const double prompt = steps->chunks * more, answer = r.output / r.per_step * steps->seconds.front() / std::max(1, steps->sequences);
  return prompt + answer > 0 ? prompt / (prompt + answer) : 1;
}

double flops_of_request(const Replica& r) {
  const ModelSize& m = r.placement.size;
  const double weights = m.dense + m.experts_per_token * m.expert;
  if (!r.tokens) return r.placement.model.flops_per_request > 0 ? r.placement.model.flops_per_request : 2 * weights * r.input + m.prefill_attention * seen(m, r.input) * r.input;
  const double fresh = r.input - r.cached;
  const double attention = m.prefill_attention * fresh * seen(m, r.cached + fresh / 2) + m.decode_attention * r.output * seen(m, r.input + r.output / 2);
  return 2 * weights * (fresh + r.output) + 2 * m.logits * r.output + attention;
}

double bytes_of_request(const Replica& r, double batch) {
  const double sequences = std::max(1.0, batch);
  if (!r.tokens) return batch_weight_bytes(r.placement, sequences * std::max(1.0, r.input)) / sequences + moved_bytes_per_request(r.placement);
  const double kv = kv_bytes(r.placement.size, r.input + r.output / 2) * bytes_per_weight(r.placement.kv_precision) / bytes_per_weight(Precision::bf16);
  return r.output / r.per_step * (weights_read(r, sequences) / sequences + kv);
}

}  // namespace tonnage::capacity
