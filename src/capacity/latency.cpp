#include "latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tonnage::capacity {
namespace {

/// Over a service time, the number in an M/M/infinity system is correlated as exp(-t): its average over that time has
/// the variance 2 / e of a single look, so a request sees 0.858 of the spread.
constexpr double spread_over_life = 0.8577638849607068;

/// Waiting places beside the batch.
int queue_places(int limit) { return std::clamp(limit, 64, 256); }

/// Step time by the number of sequences, 0 to the limit; linear in between.
struct StepCurve {
  std::vector<double> seconds;
  bool overloaded = false;  ///< prompts arrive faster than the largest batch takes them in

  double at(double n) const {
    const std::size_t low = std::min(static_cast<std::size_t>(std::max(n, 0.0)), seconds.size() - 1);
    const std::size_t high = std::min(low + 1, seconds.size() - 1);
    return seconds[low] + std::min(n - static_cast<double>(low), 1.0) * (seconds[high] - seconds[low]);
  }
};

double context_of(const Replica& r) { return r.input + 0.5 * r.output; }
double fresh_of(const Replica& r, double input) { return r.input > 0 ? input * (1 - r.cached / r.input) : 0.0; }
double prompt_context(const Replica& r, double input) { return input - 0.5 * fresh_of(r, input); }

double budget_of(const Replica& r, double sequences) { return std::max(1.0, r.placement.engine.max_batched_tokens - sequences); }

/// Step time with n sequences while prompts arrive at `load`: each step takes in the prompt tokens that came during one
/// step (work conservation), T = f(n, load x T x tokens). Fixed point from `guess`, which is
/// not above it, by Steffensen's method.
double loaded_step(const Replica& r, double n, double load, double guess, bool& overloaded) {
  const double fresh = fresh_of(r, r.input), seen = prompt_context(r, r.input), context = context_of(r), budget = budget_of(r, n);
  const auto next = [&](double t) {
    return step_time(r.placement, n, context, std::min(load * t * fresh, budget), seen).total_s;
  };
  double t = next(guess);
  for (int i = 0; i < 8; ++i) {
    const double t1 = next(t), t2 = next(t1), slope = t1 > t ? (t2 - t1) / (t1 - t) : 0;
    const double jump = slope < 0.99 ? t1 + (t2 - t1) / (1 - slope) : t2;
    const double last = t;
    t = std::max(jump, t2);
    if (load * t * fresh >= budget) {
      overloaded = true;
      return next(t);
    }
    if (std::abs(t - last) <= 1e-6 * t) break;
  }
  return t;
}

/// Evaluated at numbers a factor 1.3 apart, linear between them.
StepCurve step_curve(const Replica& r, double load) {
  StepCurve curve;
  curve.seconds.assign(1, loaded_step(r, 0, load, 0, curve.overloaded));
  for (int n = 0; n < r.limit;) {
    const int next = std::min(r.limit, std::max(n + 1, static_cast<int>(n * 1.3)));
    const double from = curve.seconds.back(), to = loaded_step(r, next, load, from, curve.overloaded);
    for (int k = n + 1; k <= next; ++k) curve.seconds.push_back(from + (to - from) * (k - n) / (next - n));
    n = next;
  }
  return curve;
}

/// Time in which a prompt is taken in beside n sequences, in chunks of the batch's token limit.
double prefill_s(const Replica& r, double n, double input) {
  const double fresh = std::max(fresh_of(r, input), 1.0), budget = budget_of(r, n);
  const double context = context_of(r), seen = prompt_context(r, input);
  const double whole = std::floor(fresh / budget), rest = fresh - whole * budget;
  double sum = whole > 0 ? whole * step_time(r.placement, n, context, budget, seen).total_s : 0;
  if (rest > 0) sum += step_time(r.placement, n, context, rest, seen).total_s;
  return sum;
}

/// A range of states of the chain taken together.
struct Bin {
  double share = 0, number = 0;
};

/// Merges states up to about 3 % of the probability each, finer in the upper tail. The last state is left out: arrivals
/// that find the system full are turned away.
std::vector<Bin> bins_of(const std::vector<double>& states) {
  std::vector<Bin> bins;
  Bin bin;
  double left = 1;
  for (std::size_t n = 0; n + 1 < states.size(); ++n) {
    bin.share += states[n];
    bin.number += states[n] * static_cast<double>(n);
    left -= states[n];
    const double most = left < 0.03 ? 0.004 : 0.03;
    if (bin.share < most && n + 2 < states.size()) continue;
    if (bin.share > 1e-12) bins.push_back({bin.share, bin.number / bin.share});
    bin = {};
  }
  return bins;
}

/// Prompts as M/G/1 customers of the step's spare time (Pollaczek-Khinchine): chance of having to wait, mean wait then.
struct PromptQueue {
  double chance = 0, wait_s = 0;
  std::vector<double> own_s;  ///< by stratum of the input
};

PromptQueue prompt_queue(const Replica& r, double n, double load) {
  PromptQueue queue;
  const double alone = step_time(r.placement, n, context_of(r), 0, 0).total_s;
  double first = 0, second = 0;
  for (const Stratum& input : r.inputs) {
    queue.own_s.push_back(prefill_s(r, n, input.value));
    const double extra = std::max(queue.own_s.back() - alone, 0.0);
    first += input.share * extra;
    second += input.share * extra * extra;
  }
  queue.chance = std::min(load * first, 0.999);
  queue.wait_s = first > 0 ? second / (2 * first * (1 - queue.chance)) : 0;
  return queue;
}

void add_ttft(const Replica& r, const PromptQueue& queue, double share, double base, double step, WeightedPoints& ttft) {
  for (std::size_t i = 0; i < r.inputs.size(); ++i)
    for (const double residual : {0.25, 0.75}) {
      const double value = base + queue.own_s[i] + residual * step, weight = 0.5 * share * r.inputs[i].share;
      ttft.add(value, weight * (1 - queue.chance));
      for (const Stratum& e : exponential_strata()) ttft.add(value + queue.wait_s * e.value, weight * queue.chance * e.share);
    }
}

void add_e2e(const Replica& r, const PromptQueue& queue, double share, double base, double tpot, WeightedPoints& e2e) {
  for (std::size_t i = 0; i < r.inputs.size(); ++i)
    for (const Stratum& output : r.outputs)
      e2e.add(base + queue.own_s[i] + queue.chance * queue.wait_s + std::max(output.value - 1, 0.0) * tpot,
              share * r.inputs[i].share * output.share);
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

/// Tokens see a state as often as it has sequences; an idle replica has the TPOT of a lone request.
template <class Seen>
void add_tpot(const Replica& r, const std::vector<double>& states, Seen&& seen, WeightedPoints& tpot) {
  if (r.output <= 1) return;
  tpot.add(seen(1), 1e-15);
  for (std::size_t n = 1; n < states.size(); ++n) {
    const double number = static_cast<double>(n);
    tpot.add(seen(number), std::min<double>(number, r.limit) * states[n]);
  }
}

/// Share of the roofline in use while there is work.
double busy_of(const Replica& r, double in_service, double step, double load) {
  const double prefill = std::min(load * step * fresh_of(r, r.input), budget_of(r, in_service));
  return step_time(r.placement, in_service, context_of(r), prefill, prompt_context(r, r.input)).busy();
}

Operating operate_tokens(const Replica& r, double load) {
  Operating out;
  const StepCurve curve = step_curve(r, load);
  const double steps = std::max(r.output, 1.0);
  const Service service = service_of(r.limit, [&](int n) { return n / (steps * curve.at(n)); });
  out.highest_per_s = service.highest;
  const std::vector<double> states = birth_death(load, service.rates);
  double mean_step = 0, in_service = 0;
  for (std::size_t n = 1; n < states.size(); ++n) {
    const double served = std::min<double>(static_cast<double>(n), r.limit);
    in_service += served * states[n];
    mean_step += served * states[n] * curve.at(served);
  }
  out.batch = in_service;
  mean_step = in_service > 1e-12 ? mean_step / in_service : curve.at(1);
  const auto seen = [&](double n) {
    return mean_step + spread_over_life * (curve.at(std::clamp(n, 1.0, static_cast<double>(r.limit))) - mean_step);
  };
  add_tpot(r, states, seen, out.tpot);
  const PromptQueue queue = prompt_queue(r, in_service, load);
  const double mean_at = curve.at(in_service);
  for (const Bin& bin : bins_of(states)) {
    const double n = std::min<double>(bin.number, r.limit), step = curve.at(n);
    // A request that finds every slot taken waits for as many to leave as are before it, and itself.
    const double slot = bin.number >= r.limit ? (bin.number - r.limit + 1) / service.highest : 0;
    const double base = r.round_trip_s + r.placement.engine.front_end_s + slot + (step - mean_at);
    const double residual = n > 0 ? std::min(n, 1.0) * step : 0;
    add_ttft(r, queue, bin.share, base, residual, out.ttft);
    add_e2e(r, queue, bin.share, base + 0.5 * residual, seen(bin.number + 1), out.e2e);
  }
  out.busy = (1 - states[0]) * busy_of(r, in_service, mean_step, load);
  out.saturated = curve.overloaded || load >= service.highest || queue.chance >= 0.999;
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
  if (!r.problem.empty() || r.tokens) return r;
  for (int b = 1; b <= r.limit; ++b) r.batch_s.push_back(batch_time(r.placement, b, r.input + r.output).total_s);
  return r;
}

bool is_overloaded(const Replica& r, double load_per_s) {
  bool overloaded = false;
  const double highest = r.tokens ? r.limit / (std::max(r.output, 1.0) * loaded_step(r, r.limit, load_per_s, 0, overloaded))
                                  : r.limit / r.batch_s.back();
  return overloaded || load_per_s > highest_utilisation * highest;
}

Operating operate(const Replica& replica, double load_per_s) {
  const double load = std::isfinite(load_per_s) ? std::max(load_per_s, 0.0) : 0.0;
  return replica.tokens ? operate_tokens(replica, load) : operate_batches(replica, load);
}

}  // namespace tonnage::capacity
