// Sizes that follow from an architecture, and the memory that a placement needs.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tonnage/capacity/roofline.hpp"

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
  const double kv_heads = m.kv_heads > 0 ? m.kv_heads : m.heads;
  size.latent = m.kv_lora_rank > 0;
  const double per_layer = size.latent ? m.kv_lora_rank + m.rope_head_dim : 2 * kv_heads * m.head_dim;
  size.kv_full = layers.full * per_layer;
  size.kv_window = layers.windowed * per_layer;
  size.window = m.window;
  size.kv_shards = size.latent ? 1 : std::max(1, static_cast<int>(kv_heads));
  size.window_share = all > 0 ? layers.windowed / all : 0;
  size.attended_most = m.sparse_attention_tokens;
  // A linear-attention layer keeps a matrix per head (Gated Delta Networks, arXiv:2412.06464, equation 1).
  if (m.linear_full_every > 0) size.state = (m.layers - layers.full) * static_cast<double>(m.heads) * m.head_dim * 128;
  // Scores and values, a multiply and an add each. Latent attention decodes on the compressed cache (absorbed form).
  const double heads = m.heads;
  size.decode_attention = 2 * all * heads * (size.latent ? 2.0 * m.kv_lora_rank + m.rope_head_dim : 2.0 * m.head_dim);
  size.prefill_attention = 2 * all * heads * (size.latent ? m.nope_head_dim + m.rope_head_dim + m.value_head_dim : 2.0 * m.head_dim);
}

}  // namespace

std::string to_string(const Layout& layout) {
  std::string out = fmt::format("TP{}", layout.tensor);
  if (layout.pipeline > 1) out += fmt::format(" PP{}", layout.pipeline);
  if (layout.data > 1) out += fmt::format(" DP{}", layout.data);
  if (layout.expert > 1) out += fmt::format(" EP{}", layout.expert);
  return out;
}

ModelSize size_of(const ModelArchitecture& m) {
  ModelSize size;
  const double h = m.hidden, ffn = static_cast<double>(m.ffn_matrices) * h;
  const double with_experts = expert_layers(m);
  size.layers = m.layers;
  size.expert_layers = with_experts;
  size.hidden = h;
  size.experts = m.experts;
  size.experts_per_token = std::clamp(m.experts_per_token, m.experts > 0 ? 1 : 0, std::max(m.experts, 0));
  size.expert = with_experts * ffn * m.expert_ffn_dim;
  size.attention = m.layers * attention_parameters(m);
  size.dense = size.attention + (m.layers - with_experts) * ffn * m.ffn_dim +
               with_experts * (ffn * m.expert_ffn_dim * m.shared_experts + h * m.experts);
  size.logits = m.kind == ModelKind::decoder ? static_cast<double>(m.vocabulary) * h : 0;
  const double embeddings = static_cast<double>(m.vocabulary) * h * (m.kind == ModelKind::decoder && !m.tied_embeddings ? 2 : 1);
  const double counted = size.dense + size.expert * m.experts + embeddings;
  size.parameters = m.parameters > 0 ? m.parameters : counted;
  if (m.layers <= 0) {  // no architecture: all stated weights work for every token
    size.dense = m.active_parameters > 0 ? m.active_parameters : m.parameters;
    size.expert = size.logits = size.attention = 0;
  }
  set_attention(m, size);
  return size;
}

double kv_bytes(const ModelSize& size, double tokens) {
  const double windowed = size.window > 0 ? std::min<double>(tokens, size.window) : tokens;
  return bf16_bytes * (size.kv_full * tokens + size.kv_window * windowed + size.state);
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

Precision attention_precision(const ModelSize& size, Precision precision) {
  const bool four_bits = precision == Precision::int4 || precision == Precision::mxfp4 || precision == Precision::nvfp4;
  return four_bits && size.experts > 0 ? Precision::bf16 : precision;
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

double Placement::weight_bytes() const {
  const double copies = layout.data;
  const double experts = size.expert * size.experts;
  const double attention = size.attention;
  // Embeddings and the output matrix stay in 16 bits in published quantized checkpoints.
  const double table = std::min(size.parameters, static_cast<double>(model.vocabulary) * model.hidden *
                                                     (model.kind == ModelKind::decoder && !model.tied_embeddings ? 2 : 1));
  const double rest = std::max(0.0, size.parameters - experts - attention - table);
  const double small = precision == Precision::fp32 ? 4 : 2;
  return experts * bytes_per_weight(precision) + copies * (rest * bytes_per_weight(precision) +
         attention * bytes_per_weight(attention_precision(size, precision)) + table * small);
}

double Placement::kv_capacity_bytes() const {
  const double usable = engine.usable_memory * accelerator.memory_bytes - std::min(engine.activation_bytes, 0.2 * accelerator.memory_bytes);
  return usable * layout.accelerators() - weight_bytes();
}

double Placement::kv_bytes_per_sequence(double tokens) const {
  const double copies = static_cast<double>(layout.tensor) / std::min(layout.tensor, size.kv_shards);
  return kv_bytes(size, tokens) * copies * bytes_per_weight(kv_precision) / bf16_bytes;
}

}  // namespace tonnage::capacity
