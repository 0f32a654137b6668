// What changed between two plans, for people and machines.
#pragma once

#include <optional>

#include "tonnage/pipeline/attribution.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

struct Difference {
  PlanFile before, after;
  std::optional<pipeline::Attribution> drivers;  ///< absent: only compared
  std::vector<std::string> notes;
};

/// What the plans state beyond the drivers' sum, which is of plans made now: zero when version and options are the same.
Money beyond_drivers(const Difference& difference);

Page difference_page(const Difference& difference);
/// The same with a bridge of drivers, or of categories where no drivers were found.
std::string difference_html(const Difference& difference, const Page& page);
/// Tidy: a row per driver, driver and category, category, period, pool.
Table difference_table(const Difference& difference);
/// {"diff": …, "figures": …, "drivers": …, "changes": …}
std::string difference_json(const Difference& difference);

}  // namespace tonnage::report
