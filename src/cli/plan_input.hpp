// A plan given to diff and explain: the JSON of a plan, or a scenario that is planned now.
#pragma once

#include <optional>

#include "context.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::cli {

struct OpenedPlan {
  report::PlanFile file;
  std::optional<pipeline::Run> run;  ///< made now
  std::string why_no_run;            ///< when it was wanted and could not be made
};

/// Nothing when it cannot be used, which is said. `with_run`: the scenario of a document is planned again.
std::optional<OpenedPlan> open_plan(const Context& context, const std::string& path, bool with_run);

}  // namespace tonnage::cli
