// From a checked tree to the typed Scenario.
#pragma once

#include "files.hpp"
#include "tonnage/catalog/catalog.hpp"
#include "tonnage/core/quantity.hpp"
#include "tonnage/documents/scenario.hpp"
#include "view.hpp"

namespace tonnage::scenario {

struct BuildContext {
  const Catalog& catalog;
  FileReader& files;
  const Currencies& currencies;
  Diagnostics& diagnostics;
  const std::vector<std::string>& folders;  ///< folder of each source file, by its index: paths are relative to it
};

Scenario build_scenario(const Node& root, BuildContext& context);

// The parts, each in a file of its own.
void build_places(const View& root, BuildContext& context, Scenario& out);     ///< regions, origins
void build_hardware(const View& root, BuildContext& context, Scenario& out);   ///< accelerators, nodes
void build_costs(const View& root, BuildContext& context, Scenario& out);      ///< costs, staff
void build_prices(const View& root, Scenario& out);                            ///< what is known of prices; after pools
void build_pools(const View& root, BuildContext& context, Scenario& out);
void build_workloads(const View& root, BuildContext& context, Scenario& out);
/// What a model needs to know of its requests' lengths is told.
void check_shape(const View& view, BuildContext& context, const Workload& workload);
/// Workloads for the other models that take a share of this one's load; what they leave stays its own.
std::vector<Workload> build_versions(const View& view, BuildContext& context, const std::vector<Period>& periods, Workload& base);
void build_demand(const View& view, BuildContext& context, const Scenario& scenario, Workload& out);
/// The key 'demand.price' of a workload; after its source of demand.
void build_price(const View& demand, BuildContext& context, Workload& out);
/// Workloads that launches replace: there, with a demand that users can leave, and not in a circle. After all workloads.
void check_generations(const View& root, const Scenario& scenario, Diagnostics& diagnostics);
/// The key 'calibration' of a file: its names are checked.
CalibrationTable build_calibration(const View& root, const Catalog& catalog, Diagnostics& diagnostics);
/// Keeps the spread of a number that demand depends on (start, growth, market, constant, effects, judgements, elasticity, shares of generations); false for
/// other numbers.
bool set_demand_spread(Scenario& scenario, const UncertainNumber& number);
/// The key 'correlations': each pair once, of numbers that are uncertain.
std::vector<Correlation> build_correlations(const View& root, const std::vector<UncertainNumber>& numbers, Diagnostics& diagnostics);
/// Keeps the correlations between numbers that demand depends on; those that no joint distribution has are errors. `of_demand`: by number.
void set_demand_correlations(Scenario& scenario, const Uncertainty& uncertainty, const std::vector<char>& of_demand, const View& root, Diagnostics& diagnostics);
void build_policies(const View& root, BuildContext& context, Scenario& out);   ///< policies, finance
void build_checks(const View& root, BuildContext& context, Scenario& out);     ///< after regions and pools, whose names they use

/// One number per period from a list (the last holds for all later periods) or a single number.
std::vector<double> by_period(const View& view, std::size_t periods, double scale = 1);

/// Calendar months where it is written in months, quarters or years; else days.
void read_lead_time(const View& view, double& months, double& days);

/// Opens the file that a value names.
std::optional<OpenedFile> open_named(const View& view, BuildContext& context);

/// Index of the period that a day falls in: -1 before the horizon, the number of periods after it.
int period_of(const std::vector<Period>& periods, Date day);

struct LocatedSeries {
  HistorySeries series;
  std::vector<Mark> rows;  ///< the row of each step; of a step without a row, the one before
};

/// Observations of one workload by origin. Reports missing columns and values that are none.
std::vector<LocatedSeries> read_history(const ParsedTable& file, const std::string& workload, double unit_factor, Diagnostics& diagnostics);
/// Gaps of a series: reported as errors unless `accepted`.
void check_gaps(const std::string& workload, const LocatedSeries& located, bool accepted, Diagnostics& diagnostics);
/// Outliers of a series (scenario/outliers.hpp), reported as errors.
void check_outliers(const std::string& workload, const LocatedSeries& located, Diagnostics& diagnostics);

}  // namespace tonnage::scenario
