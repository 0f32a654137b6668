#include "tonnage/capacity/curve_memo.hpp"

#include "tonnage/core/key.hpp"

namespace tonnage {

// Structured bindings name every field: a new one breaks the build here.
static void add_to(Key& key, const MeasuredPoint& x) {
  const auto& [node, accelerators, requests_per_s, latency_p50_s, latency_p99_s] = x;
  key.add(node, accelerators, requests_per_s, latency_p50_s, latency_p99_s);
}

static void add_to(Key& key, const SloLimit& x) {
  const auto& [percentile, limit_s] = x;
  key.add(percentile, limit_s);
}

static void add_to(Key& key, const ModelArchitecture& x) {
  const auto& [name, family, kind, layers, hidden, heads, kv_heads, head_dim, ffn_dim, ffn_matrices, vocabulary, tied_embeddings, experts,
      experts_per_token, shared_experts, expert_ffn_dim, dense_layers, moe_every, q_lora_rank, kv_lora_rank, rope_head_dim, nope_head_dim,
      value_head_dim, window, window_full_every, linear_full_every, sparse_attention_tokens, parameters, active_parameters, max_context_tokens,
      native_precision, flops_per_request, bytes_per_request, passes_per_request, source] = x;
  (void)source;
  key.add(name, family, kind, layers, hidden, heads, kv_heads, head_dim, ffn_dim, ffn_matrices, vocabulary, tied_embeddings, experts,
      experts_per_token, shared_experts, expert_ffn_dim, dense_layers, moe_every, q_lora_rank, kv_lora_rank, rope_head_dim, nope_head_dim,
      value_head_dim, window, window_full_every, linear_full_every, sparse_attention_tokens, parameters, active_parameters, max_context_tokens,
      native_precision, flops_per_request, bytes_per_request, passes_per_request);
}

static void add_to(Key& key, const Accelerator& x) {
  const auto& [name, vendor, kind, generation, memory_bytes, bandwidth_bytes_per_s, bf16_flops, fp8_flops, int8_ops, fp4_flops, link_bytes_per_s,
      domain, network_bytes_per_s, power_w, source] = x;
  (void)source;
  key.add(name, vendor, kind, generation, memory_bytes, bandwidth_bytes_per_s, bf16_flops, fp8_flops, int8_ops, fp4_flops, link_bytes_per_s,
      domain, network_bytes_per_s, power_w);
}

static void add_to(Key& key, const NodeType& x) {
  const auto& [name, accelerator, accelerators, power_w, idle_power_w, source] = x;
  (void)source;
  key.add(name, accelerator, accelerators, power_w, idle_power_w);
}

}  // namespace tonnage

namespace tonnage::capacity {

namespace {

void add_constants(Key& key, const EngineConstants& x) {
  const auto& [compute_efficiency, compute_efficiency_8bit, compute_efficiency_4bit, memory_efficiency, expert_compute, expert_memory,
      attention_compute, attention_memory, roofline_power, link_efficiency, collective_s, collective_growth, step_s, layer_s, expert_layer_s,
      sequence_s, front_end_s, front_end_token_s, front_end_serial_s, output_delay_steps, output_token_s, cold_start_s, tail_warm, tail_cold, prompt_step_s,
      expert_imbalance, time_scale, usable_memory, activation_bytes, max_batched_tokens] = x;
  key.add(compute_efficiency, compute_efficiency_8bit, compute_efficiency_4bit, memory_efficiency, expert_compute, expert_memory,
      attention_compute, attention_memory, roofline_power, link_efficiency, collective_s, collective_growth, step_s, layer_s, expert_layer_s,
      sequence_s, front_end_s, front_end_token_s, front_end_serial_s, output_delay_steps, output_token_s, cold_start_s, tail_warm, tail_cold, prompt_step_s,
      expert_imbalance, time_scale, usable_memory, activation_bytes, max_batched_tokens);
}

}  // namespace

std::string key_of(const CurveQuery& query) {
  const auto& [model, measured, accelerator, node, precision, kv_precision, shape, arrivals, speculation, slo, round_trip_s, headroom, max_sequences, max_batch, engine] = query;
  const auto& [cv, rate_cv] = arrivals;
  const auto& [drafts, acceptance, draft_cost] = speculation;
  const auto& [input_mean, input_p95, output_mean, output_p95, prefix_hit] = shape;
  const auto& [ttft, tpot, e2e] = slo;
  Key key;
  add_to(key, model);
  add_to(key, accelerator);
  add_to(key, node);
  add_constants(key, engine);
  key.add(measured).add(precision).add(input_mean, input_p95, output_mean, output_p95, prefix_hit);
  key.add(kv_precision, cv, rate_cv, drafts, acceptance, draft_cost);
  key.add(ttft).add(tpot).add(e2e).add(round_trip_s, headroom, max_sequences, max_batch);
  return key.bytes();
}

CurveResult CurveMemo::find_or_make(const CurveQuery& query, const std::function<CurveResult(const CurveQuery&)>& make) {
  const std::string key = key_of(query);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  CurveResult made = make(query);
  const std::lock_guard<std::mutex> lock(mutex_);
  return known_.emplace(key, std::move(made)).first->second;
}

}  // namespace tonnage::capacity
