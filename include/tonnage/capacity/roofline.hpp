// FLOPs, bytes and time of one step of a model on a group of accelerators.
#pragma once

#include <memory>
#include <string>

#include "tonnage/documents/hardware.hpp"
#include "tonnage/documents/model.hpp"

namespace tonnage::capacity {

/// What an engine makes of the hardware's peaks. Shares of a peak lie in (0, 1]; the shipped values come from the
/// catalogue's table of efficiencies (efficiency.hpp), these defaults are its first line. Sources and the way they were
/// fitted: docs/methods-capacity.md, section 2.
struct EngineConstants {
  double compute_efficiency = 0.75;      ///< matrix products, of peak FLOP/s in 16 bits and above
  double compute_efficiency_8bit = 0.6;
  double compute_efficiency_4bit = 0.42;
  double memory_efficiency = 0.82;       ///< reading weights, of peak bandwidth
  double expert_compute = 0.8;           ///< grouped products of experts, of what dense products reach
  double expert_memory = 0.8;            ///< reading experts, of what dense weights reach
  double attention_compute = 0.5;        ///< attention kernels, of peak FLOP/s in 16 bits
  double attention_memory = 0.7;         ///< reading the KV cache, of peak bandwidth
  double roofline_power = 2;             ///< p of (C^p + D^p)^(1/p): compute and memory overlap, not perfectly
  double link_efficiency = 0.8;          ///< of link bandwidth
  double collective_s = 7e-6;            ///< start of a collective over two accelerators; grows by collective_growth
  double collective_growth = 1.5;        ///< factor on the start for every doubling of the group
  double step_s = 0.5e-3;                ///< fixed time of a step (scheduler, sampling)
  double layer_s = 15e-6;                ///< fixed time of a layer (kernel starts)
  double expert_layer_s = 20e-6;         ///< further fixed time of a layer with experts (routing, sorting)
  double sequence_s = 10e-6;             ///< host time of a step per sequence in it
  double front_end_s = 5e-3;             ///< per request before the engine sees it, and back to the client
  double front_end_token_s = 2e-6;       ///< per token of a prompt: tokenizing, hashing blocks
  double front_end_serial_s = 2e-3;      ///< of a request of 1,000 tokens, what the front end does one after the other
  double output_delay_steps = 0.5;       ///< steps between a token's step and its way to the client (overlapped scheduling)
  double output_token_s = 2e-5;          ///< per piece of an answer given out, what the output side does for one after the other
  double cold_start_s = 0.3;             ///< further time of a cold engine's first step
  double tail_warm = 1.1;                ///< P99 of the time to first token, measured over simulated: stalls of the host
  double tail_cold = 1.4;                ///< the same in a run that finds the engine cold: kernels are compiled meanwhile
  double prompt_step_s = 1e-3;           ///< further fixed time of a step that takes in prompt tokens
  double expert_imbalance = 1.1;         ///< busiest over mean accelerator when experts are spread (per doubling)
  double time_scale = 1;                 ///< on the time of every step: what a setup does that nothing else explains
  double usable_memory = 0.9;            ///< share of memory for weights and KV cache
  double activation_bytes = 1.5e9;       ///< of each accelerator's usable memory: activations, graphs, workspaces
  int max_batched_tokens = 2048;         ///< tokens of one step (chunked prefill)
};

/// How a replica is spread over accelerators. Attention is split over `tensor` accelerators and copied over `data`;
/// experts are spread over `expert` of the tensor x data accelerators, and each is split over the rest of them.
struct Layout {
  int tensor = 1;
  int pipeline = 1;
  int expert = 1;
  int data = 1;

