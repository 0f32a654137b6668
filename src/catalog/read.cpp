#include "table.hpp"
#include "tonnage/catalog/catalog.hpp"

namespace tonnage {

using namespace catalog_detail;

namespace {

constexpr double giga = 1e9;
constexpr double tera = 1e12;

/// An accelerator's row with the column that only the file has.
struct AcceleratorRow : Accelerator {
  std::string power_basis;
};

const std::vector<Column<AcceleratorRow>>& accelerator_columns() {
  using Row = AcceleratorRow;
  static const std::vector<Column<Row>> columns = {
      {"name", id<Row>(&Row::name)},
      {"vendor", text<Row>(&Row::vendor)},
      {"kind", one_of<Row>(&Row::kind, {"gpu", "tpu", "asic"})},
      {"generation", text<Row>(&Row::generation)},
      {"memory_gb", positive<Row>(&Row::memory_bytes, giga)},
      {"bandwidth_gb_per_s", positive<Row>(&Row::bandwidth_bytes_per_s, giga)},
      {"bf16_tflops", positive<Row>(&Row::bf16_flops, tera)},
      {"fp8_tflops", number<Row>(&Row::fp8_flops, tera)},
      {"int8_tops", number<Row>(&Row::int8_ops, tera)},
      {"fp4_tflops", number<Row>(&Row::fp4_flops, tera)},
      {"link_gb_per_s", number<Row>(&Row::link_bytes_per_s, giga)},
      {"domain", count<Row>(&Row::domain, 1)},
      {"network_gb_per_s", number<Row>(&Row::network_bytes_per_s, giga)},
      {"power_w", positive<Row>(&Row::power_w)},
      {"power_basis", one_of<Row>(&Row::power_basis, {"published", "estimate"})},
      {"source", source_text<Row>()},
      {"as_of", as_of<Row>()},
  };
  return columns;
}

const std::vector<Column<NodeType>>& node_columns() {
  static const std::vector<Column<NodeType>> columns = {
      {"name", id(&NodeType::name)},
      {"accelerator", text(&NodeType::accelerator)},
      {"accelerators", count(&NodeType::accelerators, 1)},
      {"power_w", number(&NodeType::power_w)},
      {"idle_power_w", number(&NodeType::idle_power_w)},
      {"source", source_text<NodeType>()},
      {"as_of", as_of<NodeType>()},
  };
  return columns;
}

/// Zero and one, as CSV has no other truth values.
bool set_tied(ModelArchitecture& row, const CsvField& cell, Diagnostics& diagnostics) {
  row.tied_embeddings = cell.text == "1";
  if (cell.text == "0" || cell.text == "1") return true;
  return report(diagnostics, "catalog-value", "'" + cell.text + "' is neither 0 nor 1", cell.mark);
}

const std::vector<Column<ModelArchitecture>>& model_columns() {
  using Row = ModelArchitecture;
  static const std::vector<Column<Row>> columns = {
      {"name", id(&Row::name)},
      {"family", text(&Row::family)},
      {"kind", word(&Row::kind, parse_model_kind)},
      {"layers", count(&Row::layers)},
      {"hidden", count(&Row::hidden)},
      {"heads", count(&Row::heads)},
      {"kv_heads", count(&Row::kv_heads)},
      {"head_dim", count(&Row::head_dim)},
      {"ffn_dim", count(&Row::ffn_dim)},
      {"ffn_matrices", count(&Row::ffn_matrices)},
      {"vocabulary", count(&Row::vocabulary)},
      {"tied_embeddings", set_tied},
      {"experts", count(&Row::experts)},
      {"experts_per_token", count(&Row::experts_per_token)},
      {"shared_experts", count(&Row::shared_experts)},
      {"expert_ffn_dim", count(&Row::expert_ffn_dim)},
      {"dense_layers", count(&Row::dense_layers)},
      {"moe_every", count(&Row::moe_every, 1)},
      {"q_lora_rank", count(&Row::q_lora_rank)},
      {"kv_lora_rank", count(&Row::kv_lora_rank)},
      {"rope_head_dim", count(&Row::rope_head_dim)},
      {"nope_head_dim", count(&Row::nope_head_dim)},
      {"value_head_dim", count(&Row::value_head_dim)},
      {"window_tokens", count(&Row::window)},
      {"window_full_every", count(&Row::window_full_every)},
      {"linear_full_every", count(&Row::linear_full_every)},
      {"sparse_attention_tokens", count(&Row::sparse_attention_tokens)},
      {"parameters_billion", positive(&Row::parameters, giga)},
      {"active_parameters_billion", number(&Row::active_parameters, giga)},
      {"max_context_tokens", count(&Row::max_context_tokens)},
      {"native_precision", word(&Row::native_precision, parse_precision)},
      {"flops_per_request", number(&Row::flops_per_request)},
      {"bytes_per_request", number(&Row::bytes_per_request)},
      {"passes_per_request", number(&Row::passes_per_request)},
      {"source", source_text<Row>()},
      {"as_of", as_of<Row>()},
  };
  return columns;
}

const std::vector<Column<CatalogOffer>>& offer_columns() {
  using Row = CatalogOffer;
  static const std::vector<Column<Row>> columns = {
      {"name", id(&Row::name)},
      {"provider", id(&Row::provider)},
      {"region", text(&Row::region)},
      {"instance", text(&Row::instance)},
      {"node", text(&Row::node)},
      {"kind", word(&Row::kind, parse_offer_kind)},
      {"price_usd_per_hour", number(&Row::usd_per_hour)},
      {"price_usd_once", number(&Row::usd_once)},
      {"price_usd_per_kw_month", number(&Row::usd_per_kw_month)},
      {"term_months", count(&Row::term_months)},
      {"upfront", one_of(&Row::upfront, {"", "none", "partial", "all"})},
      {"source", source_text<Row>()},
      {"as_of", as_of<Row>()},
  };
  return columns;
}

const std::vector<Column<CatalogRegion>>& region_columns() {
  using Row = CatalogRegion;
  static const std::vector<Column<Row>> columns = {
      {"name", id(&Row::name)},
      {"provider", id(&Row::provider)},
      {"location", text(&Row::location)},
      {"carbon_g_per_kwh", number(&Row::carbon_g_per_kwh)},
      {"electricity_usd_per_kwh", number(&Row::electricity_usd_per_kwh)},
      {"pue", number(&Row::pue)},
      {"source", source_text<Row>()},
      {"as_of", as_of<Row>()},
  };
  return columns;
}

const std::vector<Column<EfficiencyFactor>>& efficiency_columns() {
  using Row = EfficiencyFactor;
  static const std::vector<Column<Row>> columns = {
      {"name", text<Row>(&Row::name)}, {"factor", text<Row>(&Row::factor)}, {"scope", text<Row>(&Row::scope)}, {"of", text<Row>(&Row::of)},
      {"value", positive<Row>(&Row::value)}, {"source", source_text<Row>()}, {"as_of", as_of<Row>()},
  };
  return columns;
}

const std::vector<Column<PredictionError>>& error_columns() {
  using Row = PredictionError;
  static const std::vector<Column<Row>> columns = {
      {"name", text<Row>(&Row::name)}, {"low_ratio", positive<Row>(&Row::low_ratio)}, {"high_ratio", positive<Row>(&Row::high_ratio)},
      {"cases", count<Row>(&Row::cases)}, {"mean_error", number<Row>(&Row::mean_error)}, {"median_error", number<Row>(&Row::median_error)},
      {"p90_error", number<Row>(&Row::p90_error)}, {"source", source_text<Row>()}, {"as_of", as_of<Row>()},
  };
  return columns;
}

/// A reference to a row of another table: reports it when there is no such row.
bool check_reference(bool found, const char* what, const CsvField& cell, const std::vector<std::string>& names, Diagnostics& diagnostics) {
  if (found) return true;
  const std::string close = suggest(cell.text, names);
  diagnostics.error("catalog-reference", "there is no " + std::string(what) + " '" + cell.text + "'", cell.mark,
                    close.empty() ? std::string() : "did you mean '" + close + "'?");
  return false;
}

/// Fills in the powers that no source gives and says so in the row's source.
bool finish_node(NodeType& node, const Cells& cells, const Catalog& catalog, Diagnostics& diagnostics) {
  const Accelerator* accelerator = catalog.find_accelerator(node.accelerator);
  if (!check_reference(accelerator != nullptr, "accelerator", cells["accelerator"], catalog.accelerator_names(), diagnostics)) return false;
  if (node.power_w <= 0) {
    node.power_w = node.accelerators * accelerator->power_w * node_power_factor;
    node.source.text += "; power estimated: accelerators x TDP x 1.5";
  }
  if (node.idle_power_w <= 0) {
    node.idle_power_w = idle_power_share * node.power_w;
    node.source.text += "; idle power estimated: 25 % of power";
  }
  if (node.idle_power_w > node.power_w)
    return report(diagnostics, "catalog-value", "idle power is above full power", cells["idle_power_w"].mark);
  return true;
}

/// Exactly one price, in the unit that the kind of offer needs; a node unless floor space is offered.
bool finish_offer(const CatalogOffer& offer, const Cells& cells, const Catalog& catalog, Diagnostics& diagnostics) {
  const bool bought = offer.kind == OfferKind::owned || offer.kind == OfferKind::purchase;
  const bool space = offer.kind == OfferKind::colocation;
  const char* needed = bought ? "price_usd_once" : space ? "price_usd_per_kw_month" : "price_usd_per_hour";
  for (const char* column : {"price_usd_per_hour", "price_usd_once", "price_usd_per_kw_month"}) {
    const bool wanted = std::string_view(column) == needed;
    if (wanted != cells[column].text.empty()) continue;
    return report(diagnostics, "catalog-value",
                  std::string("an offer of kind '") + to_string(offer.kind) + (wanted ? "' needs " : "' has no ") + column, cells[column].mark);
  }
  if (space && offer.node.empty()) return true;
  return check_reference(catalog.find_node(offer.node) != nullptr, "node type", cells["node"], catalog.node_names(), diagnostics);
}

bool finish_region(const CatalogRegion& region, const Cells& cells, Diagnostics& diagnostics) {
  if (region.pue == 0 || region.pue >= 1) return true;
  return report(diagnostics, "catalog-value", "a PUE is 1 or more", cells["pue"].mark);
}

/// The text of one catalogue file, registered with the diagnostics; reports a file that is not there.
class Files {
 public:
  Files(const std::vector<embedded::EmbeddedFile>& files, Diagnostics& diagnostics) : files_(files), diagnostics_(diagnostics) {}

