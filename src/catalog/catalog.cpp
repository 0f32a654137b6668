#include "tonnage/catalog/catalog.hpp"

namespace tonnage {

namespace {

template <class Row>
const Row* find(const std::vector<Row>& rows, std::string_view name) {
  for (const Row& row : rows)
    if (row.name == name) return &row;
  return nullptr;
}

template <class Row>
std::vector<std::string> names(const std::vector<Row>& rows) {
  std::vector<std::string> out;
  out.reserve(rows.size());
  for (const Row& row : rows) out.push_back(row.name);
  return out;
}

}  // namespace

const Accelerator* Catalog::find_accelerator(std::string_view name) const { return find(accelerators, name); }
const NodeType* Catalog::find_node(std::string_view name) const { return find(nodes, name); }
const ModelArchitecture* Catalog::find_model(std::string_view name) const { return find(models, name); }
const CatalogOffer* Catalog::find_offer(std::string_view name) const { return find(offers, name); }
const CatalogRegion* Catalog::find_region(std::string_view name) const { return find(regions, name); }

std::vector<std::string> Catalog::accelerator_names() const { return names(accelerators); }
std::vector<std::string> Catalog::node_names() const { return names(nodes); }
std::vector<std::string> Catalog::model_names() const { return names(models); }
std::vector<std::string> Catalog::offer_names() const { return names(offers); }
std::vector<std::string> Catalog::region_names() const { return names(regions); }

const Catalog& shipped_catalog() {
  static const Catalog catalog = [] {
    Diagnostics ignored;  // a mistake in shipped data is a programming error, found by the tests
    return read_catalog(embedded::embedded_models(), ignored);
  }();
  return catalog;
}

}  // namespace tonnage
