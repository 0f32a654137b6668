#include "context.hpp"
#include "progress.hpp"
#include "tonnage/core/stop.hpp"

#include <algorithm>
#include <cerrno>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "lock.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/quantity.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/html.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/pages.hpp"
#include "tonnage/report/xlsx.hpp"

namespace tonnage::cli {

namespace {

std::string format_of_ending(const std::string& path) {
  const auto dot = path.rfind('.');
  const std::string ending = dot == std::string::npos ? "" : lower(path.substr(dot + 1));
  if (ending == "json" || ending == "csv" || ending == "jsonl" || ending == "html" || ending == "xlsx" || ending == "sarif") return ending;
  if (ending == "md" || ending == "markdown") return "markdown";
  if (path.empty() || path == "-" || ending.empty() || ending == "txt" || path.find('/', dot) != std::string::npos || path.rfind("/dev/", 0) == 0) return "table";
  return ending;  // no format of that name: the caller says so
}

/// The columns of --columns, in that order; all when there is no such list.
report::Table chosen_columns(const report::Table& table, const std::string& list) {
  if (list.empty()) return table;
  std::vector<std::string> names;
  for (const report::Column& column : table.columns) names.push_back(column.name);
  report::Table out = table;
  out.columns.clear();
  for (auto& row : out.rows) row.clear();
  for (const std::string_view part : split(list, ',')) {
    const std::string name(trim(part));
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      const std::string close = suggest(name, names);
      throw UsageError{"--columns: there is no column '" + name + "', expected " + name_list(names, 40) + (close.empty() ? "" : "; did you mean '" + close + "'?")};
    }
    const auto at = static_cast<std::size_t>(found - names.begin());
    out.columns.push_back(table.columns[at]);
    for (std::size_t r = 0; r < table.rows.size(); ++r) out.rows[r].push_back(table.rows[r][at]);
  }
  return out;
}

}  // namespace

std::optional<std::uint64_t> Options::seed() const {
  if (seed_text.empty()) return std::nullopt;
  const auto value = parse_integer(seed_text);
  if (!value || *value < 0) throw UsageError{"'" + seed_text + "' is not a seed, expected a whole number from 0 to 9223372036854775807"};
  return static_cast<std::uint64_t>(*value);
}

std::string Context::format(const std::vector<std::string>& allowed) const {
  std::string wanted = options.format.empty() ? format_of_ending(options.out) : options.format;
  const bool known = std::find(allowed.begin(), allowed.end(), wanted) != allowed.end();
  if (known && wanted == "xlsx" && environment.stdout_terminal && (options.out.empty() || options.out == "-"))
    throw UsageError{"a workbook is not for a terminal, expected -o FILE.xlsx or a pipe"};
  if (known && !options.columns.empty() && wanted != "csv" && wanted != "jsonl") throw UsageError{"--columns chooses columns of CSV and JSONL, not of '" + wanted + "'"};
  if (known) return wanted;
  const std::string close = suggest(wanted, allowed);
  if (options.format.empty()) throw UsageError{"'" + options.out + "' ends with no known format, expected .txt, .md, .csv, .json, .jsonl, .html or .xlsx, or --format " + name_list(allowed)};
  throw UsageError{"unknown format '" + wanted + "' for this command, expected " + name_list(allowed, 12) + (close.empty() ? "" : "; did you mean '" + close + "'?")};
}

void Context::emit(const std::string& text) const {
  if (options.out.empty() || options.out == "-") write_all(environment.files, 1, "standard output", text);
  else write_file(environment.files, options.out, text);
}

void Context::emit(const report::Page& page, const report::Table& csv, const std::string& json) const {
  const std::string wanted = format();
  if (wanted == "json") return emit(json);
  if (wanted == "csv" || wanted == "jsonl") return emit_rows(csv);
  if (wanted == "markdown") return emit(report::to_markdown(page));
  if (wanted == "html") return emit(report::to_html(page));
  if (wanted == "xlsx") return emit(report::to_xlsx(page, csv));
  const bool file = !options.out.empty() && options.out != "-";
  emit(report::to_terminal(page, {file ? 100 : std::min(environment.width, 100), color_on_stdout()}));
}

void Context::emit_tables(const std::string& kind, const std::vector<report::Table>& tables) const {
  if (format() == "json") emit(report::table_json(kind, tables));
  else emit_rows(tables.front());
}

void Context::emit_rows(const report::Table& table) const {
  const report::Table chosen = chosen_columns(table, options.columns);
  emit(format() == "csv" ? report::to_csv(chosen) : report::table_jsonl(chosen));
}

