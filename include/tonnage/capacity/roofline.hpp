// FLOPs, bytes and time of one step of a model on a group of accelerators.
#pragma once

#include "tonnage/documents/hardware.hpp"
#include "tonnage/documents/model.hpp"

namespace tonnage::capacity {

/// What the engine makes of the hardware's peaks. Sources: docs/methods-capacity.md, section 2.
struct EngineConstants {
  double compute_efficiency = 0.75;      ///< of peak FLOP/s in 16 bits and above
  double compute_efficiency_8bit = 0.6;
  double compute_efficiency_4bit = 0.42;
  double memory_efficiency = 0.82;       ///< of peak bandwidth
  double roofline_power = 2.5;          ///< p of (C^p + D^p)^(1/p): compute and memory overlap, not perfectly
  double link_efficiency = 0.8;         ///< of link bandwidth
  double step_s = 0.5e-3;               ///< fixed time of a step (scheduler, sampling)
  double layer_s = 15e-6;               ///< fixed time of a layer (kernel starts)
  double sequence_s = 10e-6;            ///< host time of a step per sequence in it
  double front_end_s = 5e-3;            ///< per request before the engine sees it
  double usable_memory = 0.9;           ///< share of memory for weights and KV cache
  int max_batched_tokens = 2048;        ///< tokens of one step (chunked prefill)
  int max_batch = 64;                   ///< requests of one batch of models without tokens
};

/// Sizes that follow from an architecture. Matrices are counted in parameters.
struct ModelSize {
  double parameters = 0;                ///< all weights, as stated when the model states them, else counted
  double dense = 0;                     ///< read and multiplied for every token, without logits
  double expert = 0;                    ///< one expert, summed over the layers that have experts
  double logits = 0;
  int experts = 0, experts_per_token = 0;
  int layers = 0;
  double hidden = 0;
  double kv_full = 0, kv_window = 0;    ///< KV bytes per token (bf16) in layers that see everything, and in windowed ones
  int window = 0;
  int kv_shards = 1;                    ///< most accelerators that split the KV cache without copies
  double decode_attention = 0;          ///< FLOPs per pair of new and earlier token, all full layers
  double prefill_attention = 0;
  double window_share = 0;              ///< of the attending layers, windowed ones
};

ModelSize size_of(const ModelArchitecture& model);

/// KV bytes of a sequence of `tokens` (bf16).
double kv_bytes(const ModelSize& size, double tokens);

/// Expected number of distinct experts that `tokens` tokens use in a layer: E (1 - (1 - k/E)^tokens), uniform routing.
double distinct_experts(int experts, int experts_per_token, double tokens);

/// Bytes of a weight, block scales included (mxfp4: 8 bits per 32; nvfp4: 8 per 16; int4: 16 per 128).
double bytes_per_weight(Precision precision);

/// Peak FLOP/s of matrix products with weights of a precision; without hardware support the weights are unpacked to
/// bf16. 0 when the accelerator has no figure.
double peak_flops(const Accelerator& accelerator, Precision precision);

/// What matrix products reach with weights of a precision: peak x efficiency; the better of the precision's own units and
/// unpacking to bf16.
double reached_flops(const Accelerator& accelerator, Precision precision, const EngineConstants& engine);

/// A model placed on `tensor_parallel` accelerators.
struct Placement {
  ModelArchitecture model;
  ModelSize size;
  Accelerator accelerator;
  Precision precision = Precision::bf16;
  int tensor_parallel = 1;
  EngineConstants engine;

  double weight_bytes() const;          ///< of the whole replica
  double kv_capacity_bytes() const;     ///< memory left for KV cache, of the whole replica; negative: weights do not fit
  double kv_bytes_per_sequence(double tokens) const;  ///< with copies where the heads do not divide
};

struct StepTime {
  double total_s = 0;
  double compute_s = 0, memory_s = 0, link_s = 0, fixed_s = 0;  ///< parts, before overlap

  double busy() const;                  ///< compute and memory over the total, 0 to 1: what draws power
};

/// Time of a step with `sequences` decoding at a mean context of `context` tokens, and `prefill` prompt tokens that attend
/// to `prefill_context` tokens on average.
StepTime step_time(const Placement& placement, double sequences, double context, double prefill, double prefill_context);

/// Time of a batch of requests to a model that answers in one pass; `tokens` per request for encoders.
StepTime batch_time(const Placement& placement, double batch, double tokens);

}  // namespace tonnage::capacity
