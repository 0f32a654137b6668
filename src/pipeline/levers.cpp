#include "tonnage/pipeline/levers.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage::pipeline {

Levers find_levers(const Run& run, const scenario::LoadOptions& base, const std::vector<std::string>& only, const Catalog& catalog, FileSystem& files,
                   const RunOptions& options, StageCache& cache) {
  std::vector<Lever> levers = lever_candidates(run);
  if (!only.empty()) std::erase_if(levers, [&](const Lever& lever) { return std::find(only.begin(), only.end(), lever.kind) == only.end(); });
  std::vector<WhatIf> changes;
  for (const Lever& lever : levers) changes.push_back({lever.sets});
  const WhatIf as_it_is;  // planned the same way, first: the others find in the cache what they share
  const WhatIfResult now = what_if(base, {as_it_is}, catalog, files, options, cache).front();
  const std::vector<WhatIfResult> changed = what_if(base, changes, catalog, files, options, cache);
  Levers out;
  out.base = now.head.cost;
  for (std::size_t i = 0; i < levers.size(); ++i) {
    const WhatIfResult& then = changed[i];
    if (then.status == "stopped") {
      out.not_tried.push_back(levers[i]);
      continue;
    }
    if (!then.feasible) {
      out.without_plan.emplace_back(levers[i], then.reason);
      continue;
    }
    LeverOutcome one{levers[i], now.head.cost - then.head.cost, then.head.nodes_last - now.head.nodes_last, then.head.mw_last - now.head.mw_last, then.unmet - now.unmet,
                     Money::from_double(std::max(now.open_usd, then.open_usd))};
    const bool same = std::fabs(one.saving.approximate()) < 0.005 && std::fabs(one.nodes_end) < 1e-6 && std::fabs(one.unmet) <= 1e-6 * std::max(1.0, now.unmet);
    if (same) out.without_effect.push_back(levers[i]);
    else if (one.saving.approximate() < 0.005) out.costing.push_back(std::move(one));
    else out.helping.push_back(std::move(one));
  }
  std::stable_sort(out.helping.begin(), out.helping.end(), [](const LeverOutcome& a, const LeverOutcome& b) { return a.lever.risk != b.lever.risk ? b.lever.risk : a.saving > b.saving; });
  return out;
}

}  // namespace tonnage::pipeline
