// Time of a step: a roofline for each kind of operator, collectives, and fixed times.
#include <algorithm>
#include <cmath>

#include "overlap.hpp"
#include "tonnage/capacity/roofline.hpp"

namespace tonnage::capacity {
namespace {

constexpr double bf16_bytes = 2;
/// Values of a token that a layer reads and writes beside its matrix products (norms, rotary, residual), per hidden value.
constexpr double elementwise_passes = 12;

double log2_of(int n) { return std::log2(std::max(n, 1)); }

/// Bandwidth per accelerator and direction between the accelerators of a group.
double group_bandwidth(const Accelerator& a, int group) {
  const bool inside = group <= a.domain && a.link_bytes_per_s > 0;
  const double bandwidth = inside ? a.link_bytes_per_s : a.network_bytes_per_s;
  return bandwidth > 0 ? bandwidth : 1e9;
}

/// Start of a collective over a group; a group across domains pays for the second level too.
double collective_start(const EngineConstants& e, const Accelerator& a, int group) {
  const bool inside = group <= a.domain && a.link_bytes_per_s > 0;
  return e.collective_s * std::pow(e.collective_growth, log2_of(group) - 1) * (inside ? 1 : 3);
}

}  // namespace

StepCost::StepCost(const Placement& p) {
  const ModelSize& s = p.size;
  const EngineConstants& e = p.engine;
  const Accelerator& a = p.accelerator;
  const double tensor = p.layout.tensor;
  data_ = p.layout.data;
  pipeline_ = p.layout.pipeline;
  group_ = p.layout.tensor * p.layout.data;
  hidden_ = s.hidden;
  overlap_ = Overlap::of(e.roofline_power);
  const double memory = e.memory_efficiency * a.bandwidth_bytes_per_s;
  const Precision attention = attention_precision(s, p.precision);
  const auto product = [&](double parameters, Precision precision, double shards, double compute, double read) {
    return Product{2 * parameters / shards / (compute * reached_flops(a, precision, e)),
                   parameters / shards * bytes_per_weight(precision) / (read * memory), 0};
  };
  dense_ = product(s.dense - s.attention, p.precision, tensor, 1, 1);
  attention_ = product(s.attention, attention, tensor, 1, 1);
  logits_ = product(s.logits, p.precision == Precision::fp32 ? Precision::fp32 : Precision::bf16, tensor, 1, 1);
  const int spread = std::clamp(p.layout.expert, 1, group_);
  imbalance_ = std::pow(e.expert_imbalance, log2_of(spread));
  expert_ = product(s.expert, p.precision, group_, e.expert_compute, e.expert_memory);
  experts_ = s.experts, experts_per_token_ = s.experts_per_token;
  if (experts_ > 0) log_passed_over_ = std::log1p(-std::clamp(static_cast<double>(s.experts_per_token) / s.experts, 0.0, 1.0));

  const double kv_copies = tensor / std::min<double>(tensor, s.kv_shards);
  const double kv_rate = e.attention_memory * a.bandwidth_bytes_per_s;
  kv_s_per_token_ = (s.kv_full + s.kv_window) * bytes_per_weight(p.kv_precision) * kv_copies / tensor / kv_rate;
  kv_window_share_ = s.kv_full + s.kv_window > 0 ? s.kv_window / (s.kv_full + s.kv_window) : 0;
  state_s_ = 2 * s.state * bf16_bytes / tensor / kv_rate;  // read and written
  window_ = s.window, attended_most_ = s.attended_most;
  const double attention_rate = e.attention_compute * a.bf16_flops;
  decode_s_per_pair_ = s.decode_attention / tensor / attention_rate;
  prefill_s_per_pair_ = s.prefill_attention / tensor / attention_rate;
  elementwise_s_ = s.layers * elementwise_passes * s.hidden * bf16_bytes / memory;

  drafts_ = std::clamp(p.speculation.tokens, 0, 64), draft_cost_ = std::max(p.speculation.draft_cost, 0.0);
  time_scale_ = e.time_scale;
  step_s_ = e.step_s + e.layer_s * s.layers + e.expert_layer_s * s.expert_layers;
  sequence_s_ = e.sequence_s;
  prompt_step_s_ = e.prompt_step_s;
  link_bytes_per_s_ = e.link_efficiency * group_bandwidth(a, p.layout.tensor);
  collective_start_s_ = collective_start(e, a, p.layout.tensor);
  // With data-parallel attention the experts exchange tokens instead of reducing over the tensor group.
  exchanges_ = p.layout.data > 1 && s.experts > 0 ? static_cast<int>(2 * s.expert_layers) : 0;
  collectives_ = p.layout.tensor > 1 ? static_cast<int>(2 * s.layers) - exchanges_ / 2 : 0;
  exchange_start_s_ = collective_start(e, a, group_);
  exchange_bytes_ = s.hidden * 1.5 * std::min<double>(std::max(s.experts_per_token, 1), group_) /
                    (e.link_efficiency * group_bandwidth(a, group_));
  const double hop_bandwidth = e.link_efficiency * group_bandwidth(a, p.layout.accelerators());
  hop_s_ = s.hidden * bf16_bytes / hop_bandwidth;
}

/// Mean number of earlier tokens attended to, windowed layers weighed in.
double StepCost::attended(double context) const {
  const double windowed = window_ > 0 ? std::min<double>(context, window_) : context;
  const double full = attended_most_ > 0 ? std::min<double>(context, attended_most_) : context;
  return full * (1 - kv_window_share_) + windowed * kv_window_share_;
}

/// One all-reduce of `bytes`: start-up and a ring's 2 (t - 1) / t passes (Patarasuk and Yuan 2009).
double StepCost::collective_s(double bytes) const {
  const double t = static_cast<double>(group_) / data_;
  return collective_start_s_ + bytes * 2 * (t - 1) / t / link_bytes_per_s_;
}

/// One dispatch or combine of an all-to-all: each token goes to the accelerators of its experts.
double StepCost::exchange_s(double tokens) const {
  return exchange_start_s_ + tokens * exchange_bytes_ * (group_ - 1) / group_;
}

StepTime StepCost::at(double sequences, double context, double prefill, double prefill_context, double busiest) const {
  if (drafts_ == 0 || !(sequences > 0)) return step(sequences, 1, context, prefill, prefill_context, busiest);
  StepTime time = step(sequences, 1 + drafts_, context, prefill, prefill_context, busiest);
  const StepTime plain = step(sequences, 1, context, 0, 0, 0);
  const double proposals = draft_cost_ * drafts_;
  for (double StepTime::*part : {&StepTime::total_s, &StepTime::compute_s, &StepTime::memory_s, &StepTime::link_s, &StepTime::fixed_s}) time.*part += proposals * plain.*part;
  return time;
}

StepTime StepCost::step(double sequences, double per_sequence, double context, double prefill, double prefill_context, double busiest) const {
  const double n = sequences / pipeline_ / data_, decoded = n * per_sequence, prompt = std::max(prefill / pipeline_ / data_, busiest), tokens = decoded + prompt;
  const double all_tokens = decoded * data_ + std::max(prefill / pipeline_, busiest);
  const double sampled = decoded + std::min(prompt, 1.0), states = n + std::min(prompt, 1.0);
  // distinct_experts() with its logarithm at hand
  const double distinct = experts_ > 0 && all_tokens > 0 ? experts_ * (1 - std::exp(log_passed_over_ * all_tokens)) : 0;
  const double expert_compute = imbalance_ * expert_.compute_s * experts_per_token_ * all_tokens;
  const double expert_memory = imbalance_ * expert_.weights_s * distinct;
  const double seen = attended(context);
  const double attention_compute = decode_s_per_pair_ * seen * decoded + prefill_s_per_pair_ * attended(prefill_context) * prompt;
  const double attention_memory = kv_s_per_token_ * (seen * n + prefill_context * std::min(prompt, 1.0)) + state_s_ * states;
  StepTime time;
  time.compute_s = (dense_.compute_s + attention_.compute_s) * tokens + logits_.compute_s * sampled + expert_compute + attention_compute;
  time.memory_s = dense_.weights_s + attention_.weights_s + logits_.weights_s + expert_memory + attention_memory + elementwise_s_ * tokens;
  if (collectives_ > 0) time.link_s += collectives_ * collective_s(tokens * hidden_ * bf16_bytes);
  if (exchanges_ > 0) time.link_s += exchanges_ * exchange_s(tokens);
  if (pipeline_ > 1) time.link_s += (pipeline_ - 1) * (collective_start_s_ + tokens * hop_s_);
  time.fixed_s = step_s_ + sequence_s_ * decoded + (prefill > 0 ? prompt_step_s_ : 0);
  const Overlap& both = *overlap_;
  time.total_s = both((dense_.compute_s + attention_.compute_s) * tokens, dense_.weights_s + attention_.weights_s) +
                 both(logits_.compute_s * sampled, logits_.weights_s) +
                 both(expert_compute, expert_memory) +
                 both(attention_compute, attention_memory) + elementwise_s_ * tokens + time.link_s + time.fixed_s;
  for (double* part : {&time.compute_s, &time.memory_s, &time.link_s, &time.fixed_s, &time.total_s}) *part *= time_scale_;
  return time;
}

double StepTime::busy() const { return total_s > 0 ? std::clamp((compute_s + memory_s) / total_s, 0.0, 1.0) : 0; }

StepTime step_time(const Placement& p, double sequences, double context, double prefill, double prefill_context) {
  return StepCost(p).at(sequences, context, prefill, prefill_context);
}

namespace {

/// Of a value that an operator hands on.
double activation_bytes(Precision precision) {
  switch (precision) {
    case Precision::fp32: return 4;
    case Precision::bf16:
    case Precision::int4: return 2;  // weights only
    default: return 1;
  }
}

/// Of the operations of a request to a speech or diffusion model, attention and (diffusion) decoding of pictures, which stay in 16 bits whatever the weights are:
/// 0.39 of 2.77 TFLOP of whisper-large-v3, 30 + 10.5 of 281 TFLOP of SDXL at 1024 x 1024, counted from their configurations.
constexpr double attention_share = 0.14;

bool in_precision_of_weights(ModelKind kind) { return kind == ModelKind::vision || kind == ModelKind::recommender; }

}  // namespace

double moved_bytes_per_request(const Placement& p) {
  const double scale = in_precision_of_weights(p.model.kind) ? activation_bytes(p.precision) / activation_bytes(p.model.native_precision) : 1;
  return p.model.bytes_per_request * scale;
}

double held_bytes_per_request(const Placement& p) {
  return p.model.kind == ModelKind::speech ? p.model.bytes_per_request / std::max(p.model.passes_per_request, 1.0) : 0;
}

double batch_weight_bytes(const Placement& p, double tokens) {
  const ModelSize& s = p.size;
  const double bytes = bytes_per_weight(p.precision), passes = std::max(p.model.passes_per_request, 1.0);
  // Tables of embeddings are looked up, not read through: bytes_per_request says what a request touches.
  if (p.model.kind == ModelKind::recommender) return p.model.active_parameters < s.parameters ? passes * p.model.active_parameters * bytes : 0;
  if (passes > 1 && p.model.active_parameters > 0) return (s.parameters + (passes - 1) * p.model.active_parameters) * bytes;
  return (s.dense + s.expert * distinct_experts(s.experts, s.experts_per_token, tokens)) * bytes;
}

StepTime batch_time(const Placement& p, double batch, double tokens) {
  const ModelSize& s = p.size;
  const double t = p.layout.tensor, passes = std::max(p.model.passes_per_request, 1.0);
  const double compute = t * reached_flops(p.accelerator, p.precision, p.engine);
  const double attention_rate = t * p.engine.attention_compute * p.accelerator.bf16_flops;
  const double memory = t * p.engine.memory_efficiency * p.accelerator.bandwidth_bytes_per_s;
  const bool stated = p.model.flops_per_request > 0;
  const double active = s.dense + s.experts_per_token * s.expert;
  // Values that products read and write pass while they calculate; normalisations, caches and the like are operators of their own.
  const bool beside = in_precision_of_weights(p.model.kind);
  const double apart = stated && !beside && p.model.kind != ModelKind::encoder ? attention_share : 0;
  const double products = batch * (stated ? (1 - apart) * p.model.flops_per_request : 2 * active * tokens) / compute;
  const double windowed = s.window > 0 ? std::min<double>(tokens, s.window) : tokens;
  const double seen = tokens * (1 - s.window_share) + windowed * s.window_share;
  const double scored = stated ? apart * p.model.flops_per_request : s.prefill_attention * seen * tokens;  // sees both directions
  const double attention = batch * scored / attention_rate;
  const double weights = batch_weight_bytes(p, batch * tokens) / memory, moved = batch * moved_bytes_per_request(p) / memory;
  StepTime time;
  time.compute_s = products + attention;
  time.memory_s = weights + moved;
  if (p.layout.tensor > 1) {
    const double bandwidth = p.engine.link_efficiency * group_bandwidth(p.accelerator, p.layout.tensor);
    const double bytes = batch * std::max(tokens, 1.0) * s.hidden * bf16_bytes;
    time.link_s = 2 * std::max(s.layers, 1) * (passes * collective_start(p.engine, p.accelerator, p.layout.tensor) + bytes * 2 * (t - 1) / t / bandwidth);
  }
  time.fixed_s = passes * (p.engine.step_s + p.engine.layer_s * s.layers);
  time.total_s = (*Overlap::of(p.engine.roofline_power))(products, weights + (beside ? moved : 0)) + (beside ? 0 : moved) + attention + time.link_s + time.fixed_s;
  return time;
}

}  // namespace tonnage::capacity
