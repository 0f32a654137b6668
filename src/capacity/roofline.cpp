#include "tonnage/capacity/roofline.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage::capacity {
namespace {

constexpr double bf16_bytes = 2;

/// Layers that attend to earlier tokens through a KV cache, and those among them that see only a window.
struct AttentionLayers {
  double full = 0, windowed = 0;
};

AttentionLayers attention_layers(const ModelArchitecture& m) {
  const double layers = m.layers;
  if (m.linear_full_every > 0) return {std::floor(layers / m.linear_full_every), 0};
  if (m.window <= 0) return {layers, 0};
  const double full = m.window_full_every > 0 ? std::floor(layers / m.window_full_every) : 0;
  return {full, layers - full};
}

/// Layers with experts: every moe_every-th after the leading dense ones.
double expert_layers(const ModelArchitecture& m) {
  if (m.experts <= 0) return 0;
  return std::ceil(std::max(0, m.layers - m.dense_layers) / static_cast<double>(std::max(m.moe_every, 1)));
}

/// Projections of one layer's attention. Multi-head latent attention: arXiv:2405.04434, section 2.1.
double attention_parameters(const ModelArchitecture& m) {
  const double h = m.hidden, heads = m.heads;
  if (m.kv_lora_rank > 0) {
    const double nope = m.nope_head_dim, rope = m.rope_head_dim, value = m.value_head_dim, q = m.q_lora_rank, kv = m.kv_lora_rank;
    const double query = q > 0 ? h * q + q * heads * (nope + rope) : h * heads * (nope + rope);
    return query + h * (kv + rope) + kv * heads * (nope + value) + heads * value * h;
  }
  const double width = m.head_dim, kv_heads = m.kv_heads > 0 ? m.kv_heads : m.heads;
  return 2 * h * heads * width + 2 * h * kv_heads * width;
}

void set_attention(const ModelArchitecture& m, ModelSize& size) {
  const AttentionLayers layers = attention_layers(m);
  const double all = layers.full + layers.windowed;
  const bool latent = m.kv_lora_rank > 0;
  const double kv_heads = m.kv_heads > 0 ? m.kv_heads : m.heads;
  const double per_layer = bf16_bytes * (latent ? m.kv_lora_rank + m.rope_head_dim : 2 * kv_heads * m.head_dim);
  size.kv_full = layers.full * per_layer;
  size.kv_window = layers.windowed * per_layer;
  size.window = m.window;
  size.kv_shards = latent ? 1 : std::max(1, static_cast<int>(kv_heads));
  size.window_share = all > 0 ? layers.windowed / all : 0;
  // Scores and values, a multiply and an add each. Latent attention decodes on the compressed cache (absorbed form).
  const double heads = m.heads;
  size.decode_attention = 2 * all * heads * (latent ? 2.0 * m.kv_lora_rank + m.rope_head_dim : 2.0 * m.head_dim);
  size.prefill_attention = 2 * all * heads * (latent ? m.nope_head_dim + m.rope_head_dim + m.value_head_dim : 2.0 * m.head_dim);
}

/// Mean number of earlier tokens attended to, windowed layers weighed in.
double attended(const ModelSize& size, double context) {
  const double windowed = size.window > 0 ? std::min<double>(context, size.window) : context;
  return context * (1 - size.window_share) + windowed * size.window_share;
}

double norm(double a, double b, double power) {
  const double high = std::max(a, b), low = std::min(a, b);
  if (!(high > 0)) return 0;
  const double share = low / high;
  if (share < 1e-6) return high;
  const double term = power == 2.5 ? share * share * std::sqrt(share) : std::pow(share, power);
  return high * std::pow(1 + term, 1 / power);
}

/// Time of one all-reduce of `bytes`: start-up as measured on NVLink for 2, 4, 8 (16: same slope), and a ring's
/// 2 (t - 1) / t passes over the slowest link.
double all_reduce_s(const Placement& p, double bytes) {
  const int t = p.tensor_parallel;
  if (t < 2) return 0;
  const bool inside = t <= p.accelerator.domain && p.accelerator.link_bytes_per_s > 0;
  const double start = t <= 2 ? 7e-6 : t <= 4 ? 11e-6 : t <= 8 ? 17e-6 : 29e-6;
  const double bandwidth = p.engine.link_efficiency * (inside ? p.accelerator.link_bytes_per_s : p.accelerator.network_bytes_per_s);
  if (!(bandwidth > 0)) return start + bytes / 1e9;
  return (inside ? start : 3 * start) + bytes * 2 * (t - 1) / t / bandwidth;
}

StepTime assemble(const Placement& p, double products_s, double weights_s, double attention_compute_s, double attention_memory_s,
                  double link_s, double fixed_s) {
  StepTime time;
  time.compute_s = products_s + attention_compute_s;
  time.memory_s = weights_s + attention_memory_s;
  time.link_s = link_s;
  time.fixed_s = fixed_s;
  time.total_s = norm(products_s, weights_s, p.engine.roofline_power) +
                 norm(attention_compute_s, attention_memory_s, p.engine.roofline_power) + link_s + fixed_s;
  return time;
}

}  // namespace

