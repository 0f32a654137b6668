// calibrate: fits the constants of a step to load tests.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "context.hpp"
#include "load_tests.hpp"
#include "tonnage/capacity/calibrate.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::cli {

namespace {

using capacity::Calibration;
using capacity::CaseRow;
using capacity::FittedFactor;
using report::Cell;
using report::Column;
using report::Table;

/// All rows of all files; nothing when there are mistakes, which are shown.
std::optional<std::vector<CaseRow>> read_load_tests(const Context& context) {
  const Options& o = context.options;
  Diagnostics diagnostics;
  std::vector<CaseRow> rows;
  const ServedAs served{o.model, o.accelerator, o.tensor_parallel > 0 ? std::to_string(o.tensor_parallel) : "1", o.precision, o.engine};
  for (const std::string& path : o.inputs) {
    std::string text = read_input(context, path);
    if (is_json(text)) text = load_test_cases(path, text, served);
    const int file = diagnostics.sources.add(path, text);
    const CsvTable table = read_csv(text, file, diagnostics);
    for (CaseRow& row : capacity::read_cases(table, file, diagnostics)) rows.push_back(std::move(row));
  }
  context.say_diagnostics(diagnostics, true);
  if (diagnostics.has_errors()) return std::nullopt;
  return rows;
}

/// What the multipliers mean to a reader: most certain first would hide the large ones, so in the order of the constants.
Table factors_table(const Calibration& c) {
  Table table{"factors", "Multipliers", {{"factor", "constant"}, {"scope", "of"}, {"of", ""}, {"multiplier", "multiplier", Column::Kind::number, 3}, {"low", "68 %", Column::Kind::number, 3}, {"high", "", Column::Kind::number, 3}, {"rows", "rows", Column::Kind::number, 0}}, {}, false,
              "on the shipped constants; 68 %: between these the tests leave it, given what is known of the constant"};
  for (const FittedFactor& f : c.factors)
    table.rows.push_back({f.factor, f.scope, f.of, std::exp(f.log_value), std::exp(f.log_value - f.log_sd), std::exp(f.log_value + f.log_sd), static_cast<double>(f.rows)});
  return table;
}

Table errors_table(const Calibration& c) {
  Table table{"errors", "Error of predictions, %", {{"figure", "figure"}, {"figures", "figures", Column::Kind::number, 0}, {"before_mean_pct", "shipped", Column::Kind::number, 1}, {"after_mean_pct", "fitted", Column::Kind::number, 1}, {"left_out_mean_pct", "left out", Column::Kind::number, 1}, {"left_out_median_pct", "median", Column::Kind::number, 1}, {"left_out_p90_pct", "P90", Column::Kind::number, 1}}, {}, false,
              "mean absolute; left out: each experiment predicted from a fit without it"};
  const auto add = [&](const char* name, const capacity::ErrorSummary& before, const capacity::ErrorSummary& after, const capacity::ErrorSummary& out) {
    if (before.figures == 0) return;
    const auto pct = [&](double share) { return out.figures > 0 ? Cell(100 * share) : Cell(); };
    table.rows.push_back({std::string(name), static_cast<double>(before.figures), 100 * before.mean, 100 * after.mean, pct(out.mean), pct(out.median), pct(out.p90)});
  };
  add("time per output token", c.before.tpot, c.after.tpot, c.left_out.tpot);
  add("time to first token", c.before.ttft, c.after.ttft, c.left_out.ttft);
  add("output tokens per second", c.before.throughput, c.after.throughput, c.left_out.throughput);
  return table;
}

/// What --overlay takes: one entry for each accelerator, or for each model on it.
std::string overlay_text(const std::vector<CaseRow>& rows, const Calibration& c) {
  std::set<std::string> keys, models;
  for (const CaseRow& row : rows)
    if (row.reason.empty()) models.insert(row.test.model.name);
  for (const CaseRow& row : rows)
    if (row.reason.empty()) keys.insert(row.test.accelerator.name + (models.size() == 1 ? "/" + row.test.model.name : ""));
  std::string out = fmt::format("# Made by tonnage calibrate from {} load tests. Use: tonnage plan SCENARIO --overlay THIS\ncalibration:\n", c.rows);
  for (const std::string& key : keys) {
    out += "  " + key + ":\n";
    for (const FittedFactor& f : c.factors)
      if (std::abs(f.log_value) > 0.005) out += fmt::format("    {}: {:.4f}\n", f.factor, std::exp(f.log_value));
  }
  return out;
}

double rounded(double value) { return parse_double(fmt::format("{:.4g}", value)).value_or(value); }

/// The shipped table: constants and deviations, and what was measured.
Table shipped_table(const std::vector<CaseRow>& rows, const Calibration& c, const std::string& source, const std::string& as_of) {
  Table table{"efficiencies", "", {{"name", ""}, {"factor", ""}, {"scope", ""}, {"of", ""}, {"value", "", Column::Kind::number, 6}, {"source", ""}, {"as_of", ""}}, {}, false, ""};
  const auto add = [&](const std::string& factor, const std::string& scope, const std::string& of, double value) {
    table.rows.push_back({factor + "." + scope + (of.empty() ? "" : "." + of), factor, scope, of, parse_double(fmt::format("{:.5g}", value)).value_or(value), source, as_of});
  };
  for (const EfficiencyFactor& row : capacity::with_fitted(capacity::prior_table(), c.factors))
    if (row.scope == "all" || std::abs(std::log(row.value)) > 0.005) add(row.factor, row.scope, row.of, row.value);
  std::set<std::string> chips, setups;
  for (const CaseRow& row : rows) {
    if (!row.reason.empty()) continue;
    chips.insert(row.test.accelerator.name);
    setups.insert(row.test.accelerator.name + "+" + row.test.engine + "+" + row.test.model.family);
  }
  for (const std::string& chip : chips) add("measured", "measured accelerator", chip, 1);
  for (const std::string& setup : setups) add("measured", "measured setup", setup, 1);
  return table;
}

/// Of --only; throws UsageError for a name that is none.
std::vector<std::string> constants_of(const Options& o) {
  std::vector<std::string> names, known;
  if (o.only.empty()) return names;
  if (!o.hierarchy) throw UsageError{"--only needs --hierarchy"};
  for (const capacity::FactorField& field : capacity::factor_fields()) known.push_back(field.name);
  for (const std::string_view part : split(o.only, ',')) {
    names.emplace_back(trim(part));
    if (std::find(known.begin(), known.end(), names.back()) != known.end()) continue;
    const std::string close = suggest(names.back(), known);
    throw UsageError{"there is no constant '" + names.back() + "'" + (close.empty() ? "" : "; did you mean '" + close + "'?")};
  }
  return names;
}

}  // namespace

