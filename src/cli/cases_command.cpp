// curve --cases: many load tests predicted at once.
#include <fmt/format.h>

#include "context.hpp"
#include "curve_query.hpp"
#include "tonnage/capacity/case_table.hpp"
#include "tonnage/core/parallel.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::cli {

namespace {

using capacity::CaseMetric;
using capacity::CasePrediction;
using capacity::CaseRow;
using report::Cell;
using report::Column;
using report::Table;

double unit_of(int metric) { return static_cast<CaseMetric>(metric) == CaseMetric::output_tokens_per_s ? 1 : 1e3; }

/// The given rows in their order, each with what is predicted for it.
Table machine_table(const CsvTable& given, const std::vector<CaseRow>& rows, const std::vector<CasePrediction>& predictions) {
  Table table{"cases", "", {}, {}, false, ""};
  for (const CsvField& field : given.header.fields) table.columns.push_back({field.text, field.text});
  for (int m = 0; m < capacity::case_metrics; ++m)
    for (const char* end : {"", "_low", "_high"})
      table.columns.push_back({fmt::format("predicted_{}{}", capacity::column_of(static_cast<CaseMetric>(m)), end), "", Column::Kind::number, 3});
  for (const char* name : {"predicted_saturated", "evidence", "reason"}) table.columns.push_back({name, name});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const CasePrediction& p = predictions[i];
    std::vector<Cell> cells;
    for (const CsvField& field : given.rows[i].fields) cells.emplace_back(field.text);
    for (int m = 0; m < capacity::case_metrics; ++m) {
      const capacity::CaseFigure& figure = p.figures[static_cast<std::size_t>(m)];
      for (const double value : {figure.value, figure.low, figure.high}) cells.push_back(p.valid() ? Cell(unit_of(m) * value) : Cell());
    }
    cells.emplace_back(std::string(!p.valid() ? "" : p.saturated ? "true" : "false"));
    cells.emplace_back(p.evidence);
    cells.emplace_back(p.reason);
    table.rows.push_back(std::move(cells));
  }
  return table;
}

/// What a person reads: one line a case, with the 80 % interval of TPOT and TTFT.
Table people_table(const std::vector<CaseRow>& rows, const std::vector<CasePrediction>& predictions) {
  Table table{"cases", "", {{"case", "case"}, {"tpot", "TPOT ms", Column::Kind::number, 2}, {"tpot80", "80 %"}, {"ttft", "TTFT ms", Column::Kind::number, 1}, {"ttft80", "80 %"},
                            {"p99", "P99 ms", Column::Kind::number, 1}, {"e2e", "E2E ms", Column::Kind::number, 0}, {"thr", "tokens/s", Column::Kind::number, 0}, {"note", ""}}, {}, false,
              "means of a run; 80 %: in which four of five measurements lay in cases with as much evidence"};
  const auto span = [](const capacity::CaseFigure& f, int digits) { return fmt::format("{:.{}f}-{:.{}f}", 1e3 * f.low, digits, 1e3 * f.high, digits); };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const CasePrediction& p = predictions[i];
    if (!p.valid()) {
      table.rows.push_back({rows[i].name, Cell(), "", Cell(), "", Cell(), Cell(), Cell(), p.reason});
      continue;
    }
    const auto& tpot = p[CaseMetric::tpot_mean];
    const auto& ttft = p[CaseMetric::ttft_mean];
    table.rows.push_back({rows[i].name, 1e3 * tpot.value, span(tpot, 1), 1e3 * ttft.value, span(ttft, 0), 1e3 * p[CaseMetric::ttft_p99].value,
                          1e3 * p[CaseMetric::e2e_mean].value, p[CaseMetric::output_tokens_per_s].value, std::string(p.saturated ? "saturated" : "")});
  }
  return table;
}

}  // namespace

int cases_command(const Context& context) {
  const Options& o = context.options;
  Diagnostics diagnostics;
  const std::string text = read_input(context, o.cases);
  const int file = diagnostics.sources.add(o.cases, text);
  const CsvTable given = read_csv(text, file, diagnostics);
  const std::vector<CaseRow> rows = capacity::read_cases(given, file, diagnostics);
  context.say_diagnostics(diagnostics, true);
  if (diagnostics.has_errors()) return bad_input;
  const CalibrationTable calibration = own_calibration(context);
  std::vector<CasePrediction> predictions(rows.size());
  parallel_for(static_cast<int>(rows.size()), threads_of(context), [&](int at) {
    const auto i = static_cast<std::size_t>(at);
    predictions[i].reason = rows[i].reason;
    if (rows[i].reason.empty()) predictions[i] = capacity::predict_case(rows[i].test, calibration);
  });
  std::size_t without = 0;
  for (const CasePrediction& p : predictions) without += !p.valid();
  const Table table = machine_table(given, rows, predictions);
  report::Page page;
  page.tables.push_back(people_table(rows, predictions));
  context.emit(page, table, report::table_json("cases", {table}));
  if (without > 0 && !o.quiet) context.say(fmt::format("{} of {} cases have no prediction: column 'reason' says why\n", without, rows.size()));
  return done;
}

}  // namespace tonnage::cli
