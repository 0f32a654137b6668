// Prompts that wait for a step to take them in. Private to the module.
#pragma once

#include <functional>
#include <vector>

#include "dispersion.hpp"
#include "tonnage/capacity/queueing.hpp"

namespace tonnage::capacity {

/// Steps as a gated queue: what arrives during a step waits for the next, which takes in as many chunks as its token budget
/// holds. Chain of the chunks that wait when a step begins: b' = b - taken + c Poisson(load T(taken)), for prompts of c
/// chunks. A prompt arrives in a step with probability proportional to its length, at a uniform point of it. Arrivals that are not
/// Poisson have counts of their index of dispersion, over the time that the queue takes to forget: a step over the room that is left.
struct PromptSize {
  double tokens = 1, budget = 1;   ///< of a prompt; of a step of one rank, which takes a prompt's chunks one after the other
  double ranks = 1;
};

class GatedPrompts {
 public:
  /// Such prompts arrive at `load_per_s`; a step takes in the budget of all ranks in `seconds(tokens taken in)`.
  GatedPrompts(const PromptSize& size, double load_per_s, const Dispersion& dispersion, const std::function<double(double)>& seconds);

  /// Share of the steps' room that the prompts need; from 1 on the queue has no end.
  double saturation() const { return saturation_; }

  /// Time from arrival to the end of the last chunk.
  std::vector<Stratum> waits() const;

 private:
  static constexpr int most_states = 72;

  double step_of(int waiting) const { return step_s_[static_cast<std::size_t>(waiting < most_ ? waiting : most_)]; }
  double taken_in(int chunks, int behind) const;
  void set_arrivals(const Dispersion& dispersion);
  void solve();

  double load_, saturation_ = 0;
  int states_ = most_states;                    ///< of the queue: fewer where it is all but never long
  int chunks_ = 1, most_ = 1;                  ///< chunks of a prompt; most chunks of a step
  std::vector<double> step_s_;                 ///< of a step with so many chunks
  std::vector<std::vector<double>> arrivals_;  ///< in such a step: chance of 0, 1, 2, ... prompts
  std::vector<std::vector<double>> others_;    ///< the same of others, as one of them sees it; empty: alike
  std::vector<double> share_;                  ///< of the steps, by the chunks that wait when they begin
};

}  // namespace tonnage::capacity
