// How publications start the servers that they measure, where their tables do not say so. Private to the module.
#pragma once

#include <optional>
#include <string_view>

#include "tonnage/capacity/cases.hpp"

namespace tonnage::capacity {

/// What a publication's scripts say; 0 and nothing: they leave it to the engine.
struct PublishedSettings {
  std::optional<Prefill> prefill;
  std::optional<Precision> kv_precision;
  int max_batched_tokens = 0;     ///< of each data-parallel rank
  int max_sequences = 0;
  double usable_memory = 0;       ///< of all memory; 0: the engine's own
  double free_memory = 0.9;       ///< of what weights and activations leave, for TensorRT-LLM's KV cache
  int poll_steps = 1;
  int gather_steps = 0;
  double gather_tokens = 0;
  int stream_interval = 1;        ///< tokens that are given out at a time
  int requests_per_slot = 10;
  int requests = 0;               ///< of an open loop
  std::optional<Layout> layout;   ///< in place of the table's
  Speculation speculation;        ///< the model drafts tokens itself
  bool uniform_lengths = false;   ///< on [0.8 x, x], whatever the table says
  bool warm = false;              ///< the client sends requests before the run that is measured
  bool cold_when_full = false;    ///< ... if not, kernels are compiled in the first step with as many prompts as one takes
  bool ramps = false;             ///< the client's figures begin when its load is steady
};

/// `group` is "publication/model/chip", `date` of the run as "2026-03-24" or empty, `version` of the engine as written ("1.2.0rc6.post3"); `test` has engine, model, chip, precision,
/// layout, lengths and concurrency. Nothing for publications that are not known.
///
/// InferenceX (formerly InferenceMAX): scripts under benchmarks/ at the dates of the runs, github.com/SemiAnalysisAI/InferenceX at
/// 843c6254; the gap analysis of aiconfigurator: rules of its generator, github.com/ai-dynamo/aiconfigurator. Read 2026-11-27.
std::optional<PublishedSettings> published_settings(std::string_view group, std::string_view date, std::string_view version, const ServingCase& test);

}  // namespace tonnage::capacity
