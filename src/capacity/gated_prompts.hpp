// Prompts that wait for a step to take them in. Private to the module.
#pragma once

#include <vector>

#include "dispersion.hpp"
#include "tonnage/capacity/queueing.hpp"

namespace tonnage::capacity {

/// Steps as a gated queue: what arrives during a step waits for the next, which takes in as many prompts as its token budget
/// holds. Chain of the prompts that wait when a step begins: b' = b - taken + Poisson(load T(taken)). A prompt of many chunks is
/// served by several steps at a stretch, which count as one: the chain is then that of M/D/1 at the ends of services (Kendall, Annals of
/// Mathematical Statistics 24, 1953), with steps of others as vacations while none waits. A prompt arrives in a step with probability proportional to its
/// length, at a uniform point of it. Arrivals that are not
/// Poisson have counts of their index of dispersion, over the time that the queue takes to forget: a step over the room that is left.
class GatedPrompts {
 public:
  /// Such prompts arrive at `load_per_s`; `seconds` of a step with 0, 1, 2, ... of them, up to the most that a step takes in; `alone_s` of a prompt
  /// with which no other comes.
  GatedPrompts(std::vector<double> seconds, double alone_s, double load_per_s, const Dispersion& dispersion);

  /// Share of the steps' room that the prompts need; from 1 on the queue has no end.
  double saturation() const { return saturation_; }

  /// Seconds from arrival to the end of the last chunk.
  struct Waits {
    std::vector<Stratum> beside;   ///< others, whose step an arrival that finds no prompt lets end first
    double at_once = 1;            ///< alone, without such steps: share that no other prompt delays
    std::vector<Stratum> behind;   ///< ... and the waits of the rest
  };
  Waits waits(bool alone) const;

 private:
  static constexpr int most_states = 72;

  struct Arrival {
    double before = 0;         ///< part of the step that is over
    int ahead = 0, behind = 0;
    double share = 0;
  };

  double step_of(int waiting) const { return step_s_[static_cast<std::size_t>(waiting < most_ ? waiting : most_)]; }
  double taken_in(int prompts, int behind) const;
  std::vector<Arrival> arrivals_in(int waiting, double least) const;
  void set_arrivals(const Dispersion& dispersion);
  void solve();

  double load_, alone_s_, saturation_ = 0;
  int states_ = most_states;                    ///< of the queue: fewer where it is all but never long
  int most_ = 1;                               ///< prompts of a step
  std::vector<double> step_s_;                 ///< of a step with so many prompts
  std::vector<std::vector<double>> arrivals_;  ///< in such a step: chance of 0, 1, 2, ... prompts
  std::vector<std::vector<double>> others_;    ///< the same of others, as one of them sees it; empty: alike
  std::vector<double> share_;                  ///< of the steps, by the prompts that wait when they begin
};

}  // namespace tonnage::capacity
