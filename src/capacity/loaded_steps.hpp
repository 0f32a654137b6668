// The time of steps while prompts arrive. Private to the module.
#pragma once

#include <algorithm>
#include <vector>

#include "latency.hpp"

namespace tonnage::capacity {

inline double context_of(const Replica& r) { return r.input + 0.5 * r.output; }
inline double fresh_of(const Replica& r, double input) { return r.input > 0 ? input * (1 - r.cached / r.input) : 0.0; }
inline double prompt_context(const Replica& r, double input) { return input - 0.5 * fresh_of(r, input); }

/// Copies of attention and stages of a pipeline, each with a part of the sequences and a step's tokens of its own.
inline double ranks_of(const Replica& r) { return r.placement.layout.data * r.placement.layout.pipeline; }

inline double rank_budget(const Replica& r, double sequences) {
  return std::max(1.0, r.placement.engine.max_batched_tokens - sequences / ranks_of(r) * (1 + r.placement.speculation.tokens));
}

inline double budget_of(const Replica& r, double sequences) { return ranks_of(r) * rank_budget(r, sequences); }

/// Time of a step beside n sequences with prompt tokens in chunks of up to `chunk`, each on one rank: the others wait for the busiest.
inline StepTime step_with(const Replica& r, double n, double tokens, double chunk, double seen) {
  return r.cost->at(n, context_of(r), tokens, seen, std::min(tokens, chunk));
}

/// Steps that an answer takes on average.
inline double steps_of_answer(const Replica& r) { return std::max(r.output / r.per_step, 1.0); }

/// Step time by the number of sequences, 0 to the limit; linear in between.
struct StepCurve {
  std::vector<double> seconds;  ///< mean of all steps
  std::vector<double> lived;    ///< mean of the steps of an answer
  bool overloaded = false;  ///< no batch ends answers as fast as they come and takes in their prompts

  double at(double n) const { return between(seconds, n); }
  double lived_at(double n) const { return between(lived, n); }

 private:
  static double between(const std::vector<double>& values, double n) {
    const std::size_t low = std::min(static_cast<std::size_t>(std::max(n, 0.0)), values.size() - 1);
    const std::size_t high = std::min(low + 1, values.size() - 1);
    return values[low] + std::min(n - static_cast<double>(low), 1.0) * (values[high] - values[low]);
  }
};

/// Arrivals that a step sees beside a number in service: at the load; those in bunches the more, the more are in service already
/// (bunched_chain's births).
struct Arriving {
  double load = 0;
  double peakedness = 1;
  double steps = 1;         ///< of an answer

  double prompts(double n, double step) const {
    if (peakedness == 1) return load * step;
    return std::max(load * step / peakedness + (1 - 1 / peakedness) * n / steps, 0.0);
  }
};

/// Steps of a replica without a load, at numbers of sequences a factor 1.3 apart, from none to the limit.
std::vector<StepsAt> steps_of(const Replica& r);

/// Steps with a number of sequences while prompts arrive.
struct LoadedStep {
  double seconds = 0, variance_s2 = 0;
  double without = 1;       ///< share of them that take in no prompt
  bool full = false;        ///< more prompts come than steps take in
};

/// Each step takes in the prompts that came during one step (work conservation), T = mean of steps with n and the prompts in T, and a long step
/// is followed by one with many. `guess` is not above it.
LoadedStep loaded_step(const Replica& r, const StepsAt& at, const Arriving& arriving, const LoadedStep& guess);

/// The same by the number of sequences: evaluated at the numbers of the replica's steps, linear between them.
StepCurve step_curve(const Replica& r, const Arriving& arriving);

/// Time in which a prompt is taken in beside n sequences, in chunks of the batch's token limit; each stage of a pipeline has one of them.
double prefill_s(const Replica& r, double n, double input);

/// The same with what the front end does for each of its tokens.
inline double prompt_s(const Replica& r, double n, double input) {
  const EngineConstants& engine = r.placement.engine;
  return prefill_s(r, n, input) + (engine.front_end_token_s + 1e-3 * engine.front_end_serial_s) * input;
}

}  // namespace tonnage::capacity
