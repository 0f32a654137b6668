#include "loaded_steps.hpp"

#include <cmath>

namespace tonnage::capacity {
namespace {

/// Most prompts that are looked at in one step.
constexpr int most_prompts = 24;

/// Steps with n sequences into which 0, 1, 2, ... prompts fall. A step with a prompt costs more than its share of many, a
/// long one more than several short ones (compute and memory overlap within a step, not between steps). A prompt above the
/// budget fills whole steps and leaves a rest.
StepsAt steps_at(const Replica& r, int n) {
  const double seen = prompt_context(r, r.input), own = rank_budget(r, n), budget = budget_of(r, n);
  StepsAt at;
  at.sequences = n, at.budget = budget;
  double tokens = 0, single = 0;
  for (const Stratum& input : r.inputs) {
    const double fresh = std::max(fresh_of(r, input.value), 1.0), whole = std::floor(fresh / own), rest = fresh - whole * own;
    const auto with = [&](double chunk) { return step_with(r, n, chunk, chunk, seen).total_s; };
    tokens += input.share * fresh;
    at.chunks += input.share * (whole + (rest > 0 ? 1 : 0));
    single += input.share * ((whole > 0 ? whole * with(own) : 0) + (rest > 0 ? with(rest) : 0));
  }
  at.chunk = tokens / at.chunks;
  at.uneven = single / at.chunks - step_with(r, n, at.chunk, at.chunk, seen).total_s;
  for (int k = 0; k <= most_prompts; ++k) {
    at.seconds.push_back(step_with(r, n, std::min(k * at.chunk, budget), at.chunk, seen).total_s);
    if (k > 0 && k * at.chunk >= budget) break;
  }
  return at;
}

/// Mean time of such a step when `prompts` prompts fall into it on average; their number is Poisson where arrivals are.
double mean_step(const Replica& r, const StepsAt& at, double prompts) {
  const double mean = prompts * at.chunks;
  if (mean > 6) return step_with(r, at.sequences, std::min(mean * at.chunk, at.budget), at.chunk, prompt_context(r, r.input)).total_s;
  // Regular arrivals save nothing here: that a step more often has a prompt would make them dearer than random ones.
  Counts count(mean, std::max(r.arrivals.of_counts(prompts), 1.0));
  double sum = 0, left = 1;
  for (int k = 0; k <= most_prompts; ++k) {
    const double chance = count.chance();
    const bool last = k == most_prompts || left - chance < 1e-4 || (k > 0 && k * at.chunk >= at.budget);
    const double seconds = at.seconds[static_cast<std::size_t>(k)] + (k > 0 ? at.uneven / k : 0);
    sum += (last ? left : chance) * seconds;
    if (last) break;
    left -= chance;
    count.next();
  }
  return sum;
}

}  // namespace

/// Fixed point by Steffensen's method.
double loaded_step(const Replica& r, const StepsAt& at, const Arriving& arriving, double guess, bool& full) {
  const double fresh = fresh_of(r, r.input);
  const auto next = [&](double t) { return mean_step(r, at, arriving.prompts(at.sequences, t)); };
  double t = next(guess);
  for (int i = 0; i < 8; ++i) {
    const double t1 = next(t), t2 = next(t1), slope = t1 > t ? (t2 - t1) / (t1 - t) : 0;
    const double jump = slope < 0.99 ? t1 + (t2 - t1) / (1 - slope) : t2;
    const double last = t;
    t = std::max(jump, t2);
    if (arriving.prompts(at.sequences, t) * fresh >= at.budget) {
      full = true;
      return next(t);
    }
    if (std::abs(t - last) <= 1e-6 * t) break;
  }
  return t;
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
  bool full = false;
  curve.seconds.assign(1, loaded_step(r, r.steps.front(), arriving, 0, full));
  curve.overloaded = true;
  for (std::size_t i = 1; i < r.steps.size(); ++i) {
    full = false;
    const int n = r.steps[i - 1].sequences, next = r.steps[i].sequences;
    const double from = curve.seconds.back(), to = loaded_step(r, r.steps[i], arriving, from, full);
    for (int k = n + 1; k <= next; ++k) curve.seconds.push_back(from + (to - from) * (k - n) / (next - n));
    if (!full && next >= arriving.load * arriving.steps * to) curve.overloaded = false;
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