  /// Contents and source index; an index of -1 when there is no such file.
  std::pair<std::string_view, int> open(std::string_view path) {
    for (const auto& file : files_)
      if (file.path == path) return {file.contents, diagnostics_.sources.add("models/" + std::string(path), std::string(file.contents))};
    diagnostics_.error("catalog-file", "the catalogue has no file '" + std::string(path) + "'", {});
    return {{}, -1};
  }

  template <class Row, class Finish>
  std::vector<Row> read(std::string_view path, const std::vector<Column<Row>>& columns, Finish finish) {
    const auto [contents, file] = open(path);
    if (file < 0) return {};
    return read_rows(contents, file, columns, diagnostics_, finish);
  }

 private:
  const std::vector<embedded::EmbeddedFile>& files_;
  Diagnostics& diagnostics_;
};

}  // namespace

Catalog read_catalog(const std::vector<embedded::EmbeddedFile>& files, Diagnostics& diagnostics) {
  Catalog catalog;
  Files input(files, diagnostics);
  for (AcceleratorRow& row : input.read("accelerators.csv", accelerator_columns(), [](auto&, const Cells&) { return true; })) {
    if (row.power_basis == "estimate") row.source.text += "; power estimated";
    catalog.accelerators.push_back(std::move(row));
  }
  catalog.nodes = input.read("nodes.csv", node_columns(), [&](NodeType& row, const Cells& cells) {
    return finish_node(row, cells, catalog, diagnostics);
  });
  catalog.models = input.read("architectures.csv", model_columns(), [](ModelArchitecture& row, const Cells&) {
    if (row.active_parameters <= 0) row.active_parameters = row.parameters;  // dense: all are active
    return true;
  });
  catalog.offers = input.read("offers.csv", offer_columns(), [&](CatalogOffer& row, const Cells& cells) {
    return finish_offer(row, cells, catalog, diagnostics);
  });
  catalog.regions = input.read("regions.csv", region_columns(), [&](CatalogRegion& row, const Cells& cells) {
    return finish_region(row, cells, diagnostics);
  });
  catalog.efficiencies = input.read("efficiencies.csv", efficiency_columns(), [](EfficiencyFactor&, const Cells&) { return true; });
  catalog.errors = input.read("errors.csv", error_columns(), [](PredictionError&, const Cells&) { return true; });
  return catalog;
}

}  // namespace tonnage
