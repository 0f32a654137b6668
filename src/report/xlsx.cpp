#include "tonnage/report/xlsx.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "sheets.hpp"
#include "texts.hpp"

namespace tonnage::report {

namespace {

/// Sums of a table's columns in `row`, live.
void total_cells(Workbook& book, const Table& table, int first, int row) {
  if (!table.total || table.rows.empty()) return;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    const int at = static_cast<int>(c);
    const Cell sum = column_sum(table, c);
    const auto* number = std::get_if<double>(&sum);
    const auto* money = std::get_if<Money>(&sum);
    if (number == nullptr && money == nullptr) book.text(row, at, c == 0 ? "total" : "", Look::strong);
    else book.formula(row, at, fmt::format("SUM({}:{})", cell_name(first, at), cell_name(row - 1, at)), money != nullptr ? money->approximate() : *number, money != nullptr ? 2 : column.digits, Look::strong);
  }
}

/// Returns the row after the table.
int table_cells(Workbook& book, const Table& table, int row) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) book.text(row, static_cast<int>(c), table.columns[c].name, Look::head);
  const int first = row + 1;
  row = first;
  for (const auto& cells : table.rows) {
    for (std::size_t c = 0; c < cells.size(); ++c) book.cell(row, static_cast<int>(c), cells[c], table.columns[c]);
    ++row;
  }
  total_cells(book, table, first, row);
  return row + (table.total && !table.rows.empty() ? 1 : 0);
}

}  // namespace

void table_sheet(Workbook& book, const std::string& name, const Table& table) {
  book.sheet(name);
  table_cells(book, table, 0);
  if (!table.columns.empty()) book.filter(0, static_cast<int>(table.rows.size()), static_cast<int>(table.columns.size()) - 1, table.columns.size() > 6 ? 1 : 0);
}

int page_cells(Workbook& book, const Page& page, int row) {
  if (!page.title.empty()) {
    book.text(row, 0, page.title, Look::title);
    row += 2;
  }
  for (const Fact& fact : page.facts) {
    book.text(row, 0, fact.label, Look::label);
    for (const auto& [column, text] : {std::pair{1, fact.value}, {2, fact.aside}, {3, fact.remark}})
      if (!text.empty()) book.text(row, column, text);
    ++row;
  }
  for (const Table& table : page.tables) {
    ++row;
    if (!table.title.empty()) book.text(row++, 0, table.title, Look::label);
    if (!table.rows.empty()) row = table_cells(book, table, row);
    if (!table.note.empty()) book.text(row++, 0, table.note, Look::note);
  }
  if (!page.notes.empty()) ++row;
  if (!page.notes.empty() && !page.notes_title.empty()) book.text(row++, 0, page.notes_title, Look::label);
  for (const std::string& note : page.notes) book.text(row++, 0, note, Look::note);
  return row;
}

std::string to_xlsx(const Page& page, const Table& data) {
  Workbook book(page.as_of, page.title);
  book.sheet("summary");
  Page head = page;
  head.tables.clear();
  page_cells(book, head, 0);
  std::set<std::string> names;
  for (const Table& table : page.tables)
    if (names.insert(table.id).second) table_sheet(book, table.id, table);
  if (!data.columns.empty()) table_sheet(book, names.count("data") > 0 ? "data_for_machines" : "data", data);
  return book.finish();
}

}  // namespace tonnage::report