ModelSize size_of(const ModelArchitecture& m) {
  ModelSize size;
  const double h = m.hidden, ffn = static_cast<double>(m.ffn_matrices) * h;
  const double with_experts = expert_layers(m);
  size.layers = m.layers;
  size.hidden = h;
  size.experts = m.experts;
  size.experts_per_token = std::clamp(m.experts_per_token, m.experts > 0 ? 1 : 0, std::max(m.experts, 0));
  size.expert = with_experts * ffn * m.expert_ffn_dim;
  size.dense = m.layers * attention_parameters(m) + (m.layers - with_experts) * ffn * m.ffn_dim +
               with_experts * (ffn * m.expert_ffn_dim * m.shared_experts + h * m.experts);
  size.logits = m.kind == ModelKind::decoder ? static_cast<double>(m.vocabulary) * h : 0;
  const double embeddings = static_cast<double>(m.vocabulary) * h * (m.kind == ModelKind::decoder && !m.tied_embeddings ? 2 : 1);
  const double counted = size.dense + size.expert * m.experts + embeddings;
  size.parameters = m.parameters > 0 ? m.parameters : counted;
  if (m.layers <= 0) {  // no architecture: all stated weights work for every token
    size.dense = m.active_parameters > 0 ? m.active_parameters : m.parameters;
    size.expert = size.logits = 0;
  }
  set_attention(m, size);
  return size;
}

double kv_bytes(const ModelSize& size, double tokens) {
  const double windowed = size.window > 0 ? std::min<double>(tokens, size.window) : tokens;
  return size.kv_full * tokens + size.kv_window * windowed;
}

double distinct_experts(int experts, int experts_per_token, double tokens) {
  if (experts <= 0 || tokens <= 0) return 0;
  const double share = std::clamp(static_cast<double>(experts_per_token) / experts, 0.0, 1.0);
  return experts * (1 - std::pow(1 - share, tokens));
}

double bytes_per_weight(Precision precision) {
  switch (precision) {
    case Precision::fp32: return 4;
    case Precision::bf16: return 2;
    case Precision::fp8:
    case Precision::int8: return 1;
    case Precision::int4: return 0.5 + 2.0 / 128;
    case Precision::mxfp4: return 0.5 + 1.0 / 32;
    case Precision::nvfp4: return 0.5 + 1.0 / 16;
  }
  return 2;
}

double peak_flops(const Accelerator& a, Precision precision) {
  const auto or_bf16 = [&](double peak) { return peak > 0 ? peak : a.bf16_flops; };
  switch (precision) {
    case Precision::fp32: return a.bf16_flops / 2;  // TF32 and its like
    case Precision::bf16: return a.bf16_flops;
    case Precision::fp8: return or_bf16(a.fp8_flops);
    case Precision::int8: return or_bf16(a.int8_ops);
    case Precision::int4: return a.bf16_flops;  // weights only
    case Precision::mxfp4:
    case Precision::nvfp4: return or_bf16(a.fp4_flops);
  }
  return a.bf16_flops;
}

