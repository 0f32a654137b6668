#include "tonnage/capacity/cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "prediction_error.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/capacity/simulation.hpp"

namespace tonnage::capacity {
namespace {

/// Requests of a run: enough for a P99, and as a benchmark of the kind sends. A cold run of repeated prompts is simulated whole: its
/// P99 is that of the first round.
int requests_of(const ServingCase& c) {
  if (c.requests > 0) return std::min(c.requests, 12000);
  const double most = c.cold && c.distinct_prompts > 0 ? 12000 : 2500;
  switch (c.load) {
    case CaseLoad::closed: return std::clamp(c.requests_per_slot * c.concurrency, 40, 12000);
    case CaseLoad::offline: return std::clamp(6 * c.max_sequences, 400, 3000);
    default: return static_cast<int>(std::clamp(c.rate_per_s * c.duration_s, 500.0, most));
  }
}

constexpr double block_tokens = 16;  ///< of the prefix cache

/// Tokens of a prompt that are found in the prefix cache. Prompts that come round again are found whole, but for the last block, where
/// the cache holds a round of them with their answers: blocks are given up in the order in which they were last used (LRU), so that of
/// a longer round none is left when its turn comes.
double cached_of(const ServingCase& c, double kv_tokens) {
  const double round = c.distinct_prompts * (c.input_tokens + c.output_tokens);
  if (c.distinct_prompts == 0 || round > kv_tokens) return c.cached_tokens;
  return std::max(block_tokens * std::floor((c.input_tokens - 1) / block_tokens), c.cached_tokens);
}

Traffic traffic_of(const ServingCase& c, double kv_tokens) {
  Traffic traffic;
  const ArrivalKind kinds[] = {ArrivalKind::constant, ArrivalKind::poisson, ArrivalKind::closed, ArrivalKind::offline};
  traffic.arrivals.kind = kinds[static_cast<int>(c.load)];
  traffic.arrivals.rate_per_s = c.rate_per_s;
  traffic.arrivals.concurrency = c.concurrency;
  traffic.input.mean = std::round(c.input_tokens);
  traffic.output.mean = std::max(std::round(c.output_tokens), 1.0);
  if (c.uniform_lengths) traffic.input.kind = traffic.output.kind = LengthKind::uniform;
  traffic.cached_share = c.input_tokens > 0 ? std::clamp(cached_of(c, kv_tokens) / c.input_tokens, 0.0, 1.0) : 0;
  return traffic;
}

/// A cold cache has none of the prompts of the first round, only what they share.
std::vector<Request> requests_of(const ServingCase& c, const Traffic& traffic) {
  std::vector<Request> requests = make_requests(traffic, requests_of(c), 1);
  if (!c.cold) return requests;
  const std::size_t first = std::min(requests.size(), static_cast<std::size_t>(c.distinct_prompts));
  for (std::size_t i = 0; i < first; ++i) requests[i].cached_tokens = std::min(requests[i].cached_tokens, static_cast<int>(c.cached_tokens));
  return requests;
}

/// Bytes for the KV cache of the whole replica.
double kv_room(const ServingCase& c, const Placement& p) { return (c.free_memory > 0 ? c.free_memory : 1) * p.kv_capacity_bytes(); }

EngineSettings settings_of(const ServingCase& c, const Placement& p) {
  EngineSettings s = host_settings(p.engine);
  const double tokens = c.input_tokens + c.output_tokens;
  s.prefill = c.prefill;
  s.reserve_output = c.engine == "trtllm";
  s.max_sequences = c.max_sequences;
  s.max_batched_tokens = c.max_batched_tokens;
  s.poll_steps = c.poll_steps, s.gather_steps = c.gather_steps, s.gather_tokens = c.gather_tokens;
  s.kv_tokens = c.kv_tokens > 0 ? c.kv_tokens : std::floor(kv_room(c, p) / (p.kv_bytes_per_sequence(tokens) / tokens));
  s.draft_tokens = c.speculation.tokens, s.acceptance = c.speculation.acceptance;
  s.cold_start_s = c.cold ? p.engine.cold_start_s : 0;
  s.cold_when_full = c.cold_when_full;
  s.output_token_s /= std::max(c.stream_interval, 1);
  s.max_steps = 20'000'000;
  return s;
}

/// The figure whose errors stand for a metric's: those that few tests report borrow from one like them.
CaseMetric counted_as(CaseMetric metric) {
  switch (metric) {
    case CaseMetric::ttft_p50: return CaseMetric::ttft_mean;
    case CaseMetric::tpot_p50: return CaseMetric::tpot_mean;
    case CaseMetric::e2e_p90:
    case CaseMetric::e2e_p99: return CaseMetric::e2e_mean;
    default: return metric;
  }
}

/// What is missing, or why it cannot run; empty when nothing is.
std::string problem_of(const ServingCase& c, const Placement& p) {
  const double gib = 1024.0 * 1024 * 1024;
  if (p.size.layers <= 0 || c.model.kind != ModelKind::decoder) return "not a decoder: tokens per second do not apply";
  if (!(c.input_tokens >= 1) || !(c.output_tokens >= 1)) return "input and output tokens are not known";
  const bool open = c.load == CaseLoad::constant || c.load == CaseLoad::poisson;
  if (open && !(c.rate_per_s > 0)) return "the request rate is not known";
  if (c.load == CaseLoad::closed && c.concurrency < 1) return "the concurrency is not known";
  const double room = kv_room(c, p);
  if (c.kv_tokens <= 0 && p.kv_bytes_per_sequence(c.input_tokens + c.output_tokens) > room)
    return fmt::format("weights of {:.1f} GiB leave {:.1f} GiB for the KV cache: not one request fits", p.weight_bytes() / gib, std::max(room, 0.0) / gib);
  return {};
}

}  // namespace

PredictionError prediction_error(CaseMetric metric, Evidence evidence, bool stated) {
  static constexpr const char* classes[] = {"same_setup", "same_chip", "new_chip"};
  const auto find = [](const std::string& name) -> const PredictionError* {
    for (const PredictionError& row : shipped_catalog().errors)
      if (row.name == name) return &row;
    return nullptr;
  };
  for (const CaseMetric as : {counted_as(metric), CaseMetric::ttft_mean, CaseMetric::tpot_mean})
    for (int c = static_cast<int>(evidence); c < 3; ++c)
      for (const char* end : {".stated", ""}) {
        if (*end != 0 && !stated) continue;
        if (const PredictionError* row = find(fmt::format("{}.{}{}", column_of(as), classes[c], end)); row != nullptr && row->cases >= 10) return *row;
      }
  return {};
}

const char* column_of(CaseMetric metric) {
  static constexpr const char* names[case_metrics] = {"ttft_mean_ms", "ttft_p50_ms", "ttft_p90_ms", "ttft_p99_ms", "tpot_mean_ms",
                                                      "tpot_p50_ms",  "e2e_mean_ms", "e2e_p90_ms",  "e2e_p99_ms",  "output_tokens_per_s"};
  return names[static_cast<int>(metric)];
}

CasePrediction predict_case(const ServingCase& c, const CalibrationTable& calibration) {
  const ServingSetup setup{c.engine, c.engine_version, &c.accelerator, &c.model, c.precision, c.kv_precision};
  CasePrediction out = simulate_case(c, planning_constants(setup, calibration));
  const Evidence evidence = evidence_of(setup);
  out.evidence = to_string(evidence);
  for (int m = 0; m < case_metrics && out.valid(); ++m) {
    CaseFigure& figure = out.figures[static_cast<std::size_t>(m)];
    const PredictionError error = prediction_error(static_cast<CaseMetric>(m), evidence, c.stated);
    figure.low = figure.value * error.low_ratio;
    figure.high = figure.value * error.high_ratio;
  }
  return out;
}

CasePrediction simulate_case(const ServingCase& c, const EngineConstants& constants) {
  CasePrediction out;
  Placement p;
  p.model = c.model;
  p.size = size_of(c.model);
  p.accelerator = c.accelerator;
  p.precision = c.precision;
  p.kv_precision = c.kv_precision;
  p.layout = c.layout;
  p.engine = constants;
  p.speculation = c.speculation;
  p.engine.usable_memory = c.free_memory > 0 ? 1 : c.usable_memory;
  out.reason = problem_of(c, p);
  if (!out.valid()) return out;
  const StepCost cost(p);
  const EngineSettings settings = settings_of(c, p);
  const int longest = static_cast<int>(c.input_tokens + c.output_tokens);
  const StepTimes times({std::clamp(c.max_sequences, 1, 65536), static_cast<double>(longest), std::max(c.max_batched_tokens, 1) * 1.0},
                        [&](double n, double context, double prompt, double seen) { return cost.at(n, context, prompt, seen).total_s; });
  const Traffic traffic = traffic_of(c, settings.kv_tokens);
  const std::vector<Request> requests = requests_of(c, traffic);
  SimulationQuery query;
  query.requests = requests;
  query.arrivals = traffic.arrivals.kind;
  query.concurrency = c.concurrency;
  const bool open = c.load == CaseLoad::constant || c.load == CaseLoad::poisson;
  query.warm_up = open && !c.cold ? 0.1 : c.ramps ? 1.0 / c.requests_per_slot : 0;
  if (c.ramps) query.ramp_s = c.output_tokens * times.decode(std::min(c.concurrency, c.max_sequences), c.input_tokens + 0.5 * c.output_tokens);
  const SimulationSummary s = simulate(query, times, settings).summary;
  if (s.requests == 0) {
    out.reason = s.stopped.empty() ? "no request finished" : s.stopped;
    return out;
  }
  const double tail = c.load == CaseLoad::closed || c.load == CaseLoad::offline ? 1 : c.cold ? constants.tail_cold : constants.tail_warm;
  const double values[case_metrics] = {s.ttft_s.mean, s.ttft_s.p50, s.ttft_s.p90, tail * s.ttft_s.p99,
                                       s.tpot_s.mean, s.tpot_s.p50, s.e2e_s.mean, s.e2e_s.p90, s.e2e_s.p99,
                                       static_cast<double>(s.output_tokens) / s.end_s};
  for (int m = 0; m < case_metrics; ++m) out.figures[static_cast<std::size_t>(m)] = {values[m], values[m], values[m]};
  out.saturated = s.saturated;
  out.batch = s.batch;
  return out;
}

}  // namespace tonnage::capacity
