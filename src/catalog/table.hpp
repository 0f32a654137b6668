// Reads a CSV table into rows by a list of columns; each column knows its setter.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tonnage/core/csv.hpp"
#include "tonnage/core/diagnostics.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::catalog_detail {

/// Sets a field of `row` from a cell; reports what is wrong and returns false.
template <class Row>
using Setter = std::function<bool(Row& row, const CsvField& cell, Diagnostics& diagnostics)>;

template <class Row>
struct Column {
  std::string_view name;
  Setter<Row> set;
};

inline bool report(Diagnostics& diagnostics, const char* code, std::string message, const Mark& mark) {
  diagnostics.error(code, std::move(message), mark);
  return false;
}

template <class Row>
Setter<Row> text(std::string Row::*field) {
  return [field](Row& row, const CsvField& cell, Diagnostics&) {
    row.*field = cell.text;
    return true;
  };
}

/// A text that must stand there; lower case where it is an id.
template <class Row>
Setter<Row> id(std::string Row::*field) {
  return [field](Row& row, const CsvField& cell, Diagnostics& diagnostics) {
    row.*field = cell.text;
    if (cell.text.empty()) return report(diagnostics, "catalog-value", "a name is missing", cell.mark);
    if (lower(cell.text) != cell.text || cell.text.find(' ') != std::string::npos)
      return report(diagnostics, "catalog-value", "'" + cell.text + "' is not a lower-case name without spaces", cell.mark);
    return true;
  };
}

/// A number of zero or more in the column's unit times `scale`; an empty cell is zero ("does not apply").
template <class Row>
Setter<Row> number(double Row::*field, double scale = 1) {
  return [field, scale](Row& row, const CsvField& cell, Diagnostics& diagnostics) {
    double value = 0;
    if (!cell.text.empty() && !read_number(cell, value, diagnostics)) return false;
    if (value < 0) return report(diagnostics, "catalog-value", "'" + cell.text + "' is negative", cell.mark);
    row.*field = value * scale;
    return true;
  };
}

template <class Row>
Setter<Row> positive(double Row::*field, double scale = 1) {
  return [set = number(field, scale), field](Row& row, const CsvField& cell, Diagnostics& diagnostics) {
    if (!set(row, cell, diagnostics)) return false;
    if (row.*field > 0) return true;
    return report(diagnostics, "catalog-value", "a number above zero is needed here", cell.mark);
  };
}

/// A count of `least` or more; an empty cell is `least`.
template <class Row>
Setter<Row> count(int Row::*field, int least = 0) {
  return [field, least](Row& row, const CsvField& cell, Diagnostics& diagnostics) {
    if (cell.text.empty()) {
      row.*field = least;
      return true;
    }
    const auto value = parse_integer(cell.text);
    if (!value || *value < least || *value > std::numeric_limits<int>::max())
      return report(diagnostics, "catalog-value", "'" + cell.text + "' is not a count of " + std::to_string(least) + " or more", cell.mark);
    row.*field = static_cast<int>(*value);
    return true;
  };
}

/// One of a set of words, by a parser that gives an empty optional for others.
template <class Row, class Enum, class Parser>
Setter<Row> word(Enum Row::*field, Parser parse) {
  return [field, parse](Row& row, const CsvField& cell, Diagnostics& diagnostics) {
    const auto value = parse(cell.text);
    if (!value) return report(diagnostics, "catalog-value", "'" + cell.text + "' is not a word that this column knows", cell.mark);
    row.*field = *value;
    return true;
  };
}

template <class Row>
Setter<Row> one_of(std::string Row::*field, std::vector<std::string> words) {
  return [field, words = std::move(words)](Row& row, const CsvField& cell, Diagnostics& diagnostics) {
    for (const std::string& known : words)
      if (known == cell.text) {
        row.*field = cell.text;
        return true;
      }
    return report(diagnostics, "catalog-value", "'" + cell.text + "' is none of " + name_list(words), cell.mark);
  };
}

template <class Row>
Setter<Row> source_text() {
  return [](Row& row, const CsvField& cell, Diagnostics& diagnostics) {
    row.source.text = cell.text;
    if (!trim(cell.text).empty()) return true;
    return report(diagnostics, "catalog-source", "this row has no source", cell.mark);
  };
}

template <class Row>
Setter<Row> as_of() {
  return [](Row& row, const CsvField& cell, Diagnostics& diagnostics) {
    row.source.as_of = cell.text;
    if (!trim(cell.text).empty()) return true;
    return report(diagnostics, "catalog-source", "this row does not say as of which date it holds", cell.mark);
  };
}

/// A row's cells by column name, for checks that need a place.
class Cells {
 public:
  Cells(const CsvTable& table, const CsvRow& row) : table_(table), row_(row) {}
  const CsvField& operator[](std::string_view column) const {
    return row_.fields[static_cast<std::size_t>(table_.column(column))];
  }

 private:
  const CsvTable& table_;
  const CsvRow& row_;
};

/// True when the header names exactly the columns; reports each that is unknown or missing.
template <class Row>
bool check_columns(const CsvTable& table, const std::vector<Column<Row>>& columns, int file, Diagnostics& diagnostics) {
  bool sound = true;
  std::vector<std::string> known;
  for (const auto& column : columns) {
    known.emplace_back(column.name);
    if (table.column(column.name) < 0)
      sound = report(diagnostics, "catalog-column", "column '" + std::string(column.name) + "' is missing", {file, 1, 1, 0});
  }
  for (const CsvField& field : table.header.fields) {
    bool found = false;
    for (const auto& column : columns) found = found || column.name == field.text;
    if (found) continue;
    const std::string close = suggest(field.text, known);
    diagnostics.error("catalog-column", "unknown column '" + field.text + "'", field.mark,
                      close.empty() ? std::string() : "did you mean '" + close + "'?");
    sound = false;
  }
  return sound;
}

/// Reads a whole table. `finish(row, cells)` checks and completes a row and tells whether it is kept.
template <class Row, class Finish>
std::vector<Row> read_rows(std::string_view contents, int file, const std::vector<Column<Row>>& columns, Diagnostics& diagnostics,
                           Finish finish) {
  std::vector<Row> rows;
  const CsvTable table = read_csv(contents, file, diagnostics);
  if (table.header.fields.empty() || !check_columns(table, columns, file, diagnostics)) return rows;
  std::map<std::string, int> line_of;
  for (const CsvRow& record : table.rows) {
    const Cells cells(table, record);
    Row row;
    bool sound = true;
    for (const auto& column : columns) sound = column.set(row, cells[column.name], diagnostics) && sound;
    const Mark& place = cells["name"].mark;
    const auto [first, is_new] = line_of.emplace(row.name, place.line);
    if (!is_new)
      sound = report(diagnostics, "catalog-duplicate", "'" + row.name + "' stands already in line " + std::to_string(first->second), place);
    if (sound && finish(row, cells)) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tonnage::catalog_detail