int calibrate_command(const Context& context) {
  const Options& o = context.options;
  const bool to_overlay = o.out.ends_with(".yaml") || o.out.ends_with(".yml");
  if (!to_overlay) (void)context.format();
  if (o.hierarchy && to_overlay) throw UsageError{"--hierarchy writes a table of efficiencies: give a .csv, or --format csv"};
  const auto rows = read_load_tests(context);
  if (!rows) return bad_input;
  capacity::CalibrationOptions options;
  options.threads = threads_of(context);
  options.leave_one_out = !o.hierarchy;
  if (o.hierarchy) options.scopes = capacity::FactorScopes::hierarchy;
  options.only = constants_of(o);
  const std::vector<EfficiencyFactor> table = o.hierarchy ? capacity::prior_table() : shipped_catalog().efficiencies;
  const Calibration c = capacity::calibrate(*rows, table, options);
  if (!o.quiet)
    for (const std::string& why : c.unused) context.say("not used: " + why + "\n");
  if (c.rows == 0) throw InputError{"load-test", "no row has a measured figure that can be predicted"};
  if (o.hierarchy && o.folds > 0) {
    capacity::CalibrationOptions again = options;
    again.iterations = 4;
    again.only.clear();
    Table errors{"errors", "", {{"name", ""}, {"low_ratio", "", Column::Kind::number, 4}, {"high_ratio", "", Column::Kind::number, 4}, {"cases", "", Column::Kind::number, 0}, {"mean_error", "", Column::Kind::number, 4}, {"median_error", "", Column::Kind::number, 4}, {"p90_error", "", Column::Kind::number, 4}, {"source", ""}, {"as_of", ""}}, {}, false, ""};
    for (const capacity::EvidenceError& e : capacity::cross_validate(*rows, table, c.factors, again, o.folds))
      errors.rows.push_back({e.name, rounded(e.low_ratio), rounded(e.high_ratio), static_cast<double>(e.cases), rounded(e.mean_error), rounded(e.median_error), rounded(e.p90_error), o.source, o.as_of});
    report::Page page;
    page.tables = {errors};
    context.emit(page, errors, report::table_json("errors", {errors}));
    return done;
  }
  if (o.hierarchy) {
    const Table shipped = shipped_table(*rows, c, o.source, o.as_of);
    report::Page page;
    page.tables = {errors_table(c), factors_table(c)};
    context.emit(page, shipped, report::table_json("efficiencies", {shipped}));
    return done;
  }
  if (to_overlay) {
    context.emit(overlay_text(*rows, c));
    if (!o.quiet) context.say(report::to_terminal({"", {}, {errors_table(c)}, "", {}}, {100, context.color_on_stderr()}));
    return done;
  }
  report::Page page;
  page.title = fmt::format("{} load tests of {} experiments", c.rows, c.experiments);
  page.tables = {errors_table(c), factors_table(c)};
  context.emit(page, factors_table(c), report::table_json("calibration", page.tables));
  return done;
}

}  // namespace tonnage::cli
