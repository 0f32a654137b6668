#include "prompt_waits.hpp"

#include <algorithm>
#include <cmath>

#include "gated_prompts.hpp"
#include "loaded_steps.hpp"

namespace tonnage::capacity {
namespace {

/// What a prompt takes of steps that are full of prompts, in all stages and data ranks.
double packed_s(const Replica& r, double n, double input) {
  const double own = rank_budget(r, n), tokens = own * ranks_of(r);
  return step_with(r, n, tokens, own, prompt_context(r, input)).total_s * std::max(fresh_of(r, input), 1.0) / tokens;
}

/// Prompts in a queue by size, by the work in them: the longer, the more. Three classes: what a long one does to those behind it is in the
/// tail of their waits. `mean_s` is the work of a prompt.
struct QueuedSizes {
  std::vector<Stratum> classes;
  double mean_s = 0;
};
QueuedSizes queued_sizes(const Replica& r, double n) {
  QueuedSizes sizes;
  const std::size_t ends[] = {2, 3, r.inputs.size()};
  std::size_t i = 0;
  for (const std::size_t end : ends) {
    Stratum sum{0, 0};
    for (; i < std::min(end, r.inputs.size()); ++i) {
      const double work = r.inputs[i].share * packed_s(r, n, r.inputs[i].value);
      sum.share += work, sum.value += work * r.inputs[i].value;
    }
    if (sum.share > 0) sizes.classes.push_back({sum.share, sum.value / sum.share});
    sizes.mean_s += sum.share;
  }
  for (Stratum& size : sizes.classes) size.share /= sizes.mean_s;
  return sizes;
}

/// Seconds of a step with 0, 1, 2, ... prompts of a length; one that fills more than a step takes all of its steps at once. The most that
/// go into a step are a whole number: their time is what they take of full steps.
std::vector<double> steps_with(const Replica& r, double n, double input) {
  const double fresh = std::max(fresh_of(r, input), 1.0), own = rank_budget(r, n), seen = prompt_context(r, input);
  const int most = static_cast<int>(std::clamp(std::round(own * ranks_of(r) / fresh), 1.0, 24.0));
  std::vector<double> seconds;
  for (int k = 0; k < most; ++k) seconds.push_back(step_with(r, n, k * fresh, std::min(fresh, own), seen).total_s);
  seconds.push_back(std::max(most * packed_s(r, n, input), seconds.back()));
  return seconds;
}

}  // namespace

PromptWaits prompt_waits(const Replica& r, double n, double load, bool alone) {
  PromptWaits waits;
  waits.mean_s.assign(r.inputs.size(), 0.0);
  waits.at_once = 0;
  std::vector<double> own_s, coarse_s;
  double sooner = 0;  // a prompt alone than one beside the sequences in service
  for (const Stratum& input : r.input_lengths) own_s.push_back(prompt_s(r, n, input.value));
  for (const Stratum& input : r.inputs) coarse_s.push_back(prompt_s(r, n, input.value));
  for (std::size_t i = 0; i < own_s.size(); ++i) sooner += r.input_lengths[i].share * (own_s[i] - r.idle_prompts[i].value);
  double before = 0;
  GeometricPoints all, behind;
  const QueuedSizes sizes = queued_sizes(r, n);
  for (const Stratum& size : sizes.classes) {
    const double typical = prefill_s(r, n, size.value);
    const GatedPrompts gated(steps_with(r, n, size.value), typical, load * sizes.mean_s / packed_s(r, n, size.value), r.arrivals);
    waits.saturation = std::max(waits.saturation, gated.saturation());
    const GatedPrompts::Waits queue = gated.waits(alone);
    double mean = 0;
    for (const Stratum& wait : queue.beside) mean += wait.value * wait.share;
    const auto add = [&](const std::vector<Stratum>& seconds, double share, double sooner_s, GeometricPoints& to) {
      for (const Stratum& wait : seconds)
        for (std::size_t i = 0; i < own_s.size(); ++i) to.add(wait.value + own_s[i] - typical - sooner_s, share * r.input_lengths[i].share * wait.share);
    };
    add(queue.beside, size.share, 0, all);
    waits.at_once += size.share * queue.at_once;
    if (alone) add(queue.behind, size.share * (1 - queue.at_once), sooner, behind);
    for (const Stratum& wait : queue.behind) before += size.share * (1 - queue.at_once) * wait.share * (wait.value - typical);
    for (std::size_t i = 0; i < r.inputs.size(); ++i) waits.mean_s[i] += size.share * (mean + coarse_s[i] - typical);
  }
  waits.seconds = all.strata(), waits.behind_s = behind.strata();
  for (const Stratum& input : r.inputs) waits.alone_mean_s.push_back(before + prompt_s(r, 0, input.value));
  return waits;
}

}  // namespace tonnage::capacity