void Context::say(const std::string& text) const {
  try {
    write_all(environment.files, 2, "standard error", text);
  } catch (const IoError&) {
    // There is no place left to complain to.
  }
}

void Context::say_diagnostics(const Diagnostics& diagnostics, bool warnings, const char* ending) const {
  if (warnings || diagnostics.has_errors()) {
    Diagnostics shown;
    shown.sources = diagnostics.sources;
    for (const Diagnostic& d : diagnostics.items()) {
      if (d.severity == Severity::error) shown.error(d.code, d.message, d.mark, d.hint, d.note);
      else if (warnings) shown.warning(d.code, d.message, d.mark, d.hint, d.note);
    }
    say(render(shown, color_on_stderr()));
  }
  if (!diagnostics.has_errors()) return;
  const int count = diagnostics.error_count();
  say(std::to_string(count) + (count == 1 ? " error" : " errors") + ending + "\n");
}

void Context::log(const std::string& line) const {
  if (!options.verbose) return;
  std::ostringstream text;
  const auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text);
  spdlog::logger logger("tonnage", sink);
  logger.set_pattern("%H:%M:%S.%e %v");
  logger.info(line);
  say(text.str());
}

std::string read_input(const Context& context, const std::string& path) {
  FileSystem& files = context.environment.files;
  if (path == "-") return read_all(files, 0, "standard input", scenario::max_file_bytes);
  if (files.kind(path) == FileSystem::Kind::missing) throw InputError{"missing-file", "there is no file '" + path + "'"};
  if (files.kind(path) == FileSystem::Kind::folder) throw InputError{"file", "'" + path + "' is a folder"};
  return read_file(files, path, scenario::max_file_bytes);
}

std::optional<scenario::LoadedScenario> load(const Context& context, const scenario::LoadOptions& options, int& warnings, bool show_warnings) {
  Diagnostics diagnostics;
  auto loaded = scenario::load_scenario(options, shipped_catalog(), context.environment.files, diagnostics);
  warnings = diagnostics.warning_count();
  context.say_diagnostics(diagnostics, show_warnings && !context.options.quiet);
  return loaded;
}

std::optional<scenario::LoadedScenario> load(const Context& context, int& warnings, bool show_warnings) {
  const Options& o = context.options;
  auto loaded = load(context, {o.input, o.overlays, o.sets, o.allow_outside}, warnings, show_warnings);
  if (loaded) hold_lock(context, *loaded);
  return loaded;
}

scenario::LoadOptions load_options(const Context& context) {
  const Options& o = context.options;
  scenario::LoadOptions out{o.input, o.overlays, o.sets, o.allow_outside};
  if (o.input == "-") out.text = read_input(context, "-");
  return out;
}

double positive_quantity(const std::string& option, const std::string& text, const std::string& unit, const std::string& example) {
  std::string problem;
  const auto value = parse_quantity(text, Currencies{}, problem);
  const auto wanted = parse_unit(unit, Currencies{});
  if (!value || !wanted || !(value->dimension == wanted->first) || !(value->value > 0))
    throw UsageError{option + ": '" + text + "' is not " + example};
  return value->value;
}

int threads_of(const Context& context) { return context.options.threads > 0 ? context.options.threads : context.environment.processors; }

pipeline::RunOptions run_options(const Context& context, ProgressLine* line) {
  const Options& o = context.options;
  pipeline::RunOptions out;
  out.seed = o.seed();
  out.threads = threads_of(context);
  out.allocate.relative_gap = o.gap;
  out.allocate.relax = o.relax;
  out.method = o.solver == "highs" ? optimize::Method::highs : o.solver == "interior" ? optimize::Method::interior : optimize::Method::automatic;
  if (o.time_limit_s > 0) out.allocate.deadline = Deadline(o.time_limit_s);
  out.log = [&context](const std::string& text) { context.log(text); };
  if (line != nullptr) out.progress = line->sink();
  return out;
}

int exit_of(const Context& context, const pipeline::Run& run) {
  if (stop_requested()) {
    context.say(run.feasible() ? "stopped: the best found so far was written\n" : "stopped before a plan was found\n");
    return interrupted;
  }
  if (!run.feasible()) {
    if (run.plan.proof.status == "infeasible") return infeasible;
    context.say("error [solver]: the solver stopped with '" + run.plan.proof.status + "'\n");
    return run.plan.proof.status == "limit without a plan" ? stopped : failure;
  }
  return run.plan.proof.status == "limit" ? stopped : done;
}

int exit_without_plan(const Context& context, const pipeline::Run& run) {
  if (run.plan.proof.status == "infeasible") context.say("error [infeasible]: " + report::infeasible_text(run));
  return exit_of(context, run);
}

}  // namespace tonnage::cli
