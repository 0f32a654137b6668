// What-ifs: a scenario planned with some of its values changed, many times over.
#pragma once

#include <string>
#include <vector>

#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/pipeline/stage_cache.hpp"

namespace tonnage::pipeline {

/// What a plan costs in an outcome of demand.
struct OutcomeCost {
  double probability = 1;
  Money cost;                    ///< present value
};

/// What a what-if came to.
struct WhatIfResult {
  std::string status;            ///< of the plan: "optimal", "limit", "infeasible" ...; or "bad input"; "stopped": not planned
  std::string reason;            ///< why there is no plan, in a line
  bool feasible = false;
  Headline head;
  std::vector<OutcomeCost> outcomes;
  double unmet = 0;              ///< load that is not served, over the horizon
  double gap = 0;
  double open_usd = 0;           ///< what the proof leaves open
};

/// Of a run that was made already.
WhatIfResult result_of(const Run& run);

/// A change of the scenario.
struct WhatIf {
  std::vector<std::string> sets; ///< further texts of `--set`
  std::optional<allocate::SettledOrders> settled = std::nullopt;
};

/// The scenario of `base` planned once for each change, in order. Equal for every number of threads, and with and without what `cache`
/// knows; large fleets begin where the first that was planned with `cache` ended, and are equal to it within their gaps. Plans are the
/// cheapest; of those that cost the same, any. What is left when the user asks for an end is not planned.
std::vector<WhatIfResult> what_if(const scenario::LoadOptions& base, const std::vector<WhatIf>& changes, const Catalog& catalog, FileSystem& files,
                                  const RunOptions& options, StageCache& cache);

}  // namespace tonnage::pipeline
