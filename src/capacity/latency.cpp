#include "latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "log_histogram.hpp"

namespace tonnage::capacity {
namespace {

/// Over a service time, the number in an M/M/infinity system is correlated as exp(-t): its average over that time has
/// the variance 2 / e of a single look, so a request sees 0.858 of the spread.
constexpr double spread_over_life = 0.8577638849607068;

/// Waiting places beside the batch.
int queue_places(int limit) { return std::clamp(limit, 64, 256); }

/// Linear between whole numbers of sequences.
double at(const std::vector<double>& by_sequences, double n) {
  const std::size_t low = std::min(static_cast<std::size_t>(std::max(n, 0.0)), by_sequences.size() - 1);
  const std::size_t high = std::min(low + 1, by_sequences.size() - 1);
  return by_sequences[low] + std::min(n - static_cast<double>(low), 1.0) * (by_sequences[high] - by_sequences[low]);
}

double context_of(const Replica& r) { return r.input + 0.5 * r.output; }
double fresh_of(const Replica& r, double input) { return r.input > 0 ? input * (1 - r.cached / r.input) : 0.0; }
double prompt_context(const Replica& r, double input) { return input - 0.5 * fresh_of(r, input); }

double budget_of(const Replica& r, double sequences) { return std::max(1.0, r.placement.engine.max_batched_tokens - sequences); }

/// A range of states of the chain taken together.
struct Bin {
  double share = 0, number = 0;
};

/// Merges states up to about 6 % of the probability each, finer in the upper tail. The last state is left out: arrivals
/// that find the system full are turned away.
std::vector<Bin> bins_of(const std::vector<double>& states) {
  std::vector<Bin> bins;
  Bin bin;
  double left = 1;
  for (std::size_t n = 0; n + 1 < states.size(); ++n) {
    bin.share += states[n];
    bin.number += states[n] * static_cast<double>(n);
    left -= states[n];
    const double most = left < 0.03 ? 0.006 : 0.06;
    if (bin.share < most && n + 2 < states.size()) continue;
    if (bin.share > 1e-12) bins.push_back({bin.share, bin.number / bin.share});
    bin = {};
  }
  return bins;
}

/// Points of a first token, shifted by what comes before the engine and stretched by the step.
void add_ttft(const std::vector<PromptSteps::Point>& points, double share, double base, double stretch, LogHistogram& ttft) {
  for (const PromptSteps::Point& p : points) ttft.add(base + stretch * p.seconds, share * p.weight);
}

double mean_of(const std::vector<PromptSteps::Point>& points) {
  double sum = 0;
  for (const PromptSteps::Point& p : points) sum += p.seconds * p.weight;
  return sum;
}

void add_e2e(const Replica& r, double share, double first_token, double tpot, WeightedPoints& e2e) {
  for (const Stratum& output : r.outputs) e2e.add(first_token + std::max(output.value - 1, 0.0) * tpot, share * output.share);
}

struct Service {
  std::vector<double> rates;  ///< in states 1..K
  double highest = 0;
};

template <class Rate>
Service service_of(int limit, Rate&& rate) {
  Service service;
  const int states = limit + queue_places(limit);
  for (int n = 1; n <= limit; ++n) service.rates.push_back(rate(n));
  service.highest = service.rates.back();
  service.rates.resize(static_cast<std::size_t>(states), service.highest);
  return service;
}

/// Tokens see a state as often as it has sequences; an idle replica has the TPOT of a lone request. A request averages over
/// its own steps: the fewer, the more a step with prompts shows. Log-normal around the mean, deviation of a step over the
/// root of the number of steps.
template <class Seen>
void add_tpot(const Replica& r, const std::vector<double>& states, double relative_deviation, Seen&& seen, WeightedPoints& tpot) {
  if (r.output <= 1) return;
  tpot.add(seen(1), 1e-15);
  std::vector<Stratum> around;
  for (const Stratum& output : r.outputs) {
    const double cv = relative_deviation / std::sqrt(std::max(output.value - 1, 1.0)), sigma = std::sqrt(std::log1p(cv * cv));
    for (Stratum one : length_strata(1, std::exp(1.6448536269514722 * sigma - 0.5 * sigma * sigma))) around.push_back({one.share * output.share, one.value});
  }
  LogHistogram cells;
  for (const Bin& bin : bins_of(states)) {
    const double served = std::min<double>(bin.number, r.limit), step = seen(bin.number);
    for (const Stratum& one : around) cells.add(step * one.value, served * bin.share * one.share);
  }
  cells.each([&](double value, double weight) { tpot.add(value, weight); });
}

/// Share of the roofline in use while there is work.
double busy_of(const Replica& r, double in_service, double step, double load) {
  const double prefill = std::min(load * step * fresh_of(r, r.input), budget_of(r, in_service));
  return step_time(r.placement, in_service, context_of(r), prefill, prompt_context(r, r.input)).busy();
}

Operating operate_tokens(const Replica& r, double load) {
  Operating out;
  const PromptSteps::Curve curve = r.prompts.curve(load);
  const auto step_at = [&](double n) { return at(curve.seconds, n); };
  const double steps = std::max(r.output, 1.0);
  const Service service = service_of(r.limit, [&](int n) { return n / (steps * step_at(n)); });
  out.highest_per_s = service.highest;
  const std::vector<double> states = birth_death(load, service.rates);
  double mean_step = 0, in_service = 0;
  for (std::size_t n = 1; n < states.size(); ++n) {
    const double served = std::min<double>(static_cast<double>(n), r.limit);
    in_service += served * states[n];
    mean_step += served * states[n] * step_at(served);
  }
  out.batch = in_service;
  mean_step = in_service > 1e-12 ? mean_step / in_service : step_at(1);
  const auto seen = [&](double n) {
    return mean_step + spread_over_life * (step_at(std::clamp(n, 1.0, static_cast<double>(r.limit))) - mean_step);
  };
  add_tpot(r, states, at(curve.deviation, in_service) / std::max(step_at(in_service), 1e-12), seen, out.tpot);
  const double mean_at = step_at(in_service);
  const std::vector<PromptSteps::Point> idle = r.prompts.alone(), busy = r.prompts.first_token(in_service, load);
  const double outside = r.round_trip_s + r.placement.engine.front_end_s;
  LogHistogram ttft;
  for (const Bin& bin : bins_of(states)) {
    const double n = std::min<double>(bin.number, r.limit), step = step_at(n);
    // A request that finds every slot taken waits for as many to leave as are before it, and itself.
    const double slot = bin.number >= r.limit ? (bin.number - r.limit + 1) / service.highest : 0;
    const std::vector<PromptSteps::Point>& points = n < 0.5 ? idle : busy;
    const double stretch = n < 0.5 ? 1 : step / mean_at;
    add_ttft(points, bin.share, slot, stretch, ttft);
    add_e2e(r, bin.share, outside + slot + stretch * mean_of(points), seen(bin.number + 1), out.e2e);
  }
  ttft.each([&](double value, double weight) { out.ttft.add(outside + value, weight); });
  out.busy = (1 - states[0]) * busy_of(r, in_service, mean_step, load);
  out.saturated = curve.overloaded || load >= service.highest;
  return out;
}

Operating operate_batches(const Replica& r, double load) {
  Operating out;
  const auto time_of = [&](double n) {
    const std::size_t i = static_cast<std::size_t>(std::clamp(std::ceil(n), 1.0, static_cast<double>(r.limit))) - 1;
    return r.batch_s[i];
  };
  const Service service = service_of(r.limit, [&](int n) { return n / r.batch_s[static_cast<std::size_t>(n) - 1]; });
  out.highest_per_s = service.highest;
  const std::vector<double> states = birth_death(load, service.rates);
  for (std::size_t n = 1; n < states.size(); ++n) out.batch += std::min<double>(static_cast<double>(n), r.limit) * states[n];
  for (const Bin& bin : bins_of(states)) {
    // The batch under way ends, whole batches before this request run, then its own.
    const double under_way = bin.number > 0 ? std::min(bin.number, 1.0) * time_of(bin.number) : 0;
    const double before = std::floor(bin.number / r.limit) * r.batch_s.back();
    const double own = time_of(std::fmod(bin.number, r.limit) + 1);
    for (const double residual : {0.25, 0.75}) {
      const double value = r.round_trip_s + r.placement.engine.front_end_s + residual * under_way + before + own;
      out.e2e.add(value, 0.5 * bin.share);
      out.ttft.add(value, 0.5 * bin.share);
    }
  }
  const StepTime typical = batch_time(r.placement, std::max(out.batch, 1.0), r.input + r.output);
  out.busy = (1 - states[0]) * typical.busy();
  out.saturated = load >= service.highest;
  return out;
}

/// What is missing or does not make sense; empty when nothing is.
std::string check(const CurveQuery& q, const Placement& p, bool tokens) {
  const Accelerator& a = q.accelerator;
  const auto positive = [](double v) { return std::isfinite(v) && v > 0; };
  if (!positive(a.memory_bytes) || !positive(a.bandwidth_bytes_per_s)) return "the accelerator's memory or bandwidth is not known";
  if (!positive(a.bf16_flops)) return "the accelerator's bf16 FLOP/s are not known";
  if (!positive(p.size.parameters)) return "the model's size is not known";
  for (const double v : {q.shape.input_mean_tokens, q.shape.output_mean_tokens, q.round_trip_s, q.model.flops_per_request})
    if (!std::isfinite(v) || v < 0) return "a figure of the request is negative or not a number";
  if (tokens && (q.model.layers <= 0 || !positive(p.size.kv_full + p.size.kv_window))) return "the model's architecture is not known";
  if (!tokens && !positive(q.model.flops_per_request) && !positive(q.shape.input_mean_tokens + q.shape.output_mean_tokens))
    return "neither the model's FLOPs per request nor the tokens of a request are known";
  const double longest = q.shape.input_mean_tokens + q.shape.output_mean_tokens;
  if (q.model.max_context_tokens > 0 && longest > q.model.max_context_tokens)
    return fmt::format("a mean request has {:.0f} tokens, the model's context {}", longest, q.model.max_context_tokens);
  return {};
}

void limit_by_memory(Replica& r, int most) {
  const double room = r.placement.kv_capacity_bytes();
  const double gib = 1024.0 * 1024 * 1024;
  if (room <= 0) {
    const double need = r.placement.weight_bytes(), have = need + room;
    r.problem = fmt::format("weights of {:.1f} GiB do not fit in {:.1f} GiB of usable memory", need / gib, have / gib);
    return;
  }
  r.limit = std::max(most, 1);
  if (!r.tokens) return;
  const double whole = r.placement.kv_bytes_per_sequence(r.input + r.output);
  if (whole > room) {
    r.problem = fmt::format("the KV cache of one request needs {:.1f} GiB, {:.1f} GiB are left", whole / gib, room / gib);
    return;
  }
  // Requests are spread over their lives: on average half of the output is there.
  r.kv_limit = room / r.placement.kv_bytes_per_sequence(context_of(r));
  r.limit = std::max(1, static_cast<int>(std::min<double>(r.limit, r.kv_limit)));
}

}  // namespace

Replica make_replica(const CurveQuery& q, int tensor_parallel) {
  Replica r;
  const auto capped = [](double v) { return std::isfinite(v) ? std::clamp(v, 0.0, 1e9) : 0.0; };
  const Precision precision = q.precision.value_or(q.model.native_precision);
  r.placement = {q.model, size_of(q.model), q.accelerator, precision, std::max(tensor_parallel, 1), q.engine};
  r.tokens = q.model.kind == ModelKind::decoder && q.shape.output_mean_tokens > 0;
  r.problem = check(q, r.placement, r.tokens);
  if (!r.problem.empty()) return r;
  r.input = capped(q.shape.input_mean_tokens);
  r.output = capped(q.shape.output_mean_tokens);
  r.cached = r.input * (std::isfinite(q.shape.prefix_hit) ? std::clamp(q.shape.prefix_hit, 0.0, 1.0) : 0.0);
  r.inputs = length_strata(r.input, q.shape.input_p95_tokens);
  r.outputs = length_strata(r.output, q.shape.output_p95_tokens);
  r.round_trip_s = q.round_trip_s;
  limit_by_memory(r, std::min(r.tokens ? q.max_sequences : q.engine.max_batch, 4096));
  if (!r.problem.empty()) return r;
  if (r.tokens) {
    const double context = context_of(r), seen = prompt_context(r, r.input);
    std::vector<Stratum> fresh = r.inputs;
    for (Stratum& s : fresh) s.value = fresh_of(r, s.value);
    r.prompts = PromptSteps([&](double n, double p) { return step_time(r.placement, n, context, p, seen).total_s; }, std::move(fresh), r.limit, q.engine.max_batched_tokens);
    return r;
  }
  for (int b = 1; b <= r.limit; ++b) r.batch_s.push_back(batch_time(r.placement, b, r.input + r.output).total_s);
  return r;
}

bool is_overloaded(const Replica& r, double load_per_s) {
  if (!r.tokens) return load_per_s > highest_utilisation * r.limit / r.batch_s.back();
  const PromptSteps::Curve curve = r.prompts.curve(load_per_s);
  return curve.overloaded || load_per_s > highest_utilisation * r.limit / (std::max(r.output, 1.0) * curve.seconds.back());
}

Operating operate(const Replica& replica, double load_per_s) {
  const double load = std::isfinite(load_per_s) ? std::max(load_per_s, 0.0) : 0.0;
  return replica.tokens ? operate_tokens(replica, load) : operate_batches(replica, load);
}

}  // namespace tonnage::capacity
