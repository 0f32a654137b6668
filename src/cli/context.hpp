// What every command shares: options, output, messages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/cli/cli.hpp"
#include "tonnage/pipeline/levers.hpp"
#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/report/page.hpp"
#include "tonnage/tco/actuals.hpp"

namespace tonnage::cli {

class ProgressLine;

struct Options {
  // input
  std::string input;
  std::vector<std::string> inputs;       ///< of calibrate
  std::string second;                    ///< of diff and explain
  std::vector<std::string> overlays, sets;
  bool allow_outside = false;
  // run
  std::string seed_text;                 ///< a whole number from 0
  std::optional<std::uint64_t> seed() const;
  int threads = 0;                       ///< 0: all processors
  double gap = 0.002;
  bool relax = false;
  double time_limit_s = 0;               ///< 0: none
  std::string lock;                      ///< file that pins what is read
  std::string present;                   ///< file of the present plan
  std::vector<std::string> alternatives; ///< "least:THING"
  std::string within = "1 %", reasons = "limits";
  // output
  std::string format;                    ///< empty: by the ending of `out`, else table
  std::string out;                       ///< empty or "-": standard output
  std::string columns;                   ///< of CSV and JSONL; empty: all
  std::string color = "auto";
  bool quiet = false, verbose = false, explain = false;
  // of single commands
  std::string solver = "auto";
  std::string by, export_model, kind, name, template_name, explain_path, shell;
  std::string outputs;          ///< schema: a command, all, or empty
  bool tables = false;                   ///< of schema
  std::string accelerator, engine, source = "own load tests", as_of;  ///< of calibrate
  bool hierarchy = false;
  int folds = 0;
  std::string model, node, precision, slo, cases;
  double input_tokens = 0, output_tokens = 0;
  std::string prefix_hit;
  bool search = false;                   ///< curve --search
  std::string price, cost_ceiling, power_budget;
  std::string rules;                     ///< of audit
  std::vector<std::string> rule_texts;
  bool only_rules = false;
  std::string only;                      ///< of levers
  int top = 10;
  bool levers = false;                   ///< plan --levers
  std::vector<std::string> over;         ///< of sweep
  bool no_drivers = false;               ///< of diff
  std::string against;                   ///< of check
  bool uncertainty = false, adapt = false, unit_costs = false, efficiency = false;  ///< of tco
  std::optional<int> samples;
  std::string budget, actuals;
  std::string horizon, levels = "80,95";
  int season = 0;
  bool backtest = false;
  // of simulate; texts are lists or words that the command reads
  bool simulate = false;                 ///< curve --simulate
  std::string rates, arrival = "poisson", replicas, routers, lengths, fleet, warm_up = "10%", drafts, prefill = "chunked";
  double burst = 1;
  int batch = 0;
  int requests = 0, tensor_parallel = 0, max_sequences = 256, max_batched_tokens = 2048, max_waiting = 0, prefixes = 0;
  double input_p95 = 0, output_p95 = 0, output_share = 0.2, prefix_cache_tokens = 0, kv_link_gb_per_s = 0;
  std::string frequency, paths_out, methods, regressors, holidays, gaps = "model";
  int paths = 0;
  bool total = false;
  std::string nested;                    ///< of forecast of a CSV file: what separates the levels of a name
};

/// A message about usage: exit code 2.
struct UsageError {
  std::string message;
  std::vector<std::string> others = {};  ///< further mistakes of the same line
};

/// An input that cannot be used: exit code 2.
struct InputError {
  std::string code, message;
};

/// Mistakes in the input that were said already: exit code 2.
struct Reported {};

class Context {
 public:
  Context(const Options& given, Environment& outside) : options(given), environment(outside) {}

  const Options& options;
  Environment& environment;

