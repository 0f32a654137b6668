#include "latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "batch_queue.hpp"
#include "loaded_steps.hpp"
#include "prompt_waits.hpp"
#include "tonnage/capacity/simulation.hpp"

namespace tonnage::capacity {
namespace {

/// How much of the spread of the number in service a request sees, averaged over its life: that number is correlated as
/// exp(-r t) over service times t, with r = 1 - slope for a service time that grows with the number by `slope` (r = 1 is
/// M/M/infinity). The average over a life then has the variance 2 (r - 1 + exp(-r)) / r^2 of a single look.
double spread_over_life(double slope) {
  const double r = std::clamp(1 - slope, 0.05, 1.0);
  return std::sqrt(2 * (r - 1 + std::exp(-r))) / r;
}

/// Share of the minutes of a load that swings that may be beyond the highest throughput.
constexpr double rarest_minutes = 0.02;

/// Waiting places beside the batch.
int queue_places(int limit) { return std::clamp(limit, 64, 256); }

/// A range of states of the chain taken together.
struct Bin {
  double share = 0, number = 0;
  int place = 0;              ///< which range it is
};

/// One past the last state that has a share.
std::size_t end_of(std::span<const double> states) {
  std::size_t end = states.size();
  while (end > 0 && states[end - 1] == 0) --end;
  return end;
}

/// Takes states together whose numbers are within 6 %: always the same ones, so that figures move smoothly with the load. The
/// last state is left out: arrivals that find the system full are turned away.
std::vector<Bin> bins_of(std::span<const double> states) {
  std::vector<Bin> bins;
  int place = 0;
  const std::size_t end = std::min(end_of(states), states.size() - 1);
  for (std::size_t n = 0; n < end; ++place) {
    const std::size_t next = std::min(n + 1 + n / 16, end);
    Bin bin;
    for (; n < next; ++n) bin.share += states[n], bin.number += states[n] * static_cast<double>(n);
    if (bin.share > 1e-9) bins.push_back({bin.share, bin.number / bin.share, place});
  }
  return bins;
}

/// A request that begins in a state: when, but for its prompt, and how fast it decodes.
struct Begin {
  double share = 0, base_s = 0, tpot_s = 0;
  int place = 0;              ///< 0: finds no sequence that decodes
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

void add_ttft(const Replica& r, const PromptWaits& waits, const std::vector<Begin>& begins, WeightedPoints& ttft) {
  ttft.reserve((begins.size() + 1) * waits.seconds.size() + r.idle_prompts.size());
  const auto add = [&](const Begin& begin, const std::vector<Stratum>& seconds, double share) {
    for (const Stratum& wait : seconds) ttft.add(begin.base_s + wait.value, begin.share * share * wait.share);
  };
  for (const Begin& begin : begins) {
    if (begin.place == 0) add(begin, r.idle_prompts, waits.at_once), add(begin, waits.behind_s, 1 - waits.at_once);
    else add(begin, waits.seconds, 1);
  }
}

void add_e2e(const Replica& r, const PromptWaits& waits, const std::vector<Begin>& begins, WeightedPoints& e2e) {
  const auto [least, most] = std::minmax_element(waits.mean_s.begin(), waits.mean_s.end());
  e2e.reserve(begins.size() * r.output_lengths.size());
  for (const Begin& begin : begins) {
    const std::vector<double>& means = begin.place == 0 ? waits.alone_mean_s : waits.mean_s;
    const bool alike = *most - *least < 0.04 * begin.tpot_s * r.output;  // next to nothing beside the answers
    double mean = 0;
    for (std::size_t i = 0; i < r.inputs.size(); ++i) mean += r.inputs[i].share * means[i];
    for (std::size_t i = 0; i < (alike ? 1 : r.inputs.size()); ++i)
      for (const Stratum& output : r.output_lengths)
        e2e.add(begin.base_s + (alike ? mean : means[i]) + std::max(output.value - 1, 0.0) * begin.tpot_s,
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
  service.rates.reserve(static_cast<std::size_t>(states));
  for (int n = 1; n <= limit; ++n) service.rates.push_back(rate(n));
  service.highest = service.rates.back();
  service.rates.resize(static_cast<std::size_t>(states), service.highest);
  return service;
}

/// Tokens see a state as often as it has sequences; an idle replica has the TPOT of a lone request. The prompts that happen to
/// come during a request's steps spread its TPOT (Poisson, `second_s2` the mean square of what one adds), the more the fewer
/// tokens it has: log-normal around the mean, by stratum of the output. So do accepted drafts: the steps of L tokens have a coefficient
/// of variation of sqrt(v / (m L)) for m tokens a step with variance v (a renewal count).
template <class Seen>
void add_tpot(const Replica& r, const std::vector<Bin>& bins, Seen&& seen, double load, double second_s2, WeightedPoints& tpot) {
  if (r.output <= 1) return;
  tpot.add(seen(1), 1e-15);
  for (const Bin& bin : bins) {
    if (bin.number < 0.5) continue;
    const double mean = seen(bin.number), weight = std::min<double>(bin.number, r.limit) * bin.share;
    for (const Stratum& output : r.outputs) {
      const double steps = std::max((output.value - 1) / r.per_step, 1.0), step = mean * r.per_step;
      const double cv2 = load * second_s2 / (steps * step) + r.per_step_variance / (r.per_step * r.per_step * steps);
      for (const Stratum& around : log_normal_strata(std::sqrt(std::log1p(cv2)))) tpot.add(mean * around.value, weight * output.share * around.share);
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
    const double host = engine.front_end_s + engine.output_delay_steps * step;
    begins.push_back({bin.share, r.round_trip_s + host + slot + (step - mean_at), seen(bin.number + 1), bin.place});
  }
  return begins;
}

/// Peakedness of arrivals for services that hold `held` requests on average.
double peakedness_of(const Replica& r, double held) { return r.arrivals.poisson() ? 1 : r.arrivals.peakedness(held, r.overlap); }

/// Mean number in service that a load comes to if it does not vary: n = load x steps x T(n).
double steady_batch(const Replica& r, const StepCurve& curve, double load) {
  const double steps = steps_of_answer(r);
  double low = 0, high = r.limit;
  for (int i = 0; i < 30; ++i) {
    const double middle = 0.5 * (low + high);
    (load * steps * curve.lived_at(middle) > middle ? low : high) = middle;
  }
  return low;
}

Operating operate_tokens(const Replica& r, double load, const Wanted& wanted) {
  Operating out;
  const double steps = steps_of_answer(r);
  StepCurve curve = step_curve(r, {load, 1, steps});
  const double held = r.arrivals.poisson() ? 0 : steady_batch(r, curve, load), peakedness = peakedness_of(r, held);
  if (peakedness > 1) curve = step_curve(r, {load, peakedness, steps});
  // With everything in service answers end as fast as steps go: those that wait are there at any time.
  const Service service = service_of(r.limit, [&](int n) { return n / (steps * (n < r.limit ? curve.lived : curve.seconds)[static_cast<std::size_t>(n)]); });
  out.highest_per_s = service.highest;
  const BunchedChain chain = bunched_chain(load, peakedness, service.rates);
  const std::vector<double>& states = chain.states;
  const std::vector<Bin> bins = bins_of(states), arriving = peakedness == 1 ? bins : bins_of(chain.arrivals);
  double mean_step = 0, mean_lived = 0, in_service = 0;
  const std::size_t end = end_of(states);
  for (std::size_t n = 1; n < end; ++n) {
    const std::size_t served = std::min(n, static_cast<std::size_t>(r.limit));
    in_service += static_cast<double>(served) * states[n];
    mean_step += static_cast<double>(served) * states[n] * curve.seconds[served];
    mean_lived += static_cast<double>(served) * states[n] * curve.lived[served];
  }
  out.batch = in_service;
  mean_step = in_service > 1e-12 ? mean_step / in_service : curve.at(1);
  mean_lived = in_service > 1e-12 ? mean_lived / in_service : curve.lived_at(1);
  const double slope = load * steps * 0.5 * (curve.lived_at(in_service + 1) - curve.lived_at(std::max(in_service - 1, 0.0)));
  const double spread = spread_over_life(slope);
  const auto seen = [&](double n) {
    return (mean_lived + spread * (curve.lived_at(std::clamp(n, 1.0, static_cast<double>(r.limit))) - mean_lived)) / r.per_step;
  };
  const double uneven = r.arrivals.of_counts(std::max(held, load * mean_step));
  if (wanted.tpot) add_tpot(r, bins, seen, uneven * load, prompt_second_s2(r, in_service), out.tpot);
  if (std::any_of(wanted.tpot_limits.begin(), wanted.tpot_limits.end(), [&](const SloLimit& limit) { return !meets(out.tpot, limit); })) return out;
  const double mean_at = curve.at(in_service);
  std::vector<Begin> begins = begins_of(r, arriving, curve, seen, service.highest, mean_at);
  const PromptWaits waits = prompt_waits(r, in_service, load, !begins.empty() && begins.front().place == 0);
  // Without a sequence that decodes there is no step of theirs to wait for.
  if (!begins.empty() && begins.front().place == 0) begins.front().base_s += mean_at - curve.at(bins.front().number);
  if (wanted.e2e) add_e2e(r, waits, fewer(begins, r.output_lengths.size() > 1), out.e2e);
  if (wanted.ttft) add_ttft(r, waits, fewer(begins, true), out.ttft);
  out.busy = (1 - states[0]) * busy_of(r, in_service, mean_step, load);
  out.saturated = curve.overloaded || load >= service.highest || waits.saturation >= 1;
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

/// How requests come and how long they live beside each other.
void set_arrivals(const CurveQuery& q, Replica& r) {
  r.arrivals = Dispersion(q.arrivals.cv);
  const double swing = std::isfinite(q.arrivals.rate_cv) ? std::clamp(q.arrivals.rate_cv, 0.0, 3.0) : 0;
  r.rate_sigma = std::sqrt(std::log1p(swing * swing));
  r.per_step = tokens_per_step(q.speculation.tokens, q.speculation.acceptance);
  r.per_step_variance = tokens_per_step_variance(q.speculation.tokens, q.speculation.acceptance);
  if (r.arrivals.poisson() || !r.tokens) return;
  double shorter = 0;
  for (const Stratum& a : r.output_lengths)
    for (const Stratum& b : r.output_lengths) shorter += a.share * b.share * std::min(a.value, b.value);
  r.overlap = shorter / r.output;
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

Placement placement_of(const CurveQuery& q, const Layout& layout) {
  Placement p;
  p.model = q.model;
  p.size = size_of(q.model);
  p.accelerator = q.accelerator;
  p.precision = q.precision.value_or(q.model.native_precision);
  p.kv_precision = q.kv_precision;
  p.layout = layout;
  p.engine = q.engine;
  p.speculation = q.speculation;
  return p;
}

double figure(WeightedPoints& points, const SloLimit& limit) { return limit.percentile > 0 ? points.quantile(limit.percentile) : points.mean(); }

bool meets(WeightedPoints& points, const SloLimit& limit) { return points.empty() || !std::isfinite(limit.limit_s) || figure(points, limit) <= limit.limit_s; }

Replica make_replica(const CurveQuery& q, const Layout& layout) {
  Replica r;
  const auto capped = [](double v) { return std::isfinite(v) ? std::clamp(v, 0.0, 1e9) : 0.0; };
  r.placement = placement_of(q, layout);
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
  set_arrivals(q, r);
  limit_by_memory(r, r.tokens ? std::min(q.max_sequences * std::max(layout.data, 1), 4096) : batch_limit(q, r.placement));
  if (!r.problem.empty()) return r;
  if (r.tokens) {
    r.steps = steps_of(r);
    for (const Stratum& input : r.input_lengths) r.idle_prompts.push_back({input.share, prompt_s(r, 0, input.value)});
    return r;
  }
  r.batch_s = batch_times(r.placement, r.limit, r.input + r.output);
  r.full_batch_bound = batch_bound(q, r);
  return r;
}

namespace {

bool overloaded_at(const Replica& r, double load_per_s) {
  if (!r.tokens) return load_per_s > highest_utilisation * r.limit / r.batch_s.back();
  const double steps = steps_of_answer(r);
  for (std::size_t i = r.steps.size() - 1; i > 0; --i) {
    const LoadedStep step = loaded_step(r, r.steps[i], {load_per_s, 1, steps}, {});
    if (!step.full && load_per_s <= highest_utilisation * r.steps[i].sequences / (steps * step.seconds)) return false;
  }
  return true;
}

Operating operate_at(const Replica& replica, double load, const Wanted& wanted) {
  return replica.tokens ? operate_tokens(replica, load, wanted) : operate_batches(replica, load);
}

/// A load that swings over minutes, each of which is long beside a request: what requests see is that of all minutes, by the
/// requests in them.
Operating operate_swinging(const Replica& r, double load, const Wanted& wanted) {
  Operating out;
  for (const Stratum& part : log_normal_strata(r.rate_sigma)) {
    const Operating one = operate_at(r, load * part.value, {wanted.ttft, wanted.tpot, wanted.e2e});  // limits are of all minutes
    const double requests = part.share * part.value;
    out.ttft.add(one.ttft, requests), out.tpot.add(one.tpot, requests), out.e2e.add(one.e2e, requests);
    out.batch += part.share * one.batch, out.busy += part.share * one.busy;
    out.saturated = out.saturated || (one.saturated && part.share > rarest_minutes);
    if (out.highest_per_s == 0) out.highest_per_s = one.highest_per_s;
  }
  return out;
}

}  // namespace

double highest_throughput(const Replica& r) {
  if (!r.tokens) return r.limit / r.batch_s.back();
  const double answers = r.limit / (steps_of_answer(r) * r.steps.back().seconds.front());
  const double budget = r.steps.front().budget, full_s = step_with(r, 0, budget, rank_budget(r, 0), prompt_context(r, r.input)).total_s;
  return std::min(answers, budget / (std::max(fresh_of(r, r.input), 1.0) * full_s));
}

bool is_overloaded(const Replica& r, double load_per_s) {
  if (r.rate_sigma <= 0) return overloaded_at(r, load_per_s);
  const auto parts = log_normal_strata(r.rate_sigma);
  return std::any_of(parts.begin(), parts.end(), [&](const Stratum& part) { return part.share > rarest_minutes && overloaded_at(r, load_per_s * part.value); });
}

Operating operate(const Replica& replica, double load_per_s, const Wanted& wanted) {
  const double load = std::isfinite(load_per_s) ? std::max(load_per_s, 0.0) : 0.0;
  return replica.rate_sigma > 0 && load > 0 ? operate_swinging(replica, load, wanted) : operate_at(replica, load, wanted);
}

}  // namespace tonnage::capacity
