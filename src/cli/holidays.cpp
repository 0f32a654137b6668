#include "holidays.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "context.hpp"
#include "tonnage/core/calendar.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::cli {
namespace {

constexpr long long day_s = 86400;

/// Days since 1970-01-01, of times before it too.
long long day_at(long long time_s) { return (time_s - ((time_s % day_s) + day_s) % day_s) / day_s; }

std::map<std::string, std::vector<long long>> days_by_name(const CsvTable& table, int file, Diagnostics& diagnostics) {
  std::map<std::string, std::vector<long long>> out;
  const int date = table.column("date"), name = table.column("name");
  if (date < 0) {
    diagnostics.error("csv-column", "column 'date' is missing", {file, 1, 1, 0}, "", "expected: date,name with a day and what it is, e.g. 2026-12-25,christmas");
    return out;
  }
  for (const CsvRow& row : table.rows) {
    const CsvField& field = row.fields[static_cast<std::size_t>(date)];
    const auto day = parse_date(trim(field.text));
    if (!day) diagnostics.error("bad-date", "'" + printable(field.text) + "' is not a day that exists, expected e.g. 2027-01-31", field.mark);
    else out[name < 0 ? "holiday" : std::string(trim(row.fields[static_cast<std::size_t>(name)].text))].push_back(day->time_since_epoch().count());
  }
  return out;
}

}  // namespace

std::vector<Holiday> read_holidays(const Context& context, const std::string& path) {
  Diagnostics diagnostics;
  const std::string text = read_input(context, path);
  const int file = diagnostics.sources.add(path, text);
  const CsvTable table = check_encoding(text, file, diagnostics) ? read_csv(text, file, diagnostics) : CsvTable();
  std::vector<Holiday> out;
  if (!diagnostics.has_errors())
    for (auto& [name, days] : days_by_name(table, file, diagnostics)) {
      std::sort(days.begin(), days.end());
      days.erase(std::unique(days.begin(), days.end()), days.end());
      out.push_back({name, std::move(days)});
    }
  context.say_diagnostics(diagnostics, true);
  if (diagnostics.has_errors()) out.clear();
  else if (out.empty()) throw UsageError{"'" + path + "' holds no holiday"};
  return out;
}

forecast::Regressor days_of(const Holiday& holiday, const HistorySeries& series, int horizon) {
  forecast::Regressor out;
  for (long long t = 0; t < static_cast<long long>(series.values.size()) + horizon; ++t) {
    const long long first = series.start_s + t * series.step_s, from = day_at(first), to = std::max(from + 1, day_at(first + series.step_s - 1) + 1);
    const auto begin = std::lower_bound(holiday.days.begin(), holiday.days.end(), from);
    const auto end = series.step_s <= day_s ? std::upper_bound(begin, holiday.days.end(), from) : std::lower_bound(begin, holiday.days.end(), to);
    out.push_back(static_cast<double>(end - begin));
  }
  return out;
}

}  // namespace tonnage::cli