double reached_flops(const Accelerator& a, Precision precision, const EngineConstants& engine) {
  const double unpacked = engine.compute_efficiency * a.bf16_flops;
  switch (precision) {
    case Precision::fp32: return engine.compute_efficiency * peak_flops(a, precision);
    case Precision::bf16:
    case Precision::int4: return unpacked;
    case Precision::fp8: return std::max(unpacked, engine.compute_efficiency_8bit * a.fp8_flops);
    case Precision::int8: return std::max(unpacked, engine.compute_efficiency_8bit * a.int8_ops);
    case Precision::mxfp4:
    case Precision::nvfp4: return std::max(unpacked, engine.compute_efficiency_4bit * a.fp4_flops);
  }
  return unpacked;
}

double Placement::weight_bytes() const { return size.parameters * bytes_per_weight(precision); }

double Placement::kv_capacity_bytes() const {
  return engine.usable_memory * accelerator.memory_bytes * tensor_parallel - weight_bytes();
}

double Placement::kv_bytes_per_sequence(double tokens) const {
  return kv_bytes(size, tokens) * tensor_parallel / std::min(tensor_parallel, size.kv_shards);
}

double StepTime::busy() const { return total_s > 0 ? std::clamp((compute_s + memory_s) / total_s, 0.0, 1.0) : 0; }

StepTime step_time(const Placement& p, double sequences, double context, double prefill, double prefill_context) {
  const ModelSize& s = p.size;
  const double t = p.tensor_parallel, tokens = sequences + prefill;
  const double compute = t * reached_flops(p.accelerator, p.precision, p.engine);
  const double bf16 = t * p.engine.compute_efficiency * p.accelerator.bf16_flops;
  const double memory = t * p.engine.memory_efficiency * p.accelerator.bandwidth_bytes_per_s;
  // A prompt needs logits for its last token only.
  const double sampled = sequences + std::min(prefill, 1.0);
  const double products = 2 * (s.dense + s.experts_per_token * s.expert) * tokens + 2 * s.logits * sampled;
  const double read = s.dense + s.expert * distinct_experts(s.experts, s.experts_per_token, tokens) + s.logits;
  const double cached = kv_bytes(s, context) * sequences + kv_bytes(s, prefill_context) * std::min(prefill, 1.0);
  const double copies = t / std::min<double>(t, s.kv_shards);
  const double attention = s.decode_attention * attended(s, context) * sequences +
                           s.prefill_attention * attended(s, prefill_context) * prefill;
  const double link = 2 * s.layers * all_reduce_s(p, tokens * s.hidden * bf16_bytes);
  const double fixed = p.engine.step_s + p.engine.layer_s * s.layers + p.engine.sequence_s * sequences;
  return assemble(p, products / compute, read * bytes_per_weight(p.precision) / memory, attention / bf16, cached * copies / memory,
                  link, fixed);
}

StepTime batch_time(const Placement& p, double batch, double tokens) {
  const ModelSize& s = p.size;
  const double t = p.tensor_parallel;
  const double compute = t * reached_flops(p.accelerator, p.precision, p.engine);
  const double bf16 = t * p.engine.compute_efficiency * p.accelerator.bf16_flops;
  const double memory = t * p.engine.memory_efficiency * p.accelerator.bandwidth_bytes_per_s;
  const bool stated = p.model.flops_per_request > 0;
  const double active = s.dense + s.experts_per_token * s.expert;
  const double products = batch * (stated ? p.model.flops_per_request : 2 * active * tokens);
  const double attention = stated ? 0 : batch * s.prefill_attention * attended(s, tokens) * tokens;  // sees both directions
  // Tables of embeddings are looked up, not read through: bytes_per_request says what a request touches.
  const bool lookup = p.model.kind == ModelKind::recommender;
  const double weights = lookup ? 0 : (s.dense + s.expert * distinct_experts(s.experts, s.experts_per_token, batch * tokens)) *
                                          bytes_per_weight(p.precision);
  const double link = 2 * std::max(s.layers, 1) * all_reduce_s(p, batch * std::max(tokens, 1.0) * s.hidden * bf16_bytes);
  const double fixed = p.engine.step_s + p.engine.layer_s * s.layers + p.engine.sequence_s * batch;
  return assemble(p, products / compute, (weights + batch * p.model.bytes_per_request) / memory, attention / bf16, 0, link, fixed);
}

}  // namespace tonnage::capacity
