#include "tonnage/core/csv.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage {

int CsvTable::column(std::string_view name) const {
  for (std::size_t i = 0; i < header.fields.size(); ++i)
    if (header.fields[i].text == name) return static_cast<int>(i);
  return -1;
}

namespace {

/// Reads one record at a time and keeps count of lines and columns in characters.
class CsvScanner {
 public:
  CsvScanner(std::string_view text, int file, Diagnostics& diagnostics) : text_(text), file_(file), diagnostics_(diagnostics) {}

  bool done() const { return at_ >= text_.size(); }
  int line() const { return line_; }

  /// Reads a record; `sound` tells whether it had no mistake of form.
  CsvRow record(bool& sound) {
    CsvRow row;
    sound = true;
    for (;;) {
      row.fields.push_back(field(sound));
      if (done()) return row;
      const char c = text_[at_];
      step();
      if (c == '\n') return row;
      if (c == '\r') {
        if (!done() && text_[at_] == '\n') step();
        return row;
      }
    }
  }

 private:
  void step() {
    const char c = text_[at_++];
    if (c == '\n' || (c == '\r' && (done() || text_[at_] != '\n'))) {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++column_;
    }
  }

  static bool ends_field(char c) { return c == ',' || c == '\n' || c == '\r'; }

  CsvField field(bool& sound) {
    CsvField out;
    out.mark = {file_, line_, column_, 0};
    if (!done() && text_[at_] == '"') {
      quoted(out, sound);
    } else {
      const std::size_t begin = at_;
      while (!done() && !ends_field(text_[at_])) step();
      out.text = std::string(text_.substr(begin, at_ - begin));
    }
    out.mark.end_column = line_ == out.mark.line ? std::max(column_, out.mark.column + 1) : 0;
    return out;
  }

  void quoted(CsvField& out, bool& sound) {
    step();
    for (;;) {
      if (done()) {
        diagnostics_.error("csv-quote", "this quoted field is never closed", out.mark, "", "a quote inside a quoted field is written twice");
        sound = false;
        return;
      }
      if (text_[at_] != '"') {
        out.text += text_[at_];
        step();
        continue;
      }
      step();
      if (done() || text_[at_] != '"') break;
      out.text += '"';
      step();
    }
    if (!done() && !ends_field(text_[at_])) {
      diagnostics_.error("csv-quote", "text follows the closing quote of a field", {file_, line_, column_, 0}, "",
                         "a quote inside a quoted field is written twice");
      sound = false;
      while (!done() && !ends_field(text_[at_])) step();
    }
  }

  std::string_view text_;
  int file_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

bool check_header(const CsvRow& header, Diagnostics& diagnostics) {
  const int before = diagnostics.error_count();
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const CsvField& field = header.fields[i];
    if (field.text.empty()) diagnostics.error("csv-header", "column " + std::to_string(i + 1) + " has no name", field.mark);
    for (std::size_t k = 0; k < i && !field.text.empty(); ++k)
      if (header.fields[k].text == field.text) {
        diagnostics.error("csv-header", "column '" + field.text + "' stands twice", field.mark);
        break;
      }
  }
  return diagnostics.error_count() == before;
}

}  // namespace

CsvTable read_csv(std::string_view text, int file, Diagnostics& diagnostics) {
  CsvTable table;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (!check_encoding(text, file, diagnostics)) return table;
  CsvScanner scanner(text, file, diagnostics);
  bool sound = true;
  if (scanner.done()) {
    diagnostics.error("csv-empty", "this table is empty", {file, 1, 1, 0}, "", "its first line names the columns");
    return table;
  }
  table.header = scanner.record(sound);
  if (!check_header(table.header, diagnostics) || !sound) return table;
  while (!scanner.done()) {
    const int line = scanner.line();
    CsvRow row = scanner.record(sound);
    if (!sound) continue;
    if (row.fields.size() == 1 && row.fields[0].text.empty()) continue;  // an empty line
    if (row.fields.size() != table.header.fields.size()) {
      diagnostics.error("csv-width", "this row has " + std::to_string(row.fields.size()) + " fields, the header has " +
                                         std::to_string(table.header.fields.size()), {file, line, 1, 0});
      continue;
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

bool read_number(const CsvField& field, double& value, Diagnostics& diagnostics) {
  const auto parsed = parse_double(trim(field.text));
  if (parsed && std::isfinite(*parsed)) {
    value = *parsed;
    return true;
  }
  diagnostics.error("csv-number", "'" + field.text + "' is not a finite number", field.mark);
  return false;
}

std::string csv_escape(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace tonnage
