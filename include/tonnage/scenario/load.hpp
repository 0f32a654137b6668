// Scenario: files in, a typed, located, checked Scenario out. All mistakes of all files are reported in one run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/catalog/catalog.hpp"
#include "tonnage/core/diagnostics.hpp"
#include "tonnage/core/io.hpp"
#include "tonnage/documents/scenario.hpp"
#include "tonnage/scenario/node.hpp"
#include "tonnage/scenario/uncertain.hpp"

namespace tonnage::scenario {

struct LoadOptions {
  std::string path;                   ///< "-" for standard input
  std::vector<std::string> overlays;  ///< merged in order
  std::vector<std::string> sets;      ///< "path=value", applied last
  bool allow_outside = false;         ///< files may lie outside the scenario's folder
  std::optional<std::string> text = {};  ///< of "-", when it was read already
};

/// A file that was read: its name relative to the scenario's folder, and its SHA-256.
struct InputFile {
  std::string name;
  std::string sha256;
};

/// A data file that the scenario names (a history, a table), with what it held: a document carries it, so that it can be planned again.
struct DataFile {
  std::string name;    ///< relative to the scenario's folder, as the tree names it
  std::string text;
};

/// Where a value stands, for messages, explanations and lock files.
struct Place {
  std::string path;   ///< "pools.us-b200.price"
  std::string where;  ///< "assistant.yaml:29:75"
};

struct LoadedScenario {
  Scenario scenario;
  Node tree;                      ///< merged and checked; files are named relative to the scenario's folder
  std::vector<InputFile> inputs;  ///< in the order of reading, the main file first
  std::vector<Place> places;      ///< of every value, in the order of the tree
  Uncertainty uncertainty;        ///< what is given as a distribution
  std::vector<DataFile> files;
};

/// Reads and checks. Returns nothing when `diagnostics` has errors. Throws IoError only for standard input; a file that
/// cannot be read is a diagnostic at the place that names it.
std::optional<LoadedScenario> load_scenario(const LoadOptions& options, const Catalog& catalog, FileSystem& files,
                                            Diagnostics& diagnostics);

/// Checks a tree that was resolved before, of a document or of two scenarios mixed, whose files are given by their texts; no
/// other file is read. Nothing when `diagnostics` has errors.
std::optional<LoadedScenario> load_resolved(Node tree, const std::string& name, const std::vector<DataFile>& data, const Catalog& catalog,
                                            FileSystem& files, Diagnostics& diagnostics);

/// The key 'calibration' of files that have no other key (what `tonnage calibrate` writes), merged in order. Nothing when
/// `diagnostics` has errors.
std::optional<CalibrationTable> load_calibration(const std::vector<std::string>& paths, const Catalog& catalog, FileSystem& files,
                                                 Diagnostics& diagnostics);

/// One CSV of observations read on its own (`tonnage forecast FILE.csv`): a series per name.
struct NamedSeries {
  std::string name;
  HistorySeries series;
  bool counted = false;  ///< times are whole numbers, not dates: step t is taken as hour t, `start_s` = 3600 t
  int season = 0;        ///< the file's column 'm'; 0: not said
  int day = 0;           ///< steps are months of the calendar: day of the month, 31 for the last; 0: steps of `step_s` seconds
};

/// Seconds since 1970 of step `step` of a series, counted from its first value; below 0 before it.
long long time_at(const NamedSeries& series, long long step);
/// The step of a series at a time, nothing between steps.
std::optional<long long> step_at(const NamedSeries& series, long long time_s);

/// Reads `time,value`, `series,t,value` (series may be called origin, workload or unique_id), a wide table, or a row per series
/// with its values in one field: `id,...,train,...` (separated by spaces, NA for missing; a column `m` is the season). Blank
/// values, NA and NaN are gaps (NaN).
std::vector<NamedSeries> read_series(std::string_view text, int file, Diagnostics& diagnostics);

}  // namespace tonnage::scenario
