#include "loaded_steps.hpp"

#include <cmath>

namespace tonnage::capacity {
namespace {

/// Most prompts that are looked at in one step.
constexpr int most_prompts = 24;

/// Steps with n sequences into which 0, 1, 2, ... prompts fall. A step with a prompt costs more than its share of many, a
/// long one more than several short ones (compute and memory overlap within a step, not between steps). A prompt above the
/// budget of a data rank, all stages of it, fills whole steps and leaves a rest.
StepsAt steps_at(const Replica& r, int n) {
  const double seen = prompt_context(r, r.input), own = rank_budget(r, n), room = own * r.placement.layout.pipeline, budget = budget_of(r, n);
  StepsAt at;
  at.sequences = n, at.budget = budget;
  double tokens = 0, single = 0, square = 0;
  for (const Stratum& input : r.inputs) {
    const double fresh = std::max(fresh_of(r, input.value), 1.0), whole = std::floor(fresh / room), rest = fresh - whole * room;
    square += input.share * fresh * fresh;
    const auto with = [&](double chunk) { return step_with(r, n, chunk, own, seen).total_s; };
    tokens += input.share * fresh;
    at.chunks += input.share * (whole + (rest > 0 ? 1 : 0));
    single += input.share * ((whole > 0 ? whole * with(room) : 0) + (rest > 0 ? with(rest) : 0));
  }
  at.chunk = tokens / at.chunks;
  at.stretch = square / tokens / at.chunk;
  const double busiest = std::min(at.chunk, own);
  at.uneven = single / at.chunks - step_with(r, n, at.chunk, busiest, seen).total_s;
  for (int k = 0; k <= most_prompts; ++k) {
    at.seconds.push_back(step_with(r, n, std::min(k * at.chunk, budget), busiest, seen).total_s);
    if (k > 0 && k * at.chunk >= budget) break;
  }
  return at;
}

/// Steps of a kind while prompts arrive.
struct MixedSteps {
  double mean_s = 0, variance_s2 = 0;
  double without = 0;     ///< share of them that take in no prompt
};

/// When `prompts` prompts fall into a step on average; their number is Poisson in a step of a given length where arrivals are, and spreads with the
/// length of the steps before (`variance` of the mean number). What is beyond a step's room is taken in by others (work conservation).
MixedSteps mixed_steps(const Replica& r, const StepsAt& at, double prompts, double variance) {
  const double mean = prompts * at.chunks;
  if (mean > 6) return {step_with(r, at.sequences, std::min(mean * at.chunk, at.budget), std::min(at.chunk, rank_budget(r, at.sequences)), prompt_context(r, r.input)).total_s, 0, 0};
  // Regular arrivals save nothing here: that a step more often has a prompt would make them dearer than random ones.
  Counts count(mean, std::max(r.arrivals.of_counts(prompts), 1.0) + (prompts > 0 ? variance / prompts : 0));
  const double room = at.budget / at.chunk;
  MixedSteps steps{0, 0, count.chance()};
  double left = 1, taken = 0, square = 0;
  for (int k = 0; k <= most_prompts; ++k) {
    const double chance = count.chance();
    const bool last = k == most_prompts || left - chance < 1e-4 || (k > 0 && k >= room);
    const double seconds = at.seconds[static_cast<std::size_t>(k)] + (k > 0 ? at.uneven / k : 0), share = last ? left : chance;
    steps.mean_s += share * seconds, square += share * seconds * seconds;
    taken += share * std::min<double>(k, room);
    if (last) break;
    left -= chance;
    count.next();
  }
  steps.variance_s2 = std::max(square - steps.mean_s * steps.mean_s, 0.0);
  const double more = std::min((mean - taken) / room, steps.without);
  if (more > 1e-4) {
    steps.mean_s += more * (at.seconds.back() + at.uneven / std::max(room, 1.0) - at.seconds.front());
    steps.without -= more;
  }
  return steps;
}

/// Mean time of an answer's steps, of which a share of `1 - without` takes in prompts and which take `mean_s` on average. An answer
/// begins at a random time, so that it finds prompts being taken in as often as that takes time, which is more than the share of steps; what
/// it finds persists for the steps that a busy period of the prompts' queue has left (a job of fixed work on a server whose speed
/// changes: Gaver, Journal of the Royal Statistical Society B 24, 1962; M/D/1).
double lived_step(const StepsAt& at, const LoadedStep& step, const Arriving& arriving) {
  const double alone = at.seconds.front(), mixed = 1 - step.without, more = step.seconds - alone;
  if (step.full || !(mixed > 1e-9) || !(more > 0) || !(step.without > 0)) return step.seconds;
  const double of_time = 1 - step.without * alone / step.seconds;
  const double busy_steps = at.stretch * at.chunk / at.budget * (1 + 0.5 * of_time / (1 - of_time)) / (1 - of_time);
  const double of_queue = 1 - 1 / busy_steps - arriving.load * alone;
  const double of_gate = std::exp(-arriving.load * alone) - std::exp(-arriving.load * (alone + more / mixed));
  const double persists = std::clamp(of_gate + std::min(at.stretch * at.chunk / at.budget, 1.0) * std::max(of_queue - of_gate, 0.0), 0.0, 1 - 1e-9);
  const double answer = std::max(arriving.steps - 1, 1.0);
  const double first = (1 - std::pow(persists, answer)) / (answer * (1 - persists));
  return step.seconds + (of_time - mixed) * more / mixed * first;
}

}  // namespace

/// Fixed point by Steffensen's method.
LoadedStep loaded_step(const Replica& r, const StepsAt& at, const Arriving& arriving, const LoadedStep& guess) {
  const double fresh = fresh_of(r, r.input);
  LoadedStep step = guess;
  const auto next = [&](double t) {
    const MixedSteps steps = mixed_steps(r, at, arriving.prompts(at.sequences, t), arriving.load * arriving.load * step.variance_s2);
    step.variance_s2 = steps.variance_s2, step.without = steps.without;
    return steps.mean_s;
  };
  double& t = step.seconds;
  step.full = false;
  t = next(t);
  for (int i = 0; i < 8; ++i) {
    const double t1 = next(t), t2 = next(t1), slope = t1 > t ? (t2 - t1) / (t1 - t) : 0;
    const double jump = slope < 0.99 ? t1 + (t2 - t1) / (1 - slope) : t2;
    const double last = t;
    t = std::max(jump, t2);
    if (arriving.prompts(at.sequences, t) * fresh >= at.budget) {
      step.full = true;
      t = next(t);
      return step;
    }
    if (std::abs(t - last) <= 1e-5 * t) break;
  }
  return step;
}

std::vector<StepsAt> steps_of(const Replica& r) {
  std::vector<StepsAt> steps{steps_at(r, 0)};
  for (int n = 0; n < r.limit;) {
    n = std::min(r.limit, std::max(n + 1, static_cast<int>(n * 1.3)));
    steps.push_back(steps_at(r, n));
  }
  return steps;
}

StepCurve step_curve(const Replica& r, const Arriving& arriving) {
  StepCurve curve;
  LoadedStep step = loaded_step(r, r.steps.front(), arriving, {});
  curve.seconds.assign(1, step.seconds);
  curve.lived.assign(1, lived_step(r.steps.front(), step, arriving));
  curve.overloaded = true;
  for (std::size_t i = 1; i < r.steps.size(); ++i) {
    const int n = r.steps[i - 1].sequences, next = r.steps[i].sequences;
    step = loaded_step(r, r.steps[i], arriving, step);
    const double from = curve.seconds.back(), to = step.seconds, lived_from = curve.lived.back(), lived_to = lived_step(r.steps[i], step, arriving);
    for (int k = n + 1; k <= next; ++k) {
      const double part = static_cast<double>(k - n) / (next - n);
      curve.seconds.push_back(from + (to - from) * part), curve.lived.push_back(lived_from + (lived_to - lived_from) * part);
    }
    if (!step.full && next >= arriving.load * arriving.steps * to) curve.overloaded = false;
  }
  return curve;
}

double prefill_s(const Replica& r, double n, double input) {
  const double fresh = std::max(fresh_of(r, input), 1.0), chunk = rank_budget(r, n), seen = prompt_context(r, input);
  const double budget = chunk * r.placement.layout.pipeline, whole = std::floor(fresh / budget), rest = fresh - whole * budget;
  double sum = whole > 0 ? whole * step_with(r, n, budget, chunk, seen).total_s : 0;
  if (rest > 0) sum += step_with(r, n, rest, std::min(rest, chunk), seen).total_s;
  return sum;
}

}  // namespace tonnage::capacity
