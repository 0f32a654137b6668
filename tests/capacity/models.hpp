// Architectures and accelerators that the capacity tests share, from their published configurations and data sheets.
#pragma once

#include "tonnage/capacity/capacity.hpp"

namespace tonnage::capacity::testing {

inline ModelArchitecture decoder(int layers, int hidden, int heads, int kv_heads, int ffn, int vocabulary) {
  ModelArchitecture m;
  m.layers = layers, m.hidden = hidden, m.heads = heads, m.kv_heads = kv_heads, m.head_dim = 128;
  m.ffn_dim = ffn, m.vocabulary = vocabulary;
  return m;
}
inline ModelArchitecture llama_8b() { return decoder(32, 4096, 32, 8, 14336, 128256); }
inline ModelArchitecture llama2_7b() { return decoder(32, 4096, 32, 32, 11008, 32000); }
inline ModelArchitecture llama_70b() { return decoder(80, 8192, 64, 8, 28672, 128256); }
inline ModelArchitecture mixtral_8x7b() {
  ModelArchitecture m = decoder(32, 4096, 32, 8, 0, 32000);
  m.experts = 8, m.experts_per_token = 2, m.expert_ffn_dim = 14336;
  return m;
}
inline ModelArchitecture deepseek_v3() {
  ModelArchitecture m = decoder(61, 7168, 128, 128, 18432, 129280);
  m.head_dim = 0;
  m.experts = 256, m.experts_per_token = 8, m.shared_experts = 1, m.expert_ffn_dim = 2048, m.dense_layers = 3;
  m.q_lora_rank = 1536, m.kv_lora_rank = 512, m.rope_head_dim = 64, m.nope_head_dim = 128, m.value_head_dim = 128;
  m.native_precision = Precision::fp8;
  return m;
}
inline ModelArchitecture bge_large() {
  ModelArchitecture m = decoder(24, 1024, 16, 16, 4096, 30522);
  m.kind = ModelKind::encoder, m.head_dim = 64, m.ffn_matrices = 2, m.max_context_tokens = 512;
  return m;
}

inline Accelerator h100() {
  Accelerator a;
  a.name = "h100-sxm", a.memory_bytes = 85.9e9, a.bandwidth_bytes_per_s = 3.35e12;
  a.bf16_flops = 989e12, a.fp8_flops = 1979e12, a.int8_ops = 1979e12;
  a.link_bytes_per_s = 450e9, a.domain = 8, a.network_bytes_per_s = 50e9, a.power_w = 700;
  return a;
}
inline Accelerator a100() {
  Accelerator a;
  a.name = "a100-sxm-80", a.memory_bytes = 85.9e9, a.bandwidth_bytes_per_s = 2.039e12;
  a.bf16_flops = 312e12, a.int8_ops = 624e12;
  a.link_bytes_per_s = 300e9, a.domain = 8, a.network_bytes_per_s = 25e9, a.power_w = 400;
  return a;
}
inline NodeType node_of(const Accelerator& a, int count = 8) {
  NodeType n;
  n.name = a.name + "x" + std::to_string(count), n.accelerator = a.name;
  n.accelerators = count, n.power_w = 1.5 * a.power_w * count;
  return n;
}

/// A chat workload on an H100 node.
inline CurveQuery chat_query(ModelArchitecture model = llama_8b()) {
  CurveQuery q;
  q.model = std::move(model);
  q.accelerator = h100();
  q.node = node_of(q.accelerator);
  q.shape.input_mean_tokens = 1100, q.shape.input_p95_tokens = 3800;
  q.shape.output_mean_tokens = 240, q.shape.output_p95_tokens = 800;
  q.slo.ttft = {{0.95, 0.6}};
  q.slo.tpot = {{0.95, 0.03}};
  return q;
}

/// Highest load per accelerator over the deployments; 0 without any.
inline double best_per_accelerator(const CurveResult& result) {
  double best = 0;
  for (const Deployment& d : result.deployments) best = std::max(best, d.load_per_s / d.accelerators);
  return best;
}

}  // namespace tonnage::capacity::testing
