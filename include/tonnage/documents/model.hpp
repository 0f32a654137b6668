// A served model and the requests it answers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/documents/hardware.hpp"

namespace tonnage {

enum class ModelKind { decoder, encoder, speech, vision, diffusion, recommender, measured };
const char* to_string(ModelKind kind);
std::optional<ModelKind> parse_model_kind(const std::string& text);

enum class Precision { fp32, bf16, fp8, int8, int4, mxfp4, nvfp4 };
const char* to_string(Precision precision);
std::optional<Precision> parse_precision(const std::string& text);

/// Architecture of a model as in its published configuration. Zero means "does not apply".
struct ModelArchitecture {
  std::string name;  ///< e.g. "llama-3.1-70b"
  std::string family;
  ModelKind kind = ModelKind::decoder;
  int layers = 0;
  int hidden = 0;
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;
  int ffn_dim = 0;
  int ffn_matrices = 3;        ///< 3 gated, 2 plain
  int vocabulary = 0;
  bool tied_embeddings = false;
  int experts = 0;
  int experts_per_token = 0;
  int shared_experts = 0;
  int expert_ffn_dim = 0;
  int dense_layers = 0;        ///< leading layers without experts
  int moe_every = 1;           ///< every n-th layer has experts
  int q_lora_rank = 0;         ///< multi-head latent attention (DeepSeek-V2, arXiv:2405.04434)
  int kv_lora_rank = 0;
  int rope_head_dim = 0;
  int nope_head_dim = 0;
  int value_head_dim = 0;
  int window = 0;              ///< sliding-window length in tokens
  int window_full_every = 0;   ///< every n-th layer attends to everything
  int linear_full_every = 0;   ///< linear attention except every n-th layer
  int sparse_attention_tokens = 0;  ///< most tokens that a token attends to (DeepSeek sparse attention); 0: all
  double parameters = 0;
  double active_parameters = 0;
  int max_context_tokens = 0;
  Precision native_precision = Precision::bf16;
  double flops_per_request = 0;  ///< models that are not token-driven: forward FLOPs of one request
  double bytes_per_request = 0;  ///< memory traffic of one request beside the weights (activations, embeddings), in `native_precision`
  double passes_per_request = 0; ///< passes one after the other (tokens of speech, steps of diffusion), each of which reads `active_parameters` anew; 0: one
  Source source;
};

/// Input and output tokens of a request. p95 of zero means "not given".
struct Shape {
  double input_mean_tokens = 0;
  double input_p95_tokens = 0;
  double output_mean_tokens = 0;
  double output_p95_tokens = 0;
  double prefix_hit = 0;  ///< share of input tokens found in the prefix cache, 0 to 1
};

/// Speculative decoding: a small model proposes tokens that the large one checks in one step.
struct Speculation {
  int tokens = 0;             ///< proposed a step and sequence; 0: none
  double acceptance = 0;      ///< chance that a proposed token is accepted, given that those before it are, 0 to 1
  double draft_cost = 0.05;   ///< time of proposing one token over that of a decode step (c of Leviathan et al. 2023, theorem 3.8)
};

/// How requests come at one replica, around a mean load.
struct ArrivalProcess {
  double cv = 1;              ///< coefficient of variation of the time between arrivals: 1 Poisson, 0 regular, above 1 in bunches
  double rate_cv = 0;         ///< of the load itself over the minutes of an hour, log-normal: slow beside a request
};

/// One latency limit: the given percentile of a metric stays below `limit_s`.
struct SloLimit {
  double percentile = 0.95;  ///< 0.5, 0.9, 0.95 or 0.99; a limit on the mean has 0
  double limit_s = 0;
};

/// Latency limits; absent ones do not bind.
struct Slo {
  std::vector<SloLimit> ttft;     ///< time to first token
  std::vector<SloLimit> tpot;     ///< (end-to-end - TTFT) / (output tokens - 1)
  std::vector<SloLimit> e2e;      ///< end-to-end, also `latency` of models without tokens
};

/// One row of a user's own load test: what `accelerators` of a node type carried.
struct MeasuredPoint {
  std::string node;
  int accelerators = 1;
  double requests_per_s = 0;
  double latency_p50_s = 0;
  double latency_p99_s = 0;
};

}  // namespace tonnage
