#include "latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "gated_prompts.hpp"

namespace tonnage::capacity {
namespace {

/// How much of the spread of the number in service a request sees, averaged over its life: that number is correlated as
/// exp(-r t) over service times t, with r = 1 - slope for a service time that grows with the number by `slope` (r = 1 is
/// M/M/infinity). The average over a life then has the variance 2 (r - 1 + exp(-r)) / r^2 of a single look.
double spread_over_life(double slope) {
  const double r = std::clamp(1 - slope, 0.05, 1.0);
  return std::sqrt(2 * (r - 1 + std::exp(-r))) / r;
}

/// Most prompts that are looked at in one step.
constexpr int most_prompts = 24;

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

/// Steps with n sequences into which 0, 1, 2, ... prompts fall. A step with a prompt costs more than its share of many, a
/// long one more than several short ones (compute and memory overlap within a step, not between steps). A prompt above the
/// budget fills whole steps and leaves a rest.
StepsAt steps_at(const Replica& r, int n) {
  const double context = context_of(r), seen = prompt_context(r, r.input), budget = budget_of(r, n);
  const auto with = [&](double tokens) { return r.cost->at(n, context, std::min(tokens, budget), seen).total_s; };
  double tokens = 0, single = 0;
  StepsAt at;
  at.sequences = n, at.budget = budget;
  for (const Stratum& input : r.inputs) {
    const double fresh = std::max(fresh_of(r, input.value), 1.0), whole = std::floor(fresh / budget), rest = fresh - whole * budget;
    tokens += input.share * fresh;
    at.chunks += input.share * (whole + (rest > 0 ? 1 : 0));
    single += input.share * ((whole > 0 ? whole * with(budget) : 0) + (rest > 0 ? with(rest) : 0));
  }
  at.chunk = tokens / at.chunks;
  at.uneven = single / at.chunks - with(at.chunk);
  for (int k = 0; k <= most_prompts; ++k) {
    at.seconds.push_back(with(k * at.chunk));
    if (k > 0 && k * at.chunk >= budget) break;
  }
  return at;
}

/// Mean time of such a step when `prompts` prompts fall into it on average: their number is Poisson.
double mean_step(const Replica& r, const StepsAt& at, double prompts) {
  const double mean = prompts * at.chunks;
  if (mean > 6) return r.cost->at(at.sequences, context_of(r), std::min(mean * at.chunk, at.budget), prompt_context(r, r.input)).total_s;
  double sum = 0, left = 1, chance = std::exp(-mean);
  for (int k = 0; k <= most_prompts; ++k) {
    const bool last = k == most_prompts || left - chance < 1e-4 || (k > 0 && k * at.chunk >= at.budget);
    const double seconds = at.seconds[static_cast<std::size_t>(k)] + (k > 0 ? at.uneven / k : 0);
    sum += (last ? left : chance) * seconds;
    if (last) break;
    left -= chance;
    chance *= mean / (k + 1);
  }
  return sum;
}

/// Step time with n sequences while prompts arrive at `load`: each step takes in the prompts that came during one step
/// (work conservation), T = mean_step(n, load x T). Fixed point from `guess`, which is not above it, by Steffensen's
/// method.
double loaded_step(const Replica& r, const StepsAt& at, double load, double guess, bool& overloaded) {
  const double fresh = fresh_of(r, r.input);
  const auto next = [&](double t) { return mean_step(r, at, load * t); };
  double t = next(guess);
  for (int i = 0; i < 8; ++i) {
    const double t1 = next(t), t2 = next(t1), slope = t1 > t ? (t2 - t1) / (t1 - t) : 0;
    const double jump = slope < 0.99 ? t1 + (t2 - t1) / (1 - slope) : t2;
    const double last = t;
    t = std::max(jump, t2);
    if (load * t * fresh >= at.budget) {
      overloaded = true;
      return next(t);
    }
    if (std::abs(t - last) <= 1e-6 * t) break;
  }
  return t;
}

/// At numbers a factor 1.3 apart, from none to the limit.
std::vector<StepsAt> steps_of(const Replica& r) {
  std::vector<StepsAt> steps{steps_at(r, 0)};
  for (int n = 0; n < r.limit;) {
    n = std::min(r.limit, std::max(n + 1, static_cast<int>(n * 1.3)));
    steps.push_back(steps_at(r, n));
  }
  return steps;
}

/// Evaluated at those numbers, linear between them.
StepCurve step_curve(const Replica& r, double load) {
  StepCurve curve;
  curve.seconds.assign(1, loaded_step(r, r.steps.front(), load, 0, curve.overloaded));
  for (std::size_t i = 1; i < r.steps.size(); ++i) {
    const int n = r.steps[i - 1].sequences, next = r.steps[i].sequences;
    const double from = curve.seconds.back(), to = loaded_step(r, r.steps[i], load, from, curve.overloaded);
    for (int k = n + 1; k <= next; ++k) curve.seconds.push_back(from + (to - from) * (k - n) / (next - n));
  }
  return curve;
}

/// Time in which a prompt is taken in beside n sequences, in chunks of the batch's token limit.
double prefill_s(const Replica& r, double n, double input) {
  const double fresh = std::max(fresh_of(r, input), 1.0), budget = budget_of(r, n);
  const double context = context_of(r), seen = prompt_context(r, input);
  const double whole = std::floor(fresh / budget), rest = fresh - whole * budget;
  double sum = whole > 0 ? whole * r.cost->at(n, context, budget, seen).total_s : 0;
  if (rest > 0) sum += r.cost->at(n, context, rest, seen).total_s;
  return sum;
}

/// A range of states of the chain taken together.
struct Bin {
  double share = 0, number = 0;
  int place = 0;              ///< which range it is
};

/// Takes states together whose numbers are within 6 %: always the same ones, so that figures move smoothly with the load. The
/// last state is left out: arrivals that find the system full are turned away.
std::vector<Bin> bins_of(const std::vector<double>& states) {
  std::vector<Bin> bins;
  int place = 0;
  for (std::size_t n = 0; n + 1 < states.size(); ++place) {
    const std::size_t next = std::min(n + 1 + n / 16, states.size() - 1);
    Bin bin;
    for (; n < next; ++n) bin.share += states[n], bin.number += states[n] * static_cast<double>(n);
    if (bin.share > 1e-9) bins.push_back({bin.share, bin.number / bin.share, place});
  }
  return bins;
}

/// Prompts in a queue by size, as a token sees them: the longer, the more tokens are in them. Three classes: what a long one
/// does to those behind it is in the tail of their waits.
std::vector<Stratum> queued_sizes(const Replica& r) {
  std::vector<Stratum> classes;
  const std::size_t ends[] = {2, 3, r.inputs.size()};
  std::size_t i = 0;
  for (const std::size_t end : ends) {
    Stratum sum{0, 0};
    for (; i < std::min(end, r.inputs.size()); ++i) sum.share += r.inputs[i].share * r.inputs[i].value, sum.value += r.inputs[i].share * r.inputs[i].value * r.inputs[i].value;
    if (sum.share > 0) classes.push_back({sum.share / r.input, sum.value / sum.share});
  }
  if (classes.empty()) classes.push_back({1, r.input});
  return classes;
}

struct PromptWaits {
  std::vector<Stratum> seconds;         ///< of all prompts, from arrival to the end of the last chunk
  std::vector<Stratum> idle;            ///< the same when the engine is idle
  std::vector<double> mean_s;           ///< by stratum of the input
  double saturation = 0;
};

PromptWaits prompt_waits(const Replica& r, double n, double load) {
  PromptWaits waits;
  waits.mean_s.assign(r.inputs.size(), 0.0);
  const double budget = budget_of(r, n), mean_fresh = std::max(fresh_of(r, r.input), 1.0);
  std::vector<double> own_s;
  for (const Stratum& input : r.input_lengths) own_s.push_back(prefill_s(r, n, input.value));
  WeightedPoints all;
  for (const Stratum& size : queued_sizes(r)) {
    const double fresh = std::max(fresh_of(r, size.value), 1.0), typical = prefill_s(r, n, size.value);
    const GatedPrompts gated(fresh, budget, load * mean_fresh / fresh, [&](double tokens) {
      return r.cost->at(n, context_of(r), std::min(tokens, budget), prompt_context(r, r.input)).total_s;
    });
    waits.saturation = std::max(waits.saturation, gated.saturation());
    double mean = 0;
    for (const Stratum& wait : gated.waits()) {
      mean += wait.value * wait.share;
      for (std::size_t i = 0; i < own_s.size(); ++i)
        all.add(std::max(wait.value + own_s[i] - typical, 0.0), size.share * r.input_lengths[i].share * wait.share);
    }
    for (std::size_t i = 0; i < r.inputs.size(); ++i) waits.mean_s[i] += size.share * (mean + prefill_s(r, n, r.inputs[i].value) - typical);
  }
  waits.seconds = all.strata();
  for (const Stratum& input : r.input_lengths) waits.idle.push_back({input.share, prefill_s(r, 0, input.value)});
  return waits;
}

/// A request that begins in a state: when, but for its prompt, and how fast it decodes.
struct Begin {
  double share = 0, base_s = 0, tpot_s = 0;
  int place = 0;              ///< 0: finds the engine idle
};

/// Neighbouring states are alike: where lengths spread, a third of them is enough.
std::vector<Begin> fewer(const std::vector<Begin>& begins, bool spread) {
  if (!spread) return begins;
  std::vector<Begin> out;
  for (const Begin& begin : begins) {
    const int place = (begin.place + 2) / 3;
    if (out.empty() || out.back().place != place) out.push_back({0, 0, 0, place});
    Begin& sum = out.back();
    sum.share += begin.share, sum.base_s += begin.share * begin.base_s, sum.tpot_s += begin.share * begin.tpot_s;
  }
  for (Begin& b : out) b.base_s /= b.share, b.tpot_s /= b.share;
  return out;
}

void add_ttft(const PromptWaits& waits, const std::vector<Begin>& begins, WeightedPoints& ttft) {
  ttft.reserve(begins.size() * waits.seconds.size() + waits.idle.size());
  for (const Begin& begin : begins)
    for (const Stratum& wait : begin.place == 0 ? waits.idle : waits.seconds) ttft.add(begin.base_s + wait.value, begin.share * wait.share);
}

void add_e2e(const Replica& r, const PromptWaits& waits, const std::vector<Begin>& begins, WeightedPoints& e2e) {
  const auto [least, most] = std::minmax_element(waits.mean_s.begin(), waits.mean_s.end());
  double mean = 0;
  for (std::size_t i = 0; i < r.inputs.size(); ++i) mean += r.inputs[i].share * waits.mean_s[i];
  e2e.reserve(begins.size() * r.output_lengths.size());
  for (const Begin& begin : begins) {
    const bool alike = *most - *least < 0.04 * begin.tpot_s * r.output;  // next to nothing beside the answers
    for (std::size_t i = 0; i < (alike ? 1 : r.inputs.size()); ++i)
      for (const Stratum& output : r.output_lengths)
        e2e.add(begin.base_s + (alike ? mean : waits.mean_s[i]) + std::max(output.value - 1, 0.0) * begin.tpot_s,
                begin.share * (alike ? 1 : r.inputs[i].share) * output.share);
  }
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

/// Tokens see a state as often as it has sequences; an idle replica has the TPOT of a lone request. The prompts that happen to
/// come during a request's steps spread its TPOT (Poisson, `second_s2` the mean square of what one adds), the more the fewer
/// tokens it has: log-normal around the mean, by stratum of the output.
template <class Seen>
void add_tpot(const Replica& r, const std::vector<Bin>& bins, Seen&& seen, double load, double second_s2, WeightedPoints& tpot) {
  if (r.output <= 1) return;
  tpot.add(seen(1), 1e-15);
  for (const Bin& bin : bins) {
    if (bin.number < 0.5) continue;
    const double mean = seen(bin.number), weight = std::min<double>(bin.number, r.limit) * bin.share;
    for (const Stratum& output : r.outputs) {
      const double steps = std::max(output.value - 1, 1.0), cv = std::sqrt(load * mean * second_s2 / steps) / mean;
      for (const Stratum& around : log_normal_strata(std::sqrt(std::log1p(cv * cv)))) tpot.add(mean * around.value, weight * output.share * around.share);
    }
  }
}

/// Mean square of the time that a prompt adds to the steps of others.
double prompt_second_s2(const Replica& r, double n) {
  const double alone = r.cost->at(n, context_of(r), 0, 0).total_s;
  double second = 0;
  for (const Stratum& input : r.inputs) second += input.share * std::pow(std::max(prefill_s(r, n, input.value) - alone, 0.0), 2);
  return second;
}

/// Share of the roofline in use while there is work.
double busy_of(const Replica& r, double in_service, double step, double load) {
  const double prefill = std::min(load * step * fresh_of(r, r.input), budget_of(r, in_service));
  return r.cost->at(in_service, context_of(r), prefill, prompt_context(r, r.input)).busy();
}

/// Requests by the state in which they begin.
template <class Seen>
std::vector<Begin> begins_of(const Replica& r, const std::vector<Bin>& bins, const StepCurve& curve, Seen&& seen, double highest, double mean_at) {
  std::vector<Begin> begins;
  const EngineConstants& engine = r.placement.engine;
  for (const Bin& bin : bins) {
    const double n = std::min<double>(bin.number, r.limit), step = curve.at(n);
    // A request that finds every slot taken waits for as many to leave as are before it, and itself.
    const double slot = bin.number >= r.limit ? (bin.number - r.limit + 1) / highest : 0;
    const double host = engine.front_end_s + (engine.front_end_token_s + 1e-3 * engine.front_end_serial_s) * r.input + engine.output_delay_steps * step;
    begins.push_back({bin.share, r.round_trip_s + host + slot + (step - mean_at), seen(bin.number + 1), bin.place});
  }
  return begins;
}

Operating operate_tokens(const Replica& r, double load, const Wanted& wanted) {
  Operating out;
  const StepCurve curve = step_curve(r, load);
  const double steps = std::max(r.output, 1.0);
  const Service service = service_of(r.limit, [&](int n) { return n / (steps * curve.at(n)); });
  out.highest_per_s = service.highest;
  const std::vector<double> states = birth_death(load, service.rates);
  const std::vector<Bin> bins = bins_of(states);
  double mean_step = 0, in_service = 0;
  for (std::size_t n = 1; n < states.size(); ++n) {
    const std::size_t served = std::min(n, static_cast<std::size_t>(r.limit));
    in_service += static_cast<double>(served) * states[n];
    mean_step += static_cast<double>(served) * states[n] * curve.seconds[served];
  }
  out.batch = in_service;
  mean_step = in_service > 1e-12 ? mean_step / in_service : curve.at(1);
  const double slope = load * steps * 0.5 * (curve.at(in_service + 1) - curve.at(std::max(in_service - 1, 0.0)));
  const double spread = spread_over_life(slope);
  const auto seen = [&](double n) {
    return mean_step + spread * (curve.at(std::clamp(n, 1.0, static_cast<double>(r.limit))) - mean_step);
  };
  if (wanted.tpot) add_tpot(r, bins, seen, load, prompt_second_s2(r, in_service), out.tpot);
  const PromptWaits waits = prompt_waits(r, in_service, load);
  const double mean_at = curve.at(in_service);
  std::vector<Begin> begins = begins_of(r, bins, curve, seen, service.highest, mean_at);
  if (wanted.e2e) add_e2e(r, waits, fewer(begins, r.output_lengths.size() > 1), out.e2e);
  // The wait for a step's end is not there when the engine is idle.
  if (!begins.empty() && begins.front().place == 0) begins.front().base_s += mean_at - curve.at(bins.front().number);
  if (wanted.ttft) add_ttft(waits, fewer(begins, true), out.ttft);
  out.busy = (1 - states[0]) * busy_of(r, in_service, mean_step, load);
  out.saturated = curve.overloaded || load >= service.highest || waits.saturation >= 1;
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

Replica make_replica(const CurveQuery& q, const Layout& layout) {
  Replica r;
  const auto capped = [](double v) { return std::isfinite(v) ? std::clamp(v, 0.0, 1e9) : 0.0; };
  const Precision precision = q.precision.value_or(q.model.native_precision);
  r.placement.model = q.model;
  r.placement.size = size_of(q.model);
  r.placement.accelerator = q.accelerator;
  r.placement.precision = precision;
  r.placement.layout = layout;
  r.placement.engine = q.engine;
  r.cost.emplace(r.placement);
  r.tokens = has_output_tokens(q);
  r.problem = check(q, r.placement, r.tokens);
  if (!r.problem.empty()) return r;
  r.input = capped(q.shape.input_mean_tokens);
  r.output = capped(q.shape.output_mean_tokens);
  r.cached = r.input * (std::isfinite(q.shape.prefix_hit) ? std::clamp(q.shape.prefix_hit, 0.0, 1.0) : 0.0);
  r.inputs = length_strata(r.input, q.shape.input_p95_tokens);
  r.outputs = length_strata(r.output, q.shape.output_p95_tokens);
  r.input_lengths = medium_length_strata(r.input, q.shape.input_p95_tokens);
  r.output_lengths = fine_length_strata(r.output, q.shape.output_p95_tokens);
  r.round_trip_s = q.round_trip_s;
  limit_by_memory(r, std::min(r.tokens ? q.max_sequences : q.engine.max_batch, 4096));
  if (!r.problem.empty()) return r;
  if (r.tokens) {
    r.steps = steps_of(r);
    return r;
  }
  for (int b = 1; b <= r.limit; ++b) r.batch_s.push_back(batch_time(r.placement, b, r.input + r.output).total_s);
  return r;
}

bool is_overloaded(const Replica& r, double load_per_s) {
  bool overloaded = false;
  const double highest = r.tokens ? r.limit / (std::max(r.output, 1.0) * loaded_step(r, r.steps.back(), load_per_s, 0, overloaded))
                                  : r.limit / r.batch_s.back();
  return overloaded || load_per_s > highest_utilisation * highest;
}

Operating operate(const Replica& replica, double load_per_s, const Wanted& wanted) {
  const double load = std::isfinite(load_per_s) ? std::max(load_per_s, 0.0) : 0.0;
  return replica.tokens ? operate_tokens(replica, load, wanted) : operate_batches(replica, load);
}

}  // namespace tonnage::capacity
