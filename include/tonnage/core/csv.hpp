// CSV by RFC 4180, with the place of every field. Also accepts LF line ends and a UTF-8 byte-order mark.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tonnage/core/diagnostics.hpp"

namespace tonnage {

struct CsvField {
  std::string text;
  Mark mark;
};

struct CsvRow {
  std::vector<CsvField> fields;
};

struct CsvTable {
  CsvRow header;
  std::vector<CsvRow> rows;  ///< each has as many fields as the header

  /// Index of a column, or -1.
  int column(std::string_view name) const;
};

/// Reads a table whose first line names the columns. `file` is the text's index in `diagnostics.sources`.
/// Reports ("csv-…" codes): an unclosed quote, text after a closing quote, a row of another length, a repeated or empty
/// column name, bytes that are not UTF-8, NUL. Rows with a mistake are left out, all others are returned.
CsvTable read_csv(std::string_view text, int file, Diagnostics& diagnostics);

/// Whole field as a finite number by std::from_chars, independent of locale. Reports "csv-number" and returns false when
/// it is not one.
bool read_number(const CsvField& field, double& value, Diagnostics& diagnostics);

/// Quoted as needed so that a reader gets `text` back.
std::string csv_escape(std::string_view text);

}  // namespace tonnage
