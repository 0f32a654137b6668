#include <algorithm>

#include "tonnage/core/numbers.hpp"
#include "tonnage/report/pages.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

std::vector<std::string> catalog_kinds() { return {"accelerators", "nodes", "models", "offers", "regions"}; }

namespace {

Table accelerators(const Catalog& catalog) {
  Table t{"accelerators", "", {{"name", "name"}, {"vendor", "vendor"}, {"memory_gb", "GB", Kind::number, 0}, {"bandwidth_gb_per_s", "GB/s", Kind::number, 0}, {"bf16_tflops", "bf16 TFLOP/s", Kind::number, 0}, {"fp8_tflops", "fp8", Kind::number, 0},
                               {"fp4_tflops", "fp4", Kind::number, 0}, {"link_gb_per_s", "link GB/s", Kind::number, 0}, {"domain", "domain", Kind::number, 0}, {"power_w", "W", Kind::number, 0}, {"source", "source"}, {"as_of", "as of"}}, {}, false, ""};
  for (const Accelerator& a : catalog.accelerators)
    t.rows.push_back({a.name, a.vendor, a.memory_bytes * 1e-9, a.bandwidth_bytes_per_s * 1e-9, a.bf16_flops * 1e-12, a.fp8_flops * 1e-12, a.fp4_flops * 1e-12, a.link_bytes_per_s * 1e-9, static_cast<double>(a.domain), a.power_w, a.source.text, a.source.as_of});
  return t;
}

Table nodes(const Catalog& catalog) {
  Table t{"nodes", "", {{"name", "name"}, {"accelerator", "accelerator"}, {"accelerators", "count", Kind::number, 0}, {"power_w", "W", Kind::number, 0}, {"idle_power_w", "idle W", Kind::number, 0}, {"source", "source"}, {"as_of", "as of"}}, {}, false, ""};
  for (const NodeType& n : catalog.nodes) t.rows.push_back({n.name, n.accelerator, static_cast<double>(n.accelerators), n.power_w, n.idle_power_w, n.source.text, n.source.as_of});
  return t;
}

Table models(const Catalog& catalog) {
  Table t{"models", "", {{"name", "name"}, {"kind", "kind"}, {"parameters_b", "B parameters", Kind::number, 2}, {"active_b", "active", Kind::number, 2}, {"layers", "layers", Kind::number, 0}, {"hidden", "hidden", Kind::number, 0},
                         {"experts", "experts", Kind::number, 0}, {"max_context_tokens", "context", Kind::number, 0}, {"precision", "precision"}, {"source", "source"}, {"as_of", "as of"}}, {}, false, ""};
  for (const ModelArchitecture& m : catalog.models)
    t.rows.push_back({m.name, std::string(to_string(m.kind)), m.parameters * 1e-9, m.active_parameters * 1e-9, static_cast<double>(m.layers), static_cast<double>(m.hidden), static_cast<double>(m.experts), static_cast<double>(m.max_context_tokens),
                      std::string(to_string(m.native_precision)), m.source.text, m.source.as_of});
  return t;
}

Table offers(const Catalog& catalog) {
  Table t{"offers", "", {{"name", "name"}, {"provider", "provider"}, {"region", "region"}, {"node", "node"}, {"offer", "offer"}, {"usd_per_hour", "USD/h", Kind::number, 2}, {"usd_once", "USD once", Kind::number, 0}, {"usd_per_kw_month", "USD/kW/month", Kind::number, 2},
                         {"term_months", "months", Kind::number, 0}, {"upfront", "upfront"}, {"source", "source"}, {"as_of", "as of"}}, {}, false, ""};
  const auto some = [](double value) { return value > 0 ? Cell(value) : Cell(); };
  for (const CatalogOffer& o : catalog.offers)
    t.rows.push_back({o.name, o.provider, o.region, o.node, std::string(to_string(o.kind)), some(o.usd_per_hour), some(o.usd_once), some(o.usd_per_kw_month), some(o.term_months), o.upfront, o.source.text, o.source.as_of});
  return t;
}

Table regions(const Catalog& catalog) {
  Table t{"regions", "", {{"name", "name"}, {"provider", "provider"}, {"location", "location"}, {"carbon_g_per_kwh", "g/kWh", Kind::number, 0}, {"electricity_usd_per_kwh", "USD/kWh", Kind::number, 4}, {"pue", "PUE", Kind::number, 2}, {"source", "source"}, {"as_of", "as of"}}, {}, false, ""};
  const auto some = [](double value) { return value > 0 ? Cell(value) : Cell(); };
  for (const CatalogRegion& r : catalog.regions)
    t.rows.push_back({r.name, r.provider, r.location, some(r.carbon_g_per_kwh), some(r.electricity_usd_per_kwh), some(r.pue), r.source.text, r.source.as_of});
  return t;
}

}  // namespace

Table catalog_table(const Catalog& catalog, const std::string& kind, const std::string& name) {
  Table table = kind == "accelerators" ? accelerators(catalog) : kind == "nodes" ? nodes(catalog) : kind == "models" ? models(catalog) : kind == "offers" ? offers(catalog) : regions(catalog);
  if (!name.empty()) std::erase_if(table.rows, [&](const auto& row) { return std::get<std::string>(row[0]) != name; });
  return table;
}

Page catalog_page(const Catalog& catalog, const std::string& kind, const std::string& name) {
  Page page;
  Table table = catalog_table(catalog, kind, name);
  if (!name.empty() && table.rows.size() == 1) {
    page.title = name;
    for (std::size_t c = 1; c < table.columns.size(); ++c) {
      const Cell& cell = table.rows[0][c];
      std::string value;
      if (const auto* text = std::get_if<std::string>(&cell)) value = *text;
      else if (const auto* number = std::get_if<double>(&cell)) value = significant(*number, 7);
      if (!value.empty() && value != "0") page.facts.push_back({table.columns[c].name, value, "", ""});
    }
    return page;
  }
  page.title = "Catalogue · " + kind;
  table.note = "a row with its source: tonnage catalog " + kind + " NAME";
  const auto source = std::find_if(table.columns.begin(), table.columns.end(), [](const Column& c) { return c.name == "source"; }) - table.columns.begin();
  for (auto& row : table.rows) row.erase(row.begin() + source, row.end());
  table.columns.erase(table.columns.begin() + source, table.columns.end());
  page.tables.push_back(std::move(table));
  return page;
}

}  // namespace tonnage::report