  /// "table", "markdown", "csv", "json", "jsonl", "html" or "xlsx". Throws UsageError when the format is none of `allowed`, and for a workbook
  /// that would go to a terminal.
  std::string format(const std::vector<std::string>& allowed = {"table", "markdown", "csv", "json", "jsonl", "html", "xlsx"}) const;
  /// Writes the result to the file or to standard output. Throws IoError.
  void emit(const std::string& text) const;
  /// A page and its machine forms, in the format asked for.
  void emit(const report::Page& page, const report::Table& csv, const std::string& json) const;
  /// Tables that people read in a form of their own, as JSON with all of them, or as CSV or JSONL with the first.
  void emit_tables(const std::string& kind, const std::vector<report::Table>& tables) const;
  /// To standard error, whatever happens to it.
  void say(const std::string& text) const;
  void say_diagnostics(const Diagnostics& diagnostics, bool warnings, const char* ending = "; nothing was written") const;
  /// One line on standard error under --verbose.
  void log(const std::string& line) const;
  bool color_on_stdout() const { return use_color(environment.stdout_terminal && (options.out.empty() || options.out == "-")); }
  bool color_on_stderr() const { return use_color(environment.stderr_terminal); }

 private:
  void emit_rows(const report::Table& table) const;
  bool use_color(bool terminal) const { return options.color == "always" || (options.color == "auto" && terminal && !environment.no_color); }
};

/// "2 MW" in base units; `example` says what is expected: "a power, e.g. '2 MW'". Throws UsageError unless it is positive and of
/// the dimension of `unit`.
double positive_quantity(const std::string& option, const std::string& text, const std::string& unit, const std::string& example);

/// --threads, else all processors.
int threads_of(const Context& context);

/// The whole of an input file, or of standard input for "-". Throws InputError and IoError.
std::string read_input(const Context& context, const std::string& path);
/// Loads the scenario of the options; nothing when it has errors, which are shown. `warnings` counts the rest.
std::optional<scenario::LoadedScenario> load(const Context& context, int& warnings, bool show_warnings);
std::optional<scenario::LoadedScenario> load(const Context& context, const scenario::LoadOptions& options, int& warnings, bool show_warnings = false);
/// `line`: where it shows how far it is.
pipeline::RunOptions run_options(const Context& context, ProgressLine* line = nullptr);
/// What a run came to, after its output was written; says when the solver stopped without a plan.
int exit_of(const Context& context, const pipeline::Run& run);
/// The same of a run without a plan; says why there is none.
int exit_without_plan(const Context& context, const pipeline::Run& run);
/// Of a scenario that is read more than once: standard input is read here. Throws IoError.
scenario::LoadOptions load_options(const Context& context);
/// With the kinds of --only. Throws UsageError.
pipeline::Levers find_levers(const Context& context, const pipeline::Run& run, const scenario::LoadOptions& base, const pipeline::RunOptions& options, pipeline::StageCache& cache);

/// Options of allocate and plan that need the scenario: the present plan, alternatives, reasons. Throws InputError and UsageError.
void planning_options(const Context& context, const Scenario& scenario, allocate::AllocateOptions& out);

/// The bill of tco --actuals.
struct Bill {
  std::string name;
  std::vector<tco::BillRow> rows;
  SourceMap sources;
};
/// Throws Reported when it cannot be used, which was said.
Bill read_bill(const Context& context, const std::string& currency);
void tell_actuals(const Context& context, const pipeline::Run& run, const Bill& bill);

// The commands. Each returns an exit code.
int plan_command(const Context& context);
int allocate_command(const Context& context);
int tco_command(const Context& context);
int forecast_command(const Context& context);
/// forecast of a CSV file.
int forecast_file_command(const Context& context);
int curve_command(const Context& context);
int simulate_command(const Context& context);
int calibrate_command(const Context& context);
int cases_command(const Context& context);  ///< curve --cases
int check_command(const Context& context);
int levers_command(const Context& context);
int sweep_command(const Context& context);
int asks_command(const Context& context);
int commitments_command(const Context& context);

int diff_command(const Context& context);
int explain_command(const Context& context);
int audit_command(const Context& context);
int catalog_command(const Context& context);
int schema_command(const Context& context);
int init_command(const Context& context);

}  // namespace tonnage::cli
