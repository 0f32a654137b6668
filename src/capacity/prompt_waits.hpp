// How long a request waits until its prompt is taken in. Private to the module.
#pragma once

#include <vector>

#include "latency.hpp"

namespace tonnage::capacity {

/// Prompts and decoding are two stages: what an arrival finds in the one does not depend on what it finds in the other (as in a
/// tandem of queues: Jackson, "Networks of waiting lines", Operations Research 5, 1957). Without a sequence that decodes there is
/// still the prompt that is being taken in, and those behind it; without either the prompt begins at once.
struct PromptWaits {
  std::vector<Stratum> seconds;         ///< of all prompts, from arrival to the end of the last chunk
  std::vector<double> mean_s;           ///< by stratum of the input
  double saturation = 0;

  /// Where no sequence decodes: a prompt that finds none begins at once, the others wait behind those that they find.
  double at_once = 1;                   ///< share of the former
  std::vector<Stratum> behind_s;        ///< of the latter
  std::vector<double> alone_mean_s;     ///< of both, by stratum of the input
};

/// Beside n sequences; whether it may be that none decodes.
PromptWaits prompt_waits(const Replica& r, double n, double load, bool alone);

}  // namespace tonnage::capacity
