// What each command has to say, as pages and tables.
#pragma once

#include <string>
#include <vector>

#include "tonnage/catalog/catalog.hpp"
#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/report/page.hpp"
#include "tonnage/tco/efficiency.hpp"
#include "tonnage/tco/unit_costs.hpp"

namespace tonnage::report {

/// In the order of the answer, decisions, what binds, where money idles, what to watch. `warnings` is the number of keys that
/// are not acted on, told in a note.
Page plan_page(const pipeline::Run& run, int warnings);
/// One fact per row: table,name,period,measure,value,unit.
Table plan_facts(const pipeline::Run& run);

Page forecast_page(const pipeline::Run& run);
Table forecast_table(const pipeline::Run& run);

Page curve_page(const pipeline::Run& run);
Page deployments_page(const std::string& title, const Capacities& capacities);
Table deployments_table(const Capacities& capacities);

Page allocate_page(const pipeline::Run& run);
Table nodes_table(const pipeline::Run& run);

/// By workload, the ledger shared out by the accelerator-hours that work occupies.
Table efficiency_table(const pipeline::Run& run, const std::vector<tco::Efficiency>& layers);
Page efficiency_page(const pipeline::Run& run, const std::vector<tco::Efficiency>& layers);
Table unit_costs_table(const pipeline::Run& run, const std::vector<tco::UnitCost>& costs);
Page unit_costs_page(const pipeline::Run& run, const std::vector<tco::UnitCost>& costs);

/// Costs added up by fields (tco::known_field).
Page tco_page(const pipeline::Run& run, const std::vector<std::string>& by);
Table cost_table(const pipeline::Run& run, const std::vector<std::string>& by);
/// Use and purchases of a plan in FOCUS columns.
Table focus_table(const pipeline::Run& run);

/// Why there is no plan: where, when and how much is short.
std::string infeasible_text(const pipeline::Run& run);

/// "142.6 M", "12.3 %": the value of a check for people.
std::string check_value(const pipeline::CheckResult& result);
/// "passed", "warning" (not met, at level warn), "failed" or "not run".
std::string check_state(const pipeline::CheckResult& result);
Page checks_page(const std::vector<pipeline::CheckResult>& checks);
Table checks_table(const std::vector<pipeline::CheckResult>& checks);

/// Kinds: accelerators, nodes, models, offers, regions.
std::vector<std::string> catalog_kinds();
/// All rows of a kind, or the one of that name; an empty table when there is none.
Table catalog_table(const Catalog& catalog, const std::string& kind, const std::string& name);
/// One row, a line per field, with its source.
Page catalog_page(const Catalog& catalog, const std::string& kind, const std::string& name);

/// What binds: each limit, what more of it is worth, what less of it costs, and how far either holds where that was asked for.
Table limits_table(const pipeline::Run& run);

}  // namespace tonnage::report
