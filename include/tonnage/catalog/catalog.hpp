// The shipped catalogue: accelerators, node types, model architectures, offers and regions.
// In: the CSV files of models/ (embedded in the program; columns in docs/catalogue.md). Out: plain values in SI units.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tonnage/core/diagnostics.hpp"
#include "tonnage/core/embedded.hpp"
#include "tonnage/documents/hardware.hpp"
#include "tonnage/documents/model.hpp"

namespace tonnage {

/// Whole-node power where no source gives one: accelerators x thermal design power x this factor (an estimate).
inline constexpr double node_power_factor = 1.5;
/// Idle power of a node where no source gives one, as a share of its full power (an estimate).
inline constexpr double idle_power_share = 0.25;

/// A row of the table of efficiencies: what multiplies a constant of a step for what it speaks of.
struct EfficiencyFactor {
  std::string name;    ///< unique
  std::string factor;  ///< the constant, e.g. "weights_memory"
  std::string scope;   ///< "all", "engine", "generation", ... (capacity/efficiency.hpp)
  std::string of;      ///< e.g. "vllm"; empty for all
  double value = 1;    ///< in scope "all" the constant itself, else a multiplier
  Source source;
};

/// Share of measurements within which the ratio of measured to predicted lay, by class of evidence.
struct PredictionError {
  std::string name;          ///< "METRIC.CLASS"
  double low_ratio = 1;      ///< 10th percentile of measured over predicted
  double high_ratio = 1;     ///< 90th
  int cases = 0;             ///< that the percentiles are of
  double mean_error = 0, median_error = 0, p90_error = 0;  ///< absolute, of predictions of rows left out
  Source source;
};

/// Rows in the order of their files. Names are unique within each list. Pointers that the look-ups return stay valid as
/// long as the catalogue is neither changed nor destroyed.
struct Catalog {
  std::vector<Accelerator> accelerators;
  std::vector<NodeType> nodes;
  std::vector<ModelArchitecture> models;
  std::vector<CatalogOffer> offers;
  std::vector<CatalogRegion> regions;
  std::vector<EfficiencyFactor> efficiencies;
  std::vector<PredictionError> errors;

  /// The row of this exact name, or null.
  const Accelerator* find_accelerator(std::string_view name) const;
  const NodeType* find_node(std::string_view name) const;
  const ModelArchitecture* find_model(std::string_view name) const;
  const CatalogOffer* find_offer(std::string_view name) const;
  const CatalogRegion* find_region(std::string_view name) const;

  /// Names in the order of the rows, as `suggest` takes them.
  std::vector<std::string> accelerator_names() const;
  std::vector<std::string> node_names() const;
  std::vector<std::string> model_names() const;
  std::vector<std::string> offer_names() const;
  std::vector<std::string> region_names() const;
};

/// The model that a hub or a benchmark names: "meta-llama/Llama-3.1-8B-Instruct" is llama-3.1-8b. The longest name of the
/// catalogue that the written one begins with; else the only one whose parts but the size stand in it; else null.
const ModelArchitecture* resolve_model(const Catalog& catalog, std::string_view written);
/// The accelerator of this name, parts in any order, "80" for "80gb", and a form factor missing; else null.
const Accelerator* resolve_accelerator(const Catalog& catalog, std::string_view written);

/// Reads accelerators.csv, nodes.csv, architectures.csv, offers.csv, regions.csv, efficiencies.csv and errors.csv from `files`; files of other kinds are
/// passed over. Every mistake is reported at its place and its row left out: "csv-…" (form and numbers), "catalog-file",
/// "catalog-column" (unknown or missing), "catalog-value" (unknown word, bad count or range), "catalog-duplicate",
/// "catalog-reference" (a node or accelerator that does not exist) and "catalog-source" (no source or no as-of date).
Catalog read_catalog(const std::vector<embedded::EmbeddedFile>& files, Diagnostics& diagnostics);

/// The embedded catalogue, parsed once and immutable. A test asserts that it has no mistakes.
const Catalog& shipped_catalog();

}  // namespace tonnage
