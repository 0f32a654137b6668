// A run as an HTML report: the page's tables in its order, then charts, then details on demand.
#include <fmt/format.h>

#include "figures.hpp"
#include "html_parts.hpp"
#include "run_tables.hpp"
#include "tonnage/report/html.hpp"
#include "tonnage/report/pages.hpp"

namespace tonnage::report {

namespace {

std::string section_title(const Table& table) {
  if (!table.title.empty()) return table.title;
  return table.id == "cost" ? "Cost" : table.id == "nodes" ? "Nodes" : table.id;
}

/// The page's own tables; charts stand with the table whose figures they show.
std::vector<Section> page_sections(const pipeline::Run& run, const Page& page) {
  std::vector<Section> out;
  for (const Table& table : page.tables) {
    Section section{table.id, section_title(table), "", {}, {}, {}, false};
    if (table.id == "idle" && !table.rows.empty()) section.figures.push_back(idle_figure(table));
    else section.tables.push_back(table);
    if ((table.id == "orders" || table.id == "nodes") && !run.plan.pools.empty()) section.figures.push_back(orders_figure(run));
    out.push_back(std::move(section));
  }
  if (!page.notes.empty()) out.push_back({"watch", page.notes_title.empty() ? "Notes" : page.notes_title, "", {}, {}, page.notes, false});
  return out;
}

void add_figures(std::vector<Section>& sections, const std::string& id, const std::string& title, const std::string& lead, std::vector<Figure> figures) {
  if (!figures.empty()) sections.push_back({id, title, lead, {}, std::move(figures), {}, false});
}

}  // namespace

std::string run_html(const pipeline::Run& run, const Page& page, const std::string& kind) {
  std::vector<Section> sections = page_sections(run, page);
  if (kind != "allocation") add_figures(sections, "cost-charts", "What it costs", "", cost_figures(run));
  if (kind == "plan") add_figures(sections, "demand", "Demand", "", demand_figures(run));
  if (kind != "ledger") {
    add_figures(sections, "fleet", "Capacity against demand",
                "Usable nodes (in service and rented, less repair and interruptions) against the nodes that load occupies, headroom included. What is rented only while a region is lost is not in the bars.", fleet_figures(run));
    Figure flows = flows_figure(run);
    if (!flows.table.rows.empty()) add_figures(sections, "flows", "Who serves whom", "", {std::move(flows)});
  }
  Section details{"details", "Details", "", {}, {}, {}, true};
  if (kind == "plan") {
    Table facts = plan_facts(run);
    facts.title = "All figures, one a row";
    Table nodes = nodes_table(run);
    nodes.title = "Nodes by pool and period";
    Table capacities = deployments_table(run.capacities);
    capacities.title = "What a replica carries";
    details.tables = {std::move(facts), std::move(nodes), std::move(capacities)};
  }
  details.tables.push_back(periods_table(run));
  details.tables.push_back(inputs_table(run));
  details.lead = fmt::format("Seed {}.", run.seed);
  sections.push_back(std::move(details));
  return html_document(page, sections);
}

std::string demand_html(const pipeline::Run& run, const Page& page) {
  std::vector<Section> sections;
  add_figures(sections, "demand", "Demand", "", demand_figures(run));
  for (Section& section : page_sections(run, page)) sections.push_back(std::move(section));
  sections.push_back({"details", "Details", fmt::format("Seed {}.", run.seed), {periods_table(run), inputs_table(run)}, {}, {}, true});
  return html_document(page, sections);
}

std::string uncertainty_html(Money planned, const std::vector<tco::UncertainInput>& inputs, const std::vector<tco::TornadoBar>& tornado, const Page& page) {
  std::vector<Section> sections;
  for (const Table& table : page.tables) {
    Section section{table.id, section_title(table), "", {}, {}, {}, false};
    if (table.id == "sensitivities" && !table.rows.empty()) section.figures.push_back(tornado_figure(planned, inputs, tornado, table));
    else section.tables.push_back(table);
    sections.push_back(std::move(section));
  }
  if (!page.notes.empty()) sections.push_back({"notes", page.notes_title, "", {}, {}, page.notes, false});
  return html_document(page, sections);
}

}  // namespace tonnage::report