  int accelerators() const { return tensor * pipeline * data; }
  bool operator==(const Layout&) const = default;
};
/// "TP4 PP2 EP4": what is 1 is left out, but for TP.
std::string to_string(const Layout& layout);

/// Sizes that follow from an architecture. Matrices are counted in parameters, summed over layers.
struct ModelSize {
  double parameters = 0;                ///< all weights, as stated when the model states them, else counted
  double dense = 0;                     ///< read and multiplied for every token, without logits
  double attention = 0;                 ///< of `dense`, the projections of attention
  double expert = 0;                    ///< one expert
  double logits = 0;
  int experts = 0, experts_per_token = 0;
  int layers = 0;
  double expert_layers = 0;             ///< layers that have experts
  double hidden = 0;
  double kv_full = 0, kv_window = 0;    ///< KV values per token in layers that see everything, and in windowed ones
  int window = 0;
  int kv_shards = 1;                    ///< most accelerators that split the KV cache without copies
  double state = 0;                     ///< values of recurrent state per sequence (linear attention)
  double decode_attention = 0;          ///< FLOPs per pair of new and earlier token, all layers with a KV cache
  double prefill_attention = 0;
  double window_share = 0;              ///< of the layers with a KV cache, windowed ones
  int attended_most = 0;                ///< tokens that sparse attention reads at most; 0: all
  bool latent = false;                  ///< multi-head latent attention
};

ModelSize size_of(const ModelArchitecture& model);

/// KV bytes of a sequence of `tokens` in bf16.
double kv_bytes(const ModelSize& size, double tokens);

/// Expected number of distinct experts that `tokens` tokens use in a layer: E (1 - (1 - k/E)^tokens), uniform routing.
double distinct_experts(int experts, int experts_per_token, double tokens);

/// Bytes of a weight, block scales included (mxfp4: 8 bits per 32; nvfp4: 8 per 16; int4: 16 per 128).
double bytes_per_weight(Precision precision);

/// Precision of the attention projections when the model's weights have `precision`: published 4-bit checkpoints of models
/// with experts quantize the experts and leave attention in 16 bits.
Precision attention_precision(const ModelSize& size, Precision precision);

/// Peak FLOP/s of matrix products with weights of a precision; without hardware support the weights are unpacked to
/// bf16. 0 when the accelerator has no figure.
double peak_flops(const Accelerator& accelerator, Precision precision);

/// What matrix products reach with weights of a precision: peak x efficiency; the better of the precision's own units and
/// unpacking to bf16.
double reached_flops(const Accelerator& accelerator, Precision precision, const EngineConstants& engine);

/// A model placed on the accelerators of a layout.
struct Placement {
  ModelArchitecture model;
  ModelSize size;
  Accelerator accelerator;
  Precision precision = Precision::bf16;
  Precision kv_precision = Precision::bf16;
  Layout layout;
  EngineConstants engine;
  Speculation speculation = {};

  double weight_bytes() const;          ///< of the whole replica, copies included
  double kv_capacity_bytes() const;     ///< memory left for KV cache, of the whole replica; negative: weights do not fit
  double kv_bytes_per_sequence(double tokens) const;  ///< with copies where the heads do not divide
};

struct StepTime {
  double total_s = 0;
  double compute_s = 0, memory_s = 0, link_s = 0, fixed_s = 0;  ///< parts, before overlap

  double busy() const;                  ///< compute and memory over the total, 0 to 1: what draws power
};

class Overlap;

/// What a step costs, worked out once for a placement: time from sequences, context and prompt tokens alone.
class StepCost {
 public:
  explicit StepCost(const Placement& placement);

  /// Time of a step with `sequences` decoding at a mean context of `context` tokens, and `prefill` prompt tokens that
  /// attend to `prefill_context` tokens on average. With speculative decoding each of the sequences has its token and the
  /// proposed ones in the step (one look at its KV cache for all), and proposing them comes before it. Prompt tokens are spread evenly over data ranks and stages of a
  /// pipeline, unless one of them has `busiest` of them: the others wait for it.
  StepTime at(double sequences, double context, double prefill, double prefill_context, double busiest = 0) const;

 private:
  StepTime step(double sequences, double per_sequence, double context, double prefill, double prefill_context, double busiest) const;

  struct Product {                      ///< a group of matrix products of one kind
    double compute_s = 0;               ///< per token
    double weights_s = 0;
    double activations_s = 0;           ///< per token
  };
  double attended(double context) const;
  double collective_s(double bytes) const;
  double exchange_s(double tokens) const;

  Product dense_, attention_, expert_, logits_;
  std::shared_ptr<const Overlap> overlap_;
  double kv_s_per_token_ = 0, kv_window_share_ = 0, state_s_ = 0;
  double decode_s_per_pair_ = 0, prefill_s_per_pair_ = 0, elementwise_s_ = 0;
  double step_s_ = 0, sequence_s_ = 0, prompt_step_s_ = 0;
  double link_bytes_per_s_ = 0, collective_start_s_ = 0, exchange_bytes_ = 0, exchange_start_s_ = 0, hop_s_ = 0;
  double log_passed_over_ = 0;          ///< of the chance that a token does not use an expert
  double imbalance_ = 1, time_scale_ = 1;
  int collectives_ = 0, exchanges_ = 0, group_ = 1, window_ = 0, attended_most_ = 0;
  int experts_ = 0, experts_per_token_ = 0, tile_ = 1;
  double data_ = 1, pipeline_ = 1, hidden_ = 0;
  int drafts_ = 0;
  double draft_cost_ = 0;
};

/// The same for a single use.
StepTime step_time(const Placement& placement, double sequences, double context, double prefill, double prefill_context);

/// Time of a batch of requests to a model that answers in one pass, or in passes one after the other (`passes_per_request`); `tokens` per
/// request for encoders.
StepTime batch_time(const Placement& placement, double batch, double tokens);

/// Weights that a batch of `tokens` reads: those of each pass as often as there are passes.
double batch_weight_bytes(const Placement& placement, double tokens);

/// `bytes_per_request` in the precision of a placement. Convolutions and layers of recommenders hand on values in the precision of the
/// weights; normalisations, attention and caches of speech and diffusion models stay in that of the catalogue.
double moved_bytes_per_request(const Placement& placement);

/// What a request keeps in memory while its batch runs: the cache that every pass of a speech model reads. 0: not counted.
double held_bytes_per_request(const Placement& placement);

}  // namespace tonnage::capacity
