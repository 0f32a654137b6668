// CSV text: every row has the header's width, numbers are finite, a table written again reads the same; and the series in it.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tonnage/core/csv.hpp"
#include "tonnage/scenario/load.hpp"

using namespace tonnage;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string write(const CsvRow& row) {
  std::string out;
  for (std::size_t i = 0; i < row.fields.size(); ++i) out += (i > 0 ? "," : "") + csv_escape(row.fields[i].text);
  return out + "\n";
}

bool same(const CsvRow& a, const CsvRow& b) {
  if (a.fields.size() != b.fields.size()) return false;
  for (std::size_t i = 0; i < a.fields.size(); ++i)
    if (a.fields[i].text != b.fields[i].text) return false;
  return true;
}

void written_again(const CsvTable& table) {
  std::string text = "\xEF\xBB\xBF" + write(table.header);  // the mark is the file's; a second one is text
  for (const CsvRow& row : table.rows) text += write(row);
  Diagnostics diagnostics;
  const CsvTable again = read_csv(text, diagnostics.sources.add("again.csv", text), diagnostics);
  require(!diagnostics.has_errors() && again.rows.size() == table.rows.size() && same(again.header, table.header));
  for (std::size_t i = 0; i < table.rows.size(); ++i) require(same(again.rows[i], table.rows[i]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const int file = diagnostics.sources.add("a.csv", text);
  const CsvTable table = read_csv(text, file, diagnostics);
  const bool sound = !diagnostics.has_errors();
  for (const CsvRow& row : table.rows) {
    require(row.fields.size() == table.header.fields.size());
    double value = 0;
    Diagnostics numbers;
    for (const CsvField& field : row.fields)
      if (read_number(field, value, numbers)) require(std::isfinite(value));
  }
  if (sound && table.header.fields.size() > 1) written_again(table);
  Diagnostics of_series;
  const auto all = scenario::read_series(text, of_series.sources.add("a.csv", text), of_series);
  for (const scenario::NamedSeries& one : all) {
    require(one.series.step_s > 0);
    for (const double value : one.series.values) require(!std::isinf(value));
  }
  render(diagnostics, false);
  render(of_series, true);
  return 0;
}
