// The page of a difference with its bridge: from one plan's cost to the other's, step by step.
#include <fmt/format.h>

#include "charts.hpp"
#include "html_parts.hpp"
#include "texts.hpp"
#include "tonnage/report/difference_page.hpp"

namespace tonnage::report {

namespace {

constexpr int more = 2, less = 3, sum_color = 8;

Money change_of(const std::vector<Cell>& row) { return std::get<Money>(row.back()); }

/// Rows of the difference by one grouping, as steps that add up.
Table steps_by(const Table& all, const std::string& grouping) {
  Table out{"bridge", "Steps of the difference", {{"step", "step"}, {"change_usd", "change", Column::Kind::money, 2}}, {}, true, ""};
  for (const auto& row : all.rows)
    if (std::get<std::string>(row[0]) == grouping && change_of(row) != Money()) out.rows.push_back({row[1], row.back()});
  return out;
}

/// Of drivers where plans were made to find them, else of categories.
Figure bridge_figure(const Difference& difference) {
  const Table all = difference_table(difference);
  const auto& total = all.rows.front();
  Figure figure{"bridge", difference.drivers ? "By what changed" : "By category", "", "", steps_by(all, difference.drivers ? "driver" : "category"), true};
  if (figure.table.rows.empty()) return figure;
  figure.text = fmt::format("present value: {} before, {} after", short_money(std::get<Money>(total[3])), short_money(std::get<Money>(total[4])));
  const Texts texts = texts_of(figure.table);
  std::int64_t largest = 0;
  for (const auto& row : figure.table.rows) largest = std::max(largest, std::abs(change_of(row).micros()));
  const MoneyUnit unit = unit_for(std::max(largest, std::abs(change_of(total).micros())));
  const double divisor = static_cast<double>(unit.micros) * 1e-6;
  std::vector<ChartBar> steps;
  for (std::size_t r = 0; r < figure.table.rows.size(); ++r) {
    const Money change = change_of(figure.table.rows[r]);
    steps.push_back({std::get<std::string>(figure.table.rows[r][0]), change.approximate() / divisor, (change > Money() ? "+" : "") + texts.columns[1][r], change > Money() ? more : less});
  }
  const std::string name = unit.suffix[0] == '\0' ? difference.after.currency : std::string(unit.suffix + 1) + " " + difference.after.currency;
  const Money change = change_of(total);
  figure.svg = waterfall_chart({"bridge", "Bridge between the two plans", "Each bar begins where the one before ends; the last is the whole difference", name}, steps, {"difference", change.approximate() / divisor, (change > Money() ? "+" : "") + texts.columns[1].back(), sum_color});
  return figure;
}

}  // namespace

std::string difference_html(const Difference& difference, const Page& page) {
  std::vector<Section> sections;
  if (Figure bridge = bridge_figure(difference); !bridge.svg.empty()) sections.push_back({"bridge", "From one plan to the other", "", {}, {std::move(bridge)}, {}, false});
  for (const Table& table : page.tables) sections.push_back({table.id, table.title.empty() ? table.id : table.title, "", {table}, {}, {}, false});
  if (!page.notes.empty()) sections.push_back({"notes", page.notes_title.empty() ? "Notes" : page.notes_title, "", {}, {}, page.notes, false});
  return html_document(page, sections);
}

}  // namespace tonnage::report
