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

/// Rows in the order of their files. Names are unique within each list. Pointers that the look-ups return stay valid as
/// long as the catalogue is neither changed nor destroyed.
struct Catalog {
  std::vector<Accelerator> accelerators;
  std::vector<NodeType> nodes;
  std::vector<ModelArchitecture> models;
  std::vector<CatalogOffer> offers;
  std::vector<CatalogRegion> regions;

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

/// Reads accelerators.csv, nodes.csv, architectures.csv, offers.csv and regions.csv from `files`; files of other kinds are
/// passed over. Every mistake is reported at its place and its row left out: "csv-…" (form and numbers), "catalog-file",
/// "catalog-column" (unknown or missing), "catalog-value" (unknown word, bad count or range), "catalog-duplicate",
/// "catalog-reference" (a node or accelerator that does not exist) and "catalog-source" (no source or no as-of date).
Catalog read_catalog(const std::vector<embedded::EmbeddedFile>& files, Diagnostics& diagnostics);

/// The embedded catalogue, parsed once and immutable. A test asserts that it has no mistakes.
const Catalog& shipped_catalog();

}  // namespace tonnage
