#include <cmath>
#include <optional>

#include "tonnage/report/pages.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

namespace {

Cell percent_cell(const std::optional<double>& share) { return share ? Cell(std::round(*share * 1e10) / 1e8) : Cell(); }

std::optional<double> useful(const tco::Efficiency& one, const std::optional<double>& of_busy) {
  return one.busy_share && of_busy ? std::optional(one.allocated_share * *one.busy_share * *of_busy) : std::nullopt;
}

bool any_measured(const std::vector<tco::Efficiency>& layers) {
  for (const tco::Efficiency& one : layers)
    if (!one.measured.node.empty()) return true;
  return false;
}

}  // namespace

Table efficiency_table(const pipeline::Run& run, const std::vector<tco::Efficiency>& layers) {
  Table table{"efficiency", "From paid to useful",
              {{"region", "region"}, {"node", "node"}, {"paid_node_hours", "node-hours", Kind::number, 0, true}, {"allocated_percent", "allocated, %", Kind::number, 1}, {"busy_percent", "busy, %", Kind::number, 1}, {"flops_percent", "FLOPs, %", Kind::number, 1},
               {"bytes_percent", "bytes, %", Kind::number, 1}, {"useful_flops_of_paid_percent", "FLOPs of paid, %", Kind::number, 1}, {"useful_bytes_of_paid_percent", "bytes of paid, %", Kind::number, 1}, {"measured_allocated_percent", "measured: allocated, %", Kind::number, 1},
               {"measured_busy_percent", "busy, %", Kind::number, 1}, {"measured_flops_percent", "FLOPs, %", Kind::number, 1}, {"measured_bytes_percent", "bytes, %", Kind::number, 1}},
              {}, false, ""};
  const Scenario& s = run.loaded.scenario;
  for (const tco::Efficiency& one : layers)
    table.rows.push_back({s.regions[static_cast<std::size_t>(one.region)].name, s.nodes[static_cast<std::size_t>(one.node)].type.name, one.paid_node_hours, 100 * one.allocated_share, percent_cell(one.busy_share), percent_cell(one.flops_share),
                          percent_cell(one.bytes_share), percent_cell(useful(one, one.flops_share)), percent_cell(useful(one, one.bytes_share)), percent_cell(one.measured.allocated_share), percent_cell(one.measured.busy_share),
                          percent_cell(one.measured.flops_share), percent_cell(one.measured.bytes_share)});
  return table;
}

Page efficiency_page(const pipeline::Run& run, const std::vector<tco::Efficiency>& layers) {
  Page page;
  page.title = run.loaded.scenario.name + " · from paid to useful";
  page.as_of = run.loaded.scenario.as_of;
  const Table all = efficiency_table(run, layers);
  constexpr std::size_t planned = 7, measured_from = 9;
  const auto columns = [&](const char* id, const char* title, std::size_t from, std::size_t until, const char* note) {
    Table out{id, title, {all.columns[0], all.columns[1]}, {}, false, note};
    for (std::size_t c = from; c < until; ++c) out.columns.push_back(all.columns[c]);
    for (const auto& row : all.rows) {
      out.rows.push_back({row[0], row[1]});
      for (std::size_t c = from; c < until; ++c) out.rows.back().push_back(row[c]);
    }
    return out;
  };
  page.tables.push_back(columns("efficiency", "As planned", 2, planned, "each of the layer before: of the node-hours paid for, those given to replicas, headroom included; of those, the time in which accelerators work; of what their data sheets promise for that time, the FLOPs and the memory traffic that requests need"));
  if (any_measured(layers)) {
    page.tables.push_back(columns("measured", "As measured", measured_from, all.columns.size(), "by measured_use of the regions"));
    page.tables.back().columns[2].title = "allocated, %";
  }
  page.notes = {"memory-bound work (decoding) is judged by bytes, compute-bound work (prompts, images) by FLOPs: neither alone can reach 100 %"};
  page.notes_title = "Read this with it";
  return page;
}

}  // namespace tonnage::report
