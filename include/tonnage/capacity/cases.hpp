// One case of a load test: what was served how, and what its latencies should be.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tonnage/capacity/roofline.hpp"
#include "tonnage/capacity/simulation.hpp"

namespace tonnage::capacity {

enum class CaseLoad {
  constant,   ///< open loop, equal times between arrivals
  poisson,    ///< open loop
  closed,     ///< a fixed number of requests in flight
  offline     ///< all requests there at the start
};

struct ServingCase {
  ModelArchitecture model;
  Accelerator accelerator;
  Precision precision = Precision::bf16, kv_precision = Precision::bf16;
  Layout layout;
  std::string engine = "vllm";     ///< "vllm", "sglang", "trtllm" or another
  std::string engine_version;      ///< as "0.15"; empty: not known
  double input_tokens = 0, output_tokens = 0;
  double cached_tokens = 0;        ///< of the input, found in the prefix cache
  int distinct_prompts = 0;        ///< the client sends so many prompts over and over, in turn; 0: no two are alike
  bool uniform_lengths = false;    ///< each length uniform on [0.8 x, x]; else fixed
  CaseLoad load = CaseLoad::poisson;
  double rate_per_s = 0;           ///< open loops
  int concurrency = 1;             ///< closed loop
  double duration_s = 600;         ///< open loops: over which load is offered
  int requests = 0;                ///< open loops: of the run; 0: by rate and duration
  int requests_per_slot = 10;      ///< closed loop: requests of the run for each in flight
  Prefill prefill = Prefill::chunked;
  int max_sequences = 256;
  int max_batched_tokens = 2048;
  int poll_steps = 1;              ///< the engine looks for new requests every so many steps without prompts
  int gather_steps = 0;            ///< prompts wait up to so many steps, while others decode, ...
  double gather_tokens = 0;        ///< ... until so many prompt tokens have come together
  int stream_interval = 1;         ///< tokens that the engine gives out at a time
  double usable_memory = 0.9;      ///< of all memory, for weights, activations and KV cache
  double free_memory = 0;          ///< of what weights and activations leave, for the KV cache (TensorRT-LLM); 0: usable_memory says
  double kv_tokens = 0;            ///< as the engine reports them; 0: computed
  Speculation speculation;         ///< drafts and how many are accepted
  bool stated = false;             ///< limits are the test's own, not the engine's defaults: less is guessed
  bool cold = false;               ///< the engine has served nothing before
  bool cold_when_full = false;     ///< ... and does not compile before its first step with as many prompts as one takes
  bool ramps = false;              ///< closed loop: requests begin one after the other, and figures are those of the load when it is steady
};

/// Figures that a load test reports. Times in seconds, throughput in output tokens per second over the whole run.
enum class CaseMetric { ttft_mean, ttft_p50, ttft_p90, ttft_p99, tpot_mean, tpot_p50, e2e_mean, e2e_p90, e2e_p99, output_tokens_per_s };
inline constexpr int case_metrics = 10;
/// Column without prefix and with its unit, as "ttft_mean_ms"; latencies are printed in ms.
const char* column_of(CaseMetric metric);

struct CaseFigure {
  double value = 0;
  double low = 0, high = 0;        ///< 80 % interval by class of evidence
};

struct CasePrediction {
  std::array<CaseFigure, case_metrics> figures;
  bool saturated = false;          ///< the load exceeds what the replica can do: latencies are those of this run alone
  std::string evidence;            ///< class of evidence, see efficiency.hpp
  double batch = 0;                ///< mean requests in service
  std::string reason;              ///< why there is no prediction; empty when there is one

  bool valid() const { return reason.empty(); }
  const CaseFigure& operator[](CaseMetric m) const { return figures[static_cast<std::size_t>(m)]; }
};

/// Simulates the case step by step with the engine's constants from the catalogue, times the user's own multipliers.
/// Deterministic.
CasePrediction predict_case(const ServingCase& test, const CalibrationTable& calibration = {});

/// The same with constants of the caller's, without intervals: for calibration.
CasePrediction simulate_case(const ServingCase& test, const EngineConstants& constants);

}  // namespace tonnage::capacity
