// Step-level discrete-event simulation of continuous batching on one replica.
//
// In:   requests (traffic.hpp), the time of a step (step_times.hpp), the engine's settings.
// Out:  latency of every request, and a summary.
// How:  the scheduler of vLLM V1 (Kwon et al., "Efficient memory management for large language model serving with
//       PagedAttention", SOSP 2023; chunked prefill: Agrawal et al., "Taming throughput-latency tradeoff in LLM inference
//       with Sarathi-Serve", OSDI 2024). docs/methods-simulation.md has the rules.
// Deterministic: the same input gives the same output; no clock, no threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tonnage/capacity/roofline.hpp"
#include "tonnage/capacity/step_times.hpp"
#include "tonnage/capacity/traffic.hpp"

namespace tonnage::capacity {

enum class Prefill {
  chunked,   ///< decodes first, then prompts in chunks within the token budget of the step
  whole,     ///< decodes and whole prompts together; the budget limits prompts, one always goes
  first      ///< steps of whole prompts alone come first; decodes stall meanwhile
};

/// Settings of the engine, in the units of vLLM's options of the same names.
struct EngineSettings {
  Prefill prefill = Prefill::chunked;
  int max_sequences = 256;            ///< max_num_seqs: requests that run at once
  int max_batched_tokens = 2048;      ///< max_num_batched_tokens: tokens of a step
  double kv_tokens = 0;               ///< tokens that fit in the KV cache; 0: no limit
  int block_tokens = 16;              ///< KV memory is given out in blocks of so many tokens
  int poll_steps = 1;                 ///< new requests are looked at every so many steps without prompts
  int gather_steps = 0;               ///< prompts wait up to so many steps, while others decode, ...
  double gather_tokens = 0;           ///< ... until so many prompt tokens have come together
  int max_waiting = 0;                ///< admission limit: a request that finds so many waiting is turned away; 0: none
  double front_end_s = 0;             ///< before the engine sees a request (HTTP, tokenizer), mean
  double front_end_cv = 0;            ///< its coefficient of variation (log-normal)
  double front_end_token_s = 0;       ///< further time of the front end per token of the prompt
  double front_end_serial_s = 0;      ///< of it, per request, what the front end does for one request after the other
  double front_end_serial_token_s = 0;  ///< the same per token of the prompt
  double output_delay_s = 0;          ///< from a token's step to the client (detokenizer, network), mean by request
  double output_delay_cv = 0;
  double output_delay_steps = 0;      ///< further delay in steps: a token is given out while so much of the next step runs
  double draft_tokens = 0;            ///< speculative decoding: tokens proposed a step and sequence, for which step times stand too; 0: none
  double acceptance = 0.7;            ///< chance that a proposed token is accepted, given that those before it are
  double output_token_s = 0;          ///< per request and step, what the output side (detokenizer, stream) does for one after the other
  double cold_start_s = 0;            ///< further time of a cold engine's first step: kernels are compiled, graphs captured
  bool cold_when_full = false;        ///< ... of the first that has no room for a prompt that waits
  bool reserve_output = false;        ///< a request is admitted when its whole output fits too: nothing is preempted
  long long max_steps = 1'000'000'000;  ///< the simulation stops here, and says so
  bool join_steps = true;             ///< runs of alike decode steps are added up in closed form; false: one by one
};

/// What the constants of an engine say of its front end and output; all else as by default.
EngineSettings host_settings(const EngineConstants& constants);

/// Expected tokens that a sequence gets in a step with speculative decoding: (1 - a^(k+1)) / (1 - a)
/// (Leviathan, Kalman & Matias, "Fast inference from transformers via speculative decoding", ICML 2023, equation 1).
double tokens_per_step(double draft_tokens, double acceptance);

/// Variance of these tokens: at least j + 1 of them come with probability a^j, j up to k.
double tokens_per_step_variance(double draft_tokens, double acceptance);

/// What became of a request. Latencies are seen by the client, from arrival; NaN never occurs.
struct RequestOutcome {
  double arrival_s = 0;      ///< in a closed loop: when it was sent
  double start_s = 0;        ///< its first step begins
  double ttft_s = 0;         ///< time to first token
  double tpot_s = 0;         ///< (e2e - ttft) / (output tokens - 1); 0 for one token
  double e2e_s = 0;          ///< end-to-end
  int replica = 0;
  int preemptions = 0;
  bool finished = false;     ///< false: refused, turned away, or the simulation stopped
};

struct Percentiles {
  double mean = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0;
};

/// Mean and percentiles of values, linear between order statistics (type 7 of Hyndman & Fan 1996). Reorders `values`.
Percentiles percentiles_of(std::vector<double>& values);

struct SimulationSummary {
  Percentiles ttft_s, tpot_s, e2e_s;  ///< of measured requests that finished; TPOT of those with two tokens or more
  long long requests = 0;             ///< measured
  long long refused = 0;              ///< too long for the KV cache, of all
  long long turned_away = 0;          ///< by the admission limit, of all
  double duration_s = 0;              ///< of the window: from the first to the last measured arrival; offline: the whole run
  double request_rate_per_s = 0;      ///< finished in the window, over its duration
  double output_tokens_per_s = 0;     ///< given out in the window, over its duration
  long long output_tokens = 0;        ///< of all finished requests
  double batch = 0;                   ///< mean requests that run, over the window
  double in_system = 0;               ///< the same with those that wait for the engine
  double kv_use = 0;                  ///< mean share of KV blocks in use; 0 without a limit
  double kv_use_peak = 0;             ///< of the whole run
  double utilisation = 0;             ///< share of the window in which a step was under way, mean over replicas
  long long preemptions = 0;          ///< of the whole run
  long long steps = 0;                ///< of the whole run
  double end_s = 0;                   ///< end of the last step
  bool saturated = false;             ///< the queue grew through the window: see `growth`
  double growth = 0;                  ///< requests that the queue gained over the window, by least squares
  std::string stopped;                ///< why the simulation ended early; empty when it did not
};

struct SimulationResult {
  std::vector<RequestOutcome> requests;  ///< in the order of the input
  SimulationSummary summary;
};

struct SimulationQuery {
  std::span<const Request> requests;  ///< in order of arrival
  ArrivalKind arrivals = ArrivalKind::trace;
  int concurrency = 1;                ///< closed loop
  double ramp_s = 0;                  ///< closed loop
  double warm_up = 0;                 ///< share of the requests, from the first on, that statistics leave out
  std::uint64_t seed = 1;             ///< of front-end and output delays and of accepted drafts
};

/// Runs all requests to their end.
///
/// A step: running requests decode (one token each), newest preempted and recomputed later when KV blocks run out; then
/// waiting prompts, first come first served, while slots, the token budget and KV blocks last. Tokens appear at the
/// step's end. Arrivals during a step wait for the next.
/// Saturated: the number waiting for a slot, taken at each measured arrival, grew by more than 2 % of the measured
/// requests and by more than twice their square root, or more than 2 % were turned away. Never for closed loops and
/// offline runs.
/// Work is O(1) a step (amortised) and O(log n) a request; every step completes a token or a chunk of a prompt, so it ends.
SimulationResult simulate(const SimulationQuery& query, const StepTimes& times, const EngineSettings& settings);

}  // namespace tonnage::capacity
