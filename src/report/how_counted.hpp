// What a reader of a cost should know of how it was counted: conventions, and prices that are missing or old.
#pragma once

#include <optional>

#include "tonnage/documents/scenario.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// Hours, compounding and timing.
Fact conventions_fact(const Scenario& scenario);
/// Nothing where every price is given and none is stale.
std::optional<Fact> prices_fact(const Scenario& scenario);

}  // namespace tonnage::report
