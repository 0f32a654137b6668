#include "tonnage/report/sweep_page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "charts.hpp"
#include "html_parts.hpp"

namespace tonnage::report {

using Kind = Column::Kind;
using pipeline::SweepAxis;
using pipeline::SweepRun;

namespace {

/// "policies.headroom": the last keys are enough for people where they tell the paths apart.
std::string short_path(const std::vector<SweepAxis>& axes, std::size_t which) {
  const std::string& path = axes[which].path;
  for (std::size_t dot = path.rfind('.'); dot != std::string::npos && dot > 0; dot = path.rfind('.', dot - 1)) {
    const std::string tail = path.substr(dot);
    const auto same = std::count_if(axes.begin(), axes.end(), [&](const SweepAxis& axis) { return axis.path.size() >= tail.size() && axis.path.substr(axis.path.size() - tail.size()) == tail; });
    if (same == 1) return tail.substr(1);
  }
  return path;
}

}  // namespace

Table sweep_table(const std::vector<SweepAxis>& axes, const std::vector<SweepRun>& runs) {
  Table table{"sweep", "", {}, {}, false, ""};
  for (std::size_t i = 0; i < axes.size(); ++i) table.columns.push_back({axes[i].path, short_path(axes, i)});
  const std::vector<Column> figures = {{"cost_usd", "cost", Kind::money, 2}, {"cost_p10_usd", "P10", Kind::money, 2}, {"cost_p90_usd", "P90", Kind::money, 2}, {"nodes_end", "nodes", Kind::number, 1},
                                       {"power_end_mw", "MW", Kind::number, 2}, {"used_mean_percent", "used, %", Kind::number, 1}, {"usd_per_m_tokens_end", "per M tokens", Kind::number, 3},
                                       {"unmet", "unmet", Kind::number, 0}, {"gap_percent", "gap, %", Kind::number, 4}, {"status", ""}, {"reason", ""}};
  table.columns.insert(table.columns.end(), figures.begin(), figures.end());
  for (const SweepRun& run : runs) {
    std::vector<Cell> row(run.values.begin(), run.values.end());
    const pipeline::WhatIfResult& r = run.result;
    const pipeline::Headline& h = r.head;
    if (r.feasible) {
      const Cell tokens = h.usd_per_m_tokens_last > 0 ? Cell(h.usd_per_m_tokens_last) : Cell();
      for (const Cell& cell : {Cell(h.cost), Cell(h.cost_low), Cell(h.cost_high), Cell(h.nodes_last), Cell(h.mw_last), Cell(100 * h.used_mean), tokens, Cell(r.unmet), Cell(100 * r.gap)}) row.push_back(cell);
    } else {
      row.resize(row.size() + 9);
    }
    row.emplace_back(r.status), row.emplace_back(r.reason);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Page sweep_page(const std::string& name, const std::vector<SweepAxis>& axes, const std::vector<SweepRun>& runs) {
  Page page;
  page.title = fmt::format("{} · {} plan{}", name, runs.size(), runs.size() == 1 ? "" : "s");
  Table table = sweep_table(axes, runs);
  table.note = "cost: present value; nodes, MW and unit cost at the end";
  // People get the reasons below the table, where there is room.
  const std::size_t reason = table.columns.size() - 1;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].result.feasible) continue;
    std::string values;
    for (std::size_t k = 0; k < axes.size(); ++k) values += (k == 0 ? "" : ", ") + short_path(axes, k) + " " + runs[i].values[k];
    page.notes.push_back(values + ": " + runs[i].result.reason);
  }
  table.columns.pop_back();
  for (auto& row : table.rows) row.resize(reason);
  if (!page.notes.empty()) page.notes_title = "No plan";
  page.tables.push_back(std::move(table));
  return page;
}

std::string sweep_html(const Page& page, const std::vector<SweepAxis>& axes, const std::vector<SweepRun>& runs) {
  Section section{"sweep", "Plans", "", {}, {}, {}, false};
  std::vector<std::string> labels;
  ChartSeries low{"P10", {}, 1}, middle{"cost", {}, 1}, high{"P90", {}, 1};
  for (const SweepRun& run : runs) {
    if (!run.result.feasible) continue;
    labels.push_back(run.values.front());
    low.values.push_back(run.result.head.cost_low.approximate());
    middle.values.push_back(run.result.head.cost.approximate());
    high.values.push_back(run.result.head.cost_high.approximate());
  }
  if (axes.size() == 1 && labels.size() > 1) {
    Figure figure{"sweep-chart", "Cost by " + axes.front().path, "Present value, with P10 and P90 over the outcomes of demand.", "", page.tables.front(), true};
    figure.svg = fan_chart({"sweep-chart", figure.title, figure.text, "USD"}, labels, low, middle, high);
    section.figures.push_back(std::move(figure));
  } else {
    section.tables.push_back(page.tables.front());
  }
  std::vector<Section> sections = {std::move(section)};
  if (!page.notes.empty()) sections.push_back({"notes", page.notes_title, "", {}, {}, page.notes, false});
  return html_document(page, sections);
}

}  // namespace tonnage::report
