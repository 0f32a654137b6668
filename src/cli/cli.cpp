#include "tonnage/cli/cli.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <functional>
#include <new>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "complete.hpp"
#include "context.hpp"
#include "examples.hpp"
#include "introspect.hpp"
#include "tonnage/capacity/curve.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/columns.hpp"

namespace tonnage::cli {

namespace {

using Command = std::function<int(const Context&)>;

/// What no table of a command has is told before the command's work is done. Quantiles of a forecast and
/// the fields that costs are summed by have columns that are not listed.
void check_columns(const Options& o, const std::string& command) {
  if (o.columns.empty() || command == "forecast" || command == "tco") return;
  std::vector<std::string> names = report::table_columns(command);
  for (const std::string& over : o.over) names.push_back(over.substr(0, over.find('=')));
  for (const std::string_view part : split(o.columns, ',')) {
    const std::string name(trim(part));
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string close = suggest(name, names);
    throw UsageError{"--columns: no table of '" + command + "' has a column '" + name + "'" + (close.empty() ? "; docs/columns.md lists them" : "; did you mean '" + close + "'?")};
  }
}

void output_options(CLI::App& app, Options& o) {
  app.add_option("--format", o.format, "table, markdown, csv, json, jsonl, html or xlsx; else by the ending of the output file");
  app.add_option("--columns", o.columns, "columns of CSV and JSONL, in this order, with commas between (docs/columns.md lists them)")->type_name("NAMES");
  app.add_option("-o,--out", o.out, "output file, written whole or not at all; - for standard output")->type_name("FILE");
  app.add_option("--color", o.color, "auto, always or never")->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--quiet", o.quiet, "no warnings");
  app.add_flag("--verbose", o.verbose, "say what is going on, on standard error");
}

void scenario_options(CLI::App& app, Options& o) {
  app.add_option("--set", o.sets, "change a value, e.g. --set regions.us-central.pue=1.25; may be repeated")->type_name("PATH=VALUE")->expected(1)->take_all();
  app.add_option("--overlay", o.overlays, "another scenario file merged over this one; without a scenario, what tonnage calibrate wrote; may be repeated")->type_name("FILE")->expected(1)->take_all();
  app.add_flag("--allow-outside", o.allow_outside, "files may lie outside the scenario's folder");
  app.add_option("--seed", o.seed_text, "seed of all random streams, in place of the scenario's")->type_name("NUMBER");
  app.add_option("--threads", o.threads, "threads; never changes a result (default: all processors)")->check(CLI::Range(1, 1024));
}

void solver_options(CLI::App& app, Options& o) {
  app.add_option("--gap", o.gap, "stop when the plan is proved to be this close to the best, as a share of what decisions can change (default: 0.002)")->check(CLI::Range(0.0, 1.0))->check([](const std::string& text) { return parse_double(text) ? std::string() : "not a number"; });
  app.add_option("--time-limit", o.time_limit_s, "stop the solver after so many seconds with the best found (exit code 5); two such runs may differ")->check(CLI::Range(0.0, 1e7));
}

void planning_options(CLI::App& app, Options& o) {
  app.add_flag("--relax", o.relax, "allow fractions of nodes: a bound on the cost of every plan, soon, with what binds it");
  app.add_option("--present", o.present, "the present plan (JSON of plan or allocate): of plans that cost the same the one that moves least, and what churn and moving cost count against")->type_name("PLAN");
  app.add_option("--alternatives", o.alternatives, "least:THING, the least use of it at nearly the best cost; THING is a pool, region, node, provider, nodes, power, capex or carbon; may be repeated")->type_name("least:THING")->expected(1)->take_all();
  app.add_option("--reasons", o.reasons, "full: what 1 % more load, a month less lead time and knowing the outcome are worth, and at what price an unused offer would be used; takes many solves (default: limits)")->check(CLI::IsMember({"limits", "full"}));
  app.add_option("--within", o.within, "with --alternatives: how much of the plan's cost they may cost more (default: 1 %)");
}

void lock_option(CLI::App& app, Options& o) {
  app.add_option("--lock", o.lock, "pin version, catalogue, seed and the hashes of all files in FILE; where it is there, refuse to run with anything else")->type_name("FILE");
}

void forecast_options(CLI::App& app, Options& o) {
  app.add_option("--season", o.season, "CSV file: steps of a season (default: by the spacing, else found in the data)")->check(CLI::Range(1, 100000));
  app.add_option("--frequency", o.frequency, "CSV file: hourly, daily, weekly, monthly, quarterly or yearly, for times that are whole numbers");
  app.add_option("--horizon", o.horizon, "CSV file: steps, or a time such as 8w");
  app.add_option("--levels", o.levels, "CSV file: percentages of the intervals");
  app.add_option("--methods", o.methods, "CSV file: methods to combine, separated by commas; 'list' lists them (default: by season and length)");
  app.add_option("--regressors", o.regressors, "CSV file: known influences, time and a column each, past and future (launches, holidays, prices)")->type_name("FILE");
  app.add_option("--holidays", o.holidays, "CSV file: days (date,name) whose effect is estimated by name and carried on: past ones and those to come")->type_name("FILE");
  app.add_option("--paths", o.paths, "CSV file: draw so many sample paths")->check(CLI::Range(1, 1000000));
  app.add_option("--paths-out", o.paths_out, "CSV file: where the sample paths go, as series,path,step,time,value")->type_name("FILE");
  app.add_flag("--total", o.total, "CSV file: forecast the total of all series too, and make forecasts and paths add up");
  app.add_option("--nested", o.nested, "CSV file, with --total: what separates the levels of a name, as / in search/eu/paris; groups are forecast too and add up")->type_name("TEXT");
  app.add_option("--gaps", o.gaps, "CSV file: model (default, with a warning) or error")->check(CLI::IsMember({"model", "error"}));
  app.add_flag("--backtest", o.backtest, "CSV file: only how good the method was on the past");
}

/// The app with all commands; `chosen` becomes the one that was called.
class CommandLine {
 public:
  explicit CommandLine(Options& options) : o_(options) {
    app_.name("tonnage");
    app_.set_version_flag("--version", TONNAGE_VERSION);
    app_.set_help_flag("-h,--help", "this help");
    app_.require_subcommand(1);
    app_.footer("Exit codes: 0 done, 1 internal or I/O error, 2 bad input or usage, 3 a check failed, 4 infeasible,\n5 stopped by a limit (best found was written), 130 interrupted, 143 terminated.\n'tonnage COMMAND --help' tells more.");
    main_commands();
    what_if_commands();
    reading_commands();
    shipped_commands();
    for (CLI::App* sub : app_.get_subcommands({}))
      sub->footer((sub->get_footer().empty() ? "" : sub->get_footer() + "\n") + "Examples:\n  " + join(examples_of(sub->get_name()), "\n  "));
  }

  CLI::App& app() { return app_; }
  Command command;

 private:
  CLI::App* add(const std::string& name, const std::string& help, Command run) {
    CLI::App* sub = app_.add_subcommand(name, help);
    sub->set_help_flag("-h,--help", "this help");
    sub->callback([this, run] { command = run; });
    return sub;
  }

  CLI::App* scenario_command(const std::string& name, const std::string& help, const Command& run) {
    CLI::App* sub = add(name, help, run);
    sub->add_option("SCENARIO", o_.input, "scenario file, or - for standard input")->required();
    scenario_options(*sub, o_);
    output_options(*sub, o_);
    sub->callback([this, run, name] {
      command = [this, run, name](const Context& context) {
        check_columns(o_, name);
        return run(context);
      };
    });
    return sub;
  }

  void main_commands() {
    CLI::App* plan = scenario_command("plan", "forecast, capacity, allocation and cost in one report", plan_command);
    lock_option(*plan, o_);
    solver_options(*plan, o_);
    planning_options(*plan, o_);
    plan->add_flag("--explain", o_.explain, "add how the largest figures came about");
    plan->add_flag("--levers", o_.levers, "add what would help most: the five largest savings of 'tonnage levers'");
    CLI::App* check = scenario_command("check", "is the file right, and do its checks hold?", check_command);
    lock_option(*check, o_);
    check->get_option("--format")->description("table, markdown, csv, json, jsonl, html, xlsx, junit, sarif or github (annotations); else by the ending of the output file");
    check->add_option("--against", o_.against, "a plan (plan.json) or a scenario that checks of 'increase' count from")->type_name("PLAN");
    CLI::App* forecast = scenario_command("forecast", "how much demand, how sure, how good was the method on the past? Also of a CSV file", forecast_command);
    forecast_options(*forecast, o_);
    CLI::App* curve = add("curve", "what can one replica carry under its SLO, and what limits it?", curve_command);
    curve->add_option("SCENARIO", o_.input, "scenario file, or - for standard input");
    scenario_options(*curve, o_);
    output_options(*curve, o_);
    curve->add_option("--model", o_.model, "a model of the catalogue, or the config.json of a model hub");
    curve->add_option("--node", o_.node, "a node of the catalogue; with --search a list: h100x8,a100x8");
    curve->add_option("--precision", o_.precision, "fp32, bf16, fp8, int8, int4, mxfp4 or nvfp4 (default: the model's own)");
    curve->add_option("--input", o_.input_tokens, "mean input tokens")->check(CLI::Range(0.0, 1e8));
    curve->add_option("--output", o_.output_tokens, "mean output tokens")->check(CLI::Range(0.0, 1e8));
    curve->add_option("--prefix-hit", o_.prefix_hit, "share of input tokens found in the prefix cache, e.g. 45%");
    curve->add_option("--burst", o_.burst, "coefficient of variation of the time between arrivals: 1 at random (default), above in bunches")->check(CLI::Range(0.0, 1000.0));
    curve->add_option("--batch", o_.batch, "most requests of one batch, of a model that answers in one pass (default: by kind)")->check(CLI::Range(1, capacity::most_of_a_batch));
    curve->add_option("--drafts", o_.drafts, "speculative decoding: K tokens proposed a step, accepted with a chance, e.g. 3:0.7");
    curve->add_option("--slo", o_.slo, "latency limits, e.g. ttft.p95=600ms,tpot.p95=30ms")->join(',');
    curve->add_option("--cases", o_.cases, "CSV of load-test cases to predict")->type_name("FILE");
    curve->add_flag("--search", o_.search, "the deployments that no other beats: precision, tensor and expert parallelism, chunk, batch limit");
    curve->add_option("--price", o_.price, "with --search: what a node costs, in the order of --node, e.g. \"32 USD/h,17.7 USD/h\"");
    curve->add_option("--cost-ceiling", o_.cost_ceiling, "with --search and --price: the most interactive load within so much for a million output tokens (or requests), e.g. \"2 USD\"");
    curve->add_option("--power-budget", o_.power_budget, "with --search: replicas within a power of the nodes, e.g. \"2 MW\"");
    curve->add_flag("--simulate", o_.simulate, "simulated latency beside the analytic one");
    curve->add_option("--requests", o_.requests, "with --simulate: requests of each simulation (default: 4,000)")->check(CLI::Range(10, 10000000));
    simulate_options(*add("simulate", "does it hold, event by event? Of a model on a node, of fleets, or of what a plan uses", simulate_command));
    calibrate_options(*add("calibrate", "fit the constants of a step to my own load tests", calibrate_command));
    CLI::App* allocate = scenario_command("allocate", "who runs where, what to buy or rent and when, how good is that provably?", allocate_command);
    lock_option(*allocate, o_);
    solver_options(*allocate, o_);
    planning_options(*allocate, o_);
    allocate->add_option("--solver", o_.solver, "auto (interior point, and whole nodes near its optimum, where the program is large), highs (simplex, branch and bound) or interior; to check one by the other")->check(CLI::IsMember({"auto", "highs", "interior"}));
    allocate->add_option("--export-model", o_.export_model, "write the very model that was solved as MPS")->type_name("FILE");
    CLI::App* tco = scenario_command("tco", "what does it cost: by period, pool, workload, category", tco_command);
    lock_option(*tco, o_);
    solver_options(*tco, o_);
    tco->add_option("--by", o_.by, "fields to add up by: period, quarter, year, pool, region, provider, workload, team, category");
    tco->add_flag("--efficiency", o_.efficiency, "from paid to useful: how much of the nodes is allocated, how much of that busy, how much of that does what requests need");
    tco->add_flag("--unit-costs", o_.unit_costs, "what an accelerator-hour, a request and a million tokens come to, by workload");
    tco->add_flag("--uncertainty", o_.uncertainty, "how sure is the cost, and what moves it? The plan is held fixed");
    tco->add_flag("--adapt", o_.adapt, "with --uncertainty: every uncertain number drawn, the plan made anew for each draw; what it is worth to know the numbers first, and to wait a quarter");
    tco->add_option("--actuals", o_.actuals, "a bill in the columns of FOCUS 1.2, as CSV: plan against actual by month, and why they differ")->type_name("FILE");
    tco->add_option("--samples", o_.samples, "with --uncertainty: draws (default: 65,536; with --adapt 32, each planned up to four times)")->check(CLI::Range(8, 100000000));
    tco->add_option("--budget", o_.budget, "with --uncertainty: the chance of exceeding it, e.g. \"60 M USD\"");
  }

  void what_if_commands() {
    CLI::App* asks = scenario_command("asks", "what to ask of whom, by when, how sure, and at which price at most: a sheet for each provider", asks_command);
    lock_option(*asks, o_);
    solver_options(*asks, o_);
    CLI::App* levers = scenario_command("levers", "what would help most? Changes a planner could make, each planned anew, by what they save", levers_command);
    lock_option(*levers, o_);
    solver_options(*levers, o_);
    levers->add_option("--only", o_.only, "kinds of changes to try, with commas between: " + join(pipeline::lever_kinds(), ", "));
    levers->add_option("--top", o_.top, "how many to list; 0: all")->check(CLI::Range(0, 1000000));
    CLI::App* commitments = scenario_command("commitments", "how much to commit to, on which terms and when, and what other rules cost", commitments_command);
    lock_option(*commitments, o_);
    solver_options(*commitments, o_);
    CLI::App* sweep = scenario_command("sweep", "many what-ifs: one plan for each combination of values, a row each", sweep_command);
    lock_option(*sweep, o_);
    solver_options(*sweep, o_);
    sweep->add_option("--over", o_.over, "a path and its values, with commas between, or from:to:step; may be repeated: all combinations, 1,000 at most")->type_name("PATH=VALUES")->expected(1)->take_all()->required();
  }

  void calibrate_options(CLI::App& app) {
    app.add_option("LOADTEST", o_.inputs, "JSON of vllm bench serve, of inference-perf stages or of GuideLLM, or CSV of cases with what was measured")->required();
    output_options(app, o_);
    app.add_option("--model", o_.model, "JSON files: the model, when they do not name it");
    app.add_option("--accelerator", o_.accelerator, "JSON files: on what they ran, a name of the catalogue");
    app.add_option("--tensor-parallel", o_.tensor_parallel, "JSON files: accelerators of a replica (default: 1)")->check(CLI::Range(1, 1024));
    app.add_option("--precision", o_.precision, "JSON files: of the weights (default: the model's own)");
    app.add_option("--engine", o_.engine, "JSON files: vllm, sglang or trtllm (default: vllm)");
    app.add_flag("--hierarchy", o_.hierarchy, "fit the whole table of efficiencies, by engine, chip, precision and attention, from its priors; writes it as CSV");
    app.add_option("--only", o_.only, "with --hierarchy: fit these constants and keep the others, e.g. front_end_s,prompt_step_s");
    app.add_option("--folds", o_.folds, "with --hierarchy: leave out so many parts of the groups, and each chip, in turn; writes the errors instead")->check(CLI::Range(2, 100));
    app.add_option("--source", o_.source, "with --hierarchy: column 'source' of the table");
    app.add_option("--as-of", o_.as_of, "with --hierarchy: column 'as_of' of the table");
  }

  void simulate_options(CLI::App& app) {
    app.add_option("SCENARIO", o_.input, "scenario file, or - for standard input: the deployments of its plan");
    scenario_options(app, o_);
    output_options(app, o_);
    app.add_option("--model", o_.model, "a model of the catalogue, or the config.json of a model hub");
    app.add_option("--node", o_.node, "a node of the catalogue");
    app.add_option("--fleet", o_.fleet, "CSV of fleets to compare, a pool a row: fleet, node or accelerator, replicas, longest_tokens, role, model ...")->type_name("FILE");
    app.add_option("--precision", o_.precision, "fp32, bf16, fp8, int8, int4, mxfp4 or nvfp4 (default: the model's own)");
    app.add_option("--tensor-parallel", o_.tensor_parallel, "accelerators of a replica (default: what carries most per accelerator under the SLO)")->check(CLI::Range(1, 1024));
    app.add_option("--replicas", o_.replicas, "how many; several with commas between, or 'fewest' that hold the SLO (default: 1)");
    app.add_option("--router", o_.routers, "round-robin, least-requests, least-tokens, by-length or prefix; several with commas between (default: least-requests)");
    app.add_option("--rate", o_.rates, "requests a second; several with commas between");
    app.add_option("--arrival", o_.arrival, "constant, poisson, gamma:CV, closed:N, offline, or FILE.csv with arrival_s,input_tokens,output_tokens");
    app.add_option("--input", o_.input_tokens, "mean input tokens")->check(CLI::Range(0.0, 1e8));
    app.add_option("--output", o_.output_tokens, "mean output tokens")->check(CLI::Range(0.0, 1e8));
    app.add_option("--input-p95", o_.input_p95, "95th percentile of the input tokens (log-normal; default: constant)")->check(CLI::Range(0.0, 1e8));
    app.add_option("--output-p95", o_.output_p95, "95th percentile of the output tokens")->check(CLI::Range(0.0, 1e8));
    app.add_option("--lengths", o_.lengths, "CSV total_tokens_at_most,cumulative_fraction in place of --input and --output")->type_name("FILE");
    app.add_option("--output-share", o_.output_share, "with --lengths: share of a request's tokens that are output")->check(CLI::Range(0.0, 1.0));
    app.add_option("--prefix-hit", o_.prefix_hit, "share of input tokens found in the prefix cache, e.g. 45%");
    app.add_option("--prefixes", o_.prefixes, "number of distinct prefixes that requests share, with --prefix-hit and --prefix-cache")->check(CLI::Range(0, 100000000));
    app.add_option("--prefix-cache", o_.prefix_cache_tokens, "tokens of prefixes that a replica keeps (default: all)")->check(CLI::Range(0.0, 1e12));
    app.add_option("--slo", o_.slo, "latency limits, e.g. ttft.p99=500ms,tpot.mean=30ms")->join(',');
    app.add_option("--requests", o_.requests, "how many requests (default: two minutes' worth, 4,000 to 100,000; a scenario's deployments: 4,000)")->check(CLI::Range(10, 10000000));
    app.add_option("--warm-up", o_.warm_up, "share of the requests that statistics leave out");
    app.add_option("--max-sequences", o_.max_sequences, "requests that a replica runs at once")->check(CLI::Range(1, 4096));
    app.add_option("--max-batched-tokens", o_.max_batched_tokens, "tokens of a step")->check(CLI::Range(1, 10000000));
    app.add_option("--max-waiting", o_.max_waiting, "admission limit: requests that may wait at a replica (default: none)")->check(CLI::Range(0, 100000000));
    app.add_option("--prefill", o_.prefill, "chunked, whole, or first (decodes stall)")->check(CLI::IsMember({"chunked", "whole", "first"}));
    app.add_option("--drafts", o_.drafts, "speculative decoding: K tokens proposed a step, accepted with a chance, e.g. 3:0.7");
    app.add_option("--kv-link", o_.kv_link_gb_per_s, "disaggregated fleets: GB/s of a prefill replica's link (default: no time)")->check(CLI::Range(0.0, 1e6));
  }

  void reading_commands() {
    CLI::App* diff = add("diff", "what changed between two plans and why, in money", diff_command);
    diff->add_option("BEFORE", o_.input, "a plan (plan.json) or a scenario")->required();
    diff->add_option("AFTER", o_.second, "a plan (plan.json) or a scenario")->required();
    diff->add_flag("--no-drivers", o_.no_drivers, "only compare: no plans are made to tell what drove the difference");
    scenario_options(*diff, o_);
    output_options(*diff, o_);
    CLI::App* explain = add("explain", "where does this figure of a plan come from, or what does this message mean?", explain_command);
    explain->add_option("PLAN", o_.input, "a plan (plan.json), a scenario, or the code of a message")->required();
    explain->add_option("CELL", o_.second, "cost[PERIOD,POOL,CATEGORY], in any order, each may be left out; none after a code");
    scenario_options(*explain, o_);
    output_options(*explain, o_);
    audit_options(*add("audit", "does a cost table add up, and what slipped where it does not?", audit_command));
  }

  void audit_options(CLI::App& app) {
    app.add_option("TABLE", o_.input, "the table as CSV, or - for standard input")->required();
    app.add_option("--rules", o_.rules, "a file of what should hold, one a line: total = nodes * price, same: price / nodes, share <= 1")->type_name("FILE");
    app.add_option("--rule", o_.rule_texts, "one such rule; may be repeated")->type_name("RULE")->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag("--only-rules", o_.only_rules, "do not look for sums, products and ratios that hold in most rows");
    output_options(app, o_);
    app.footer("Exit code 3 when something does not add up.");
  }

  void shipped_commands() {
    CLI::App* init = add("init", "write a scenario that runs", init_command);
    init->add_option("TEMPLATE", o_.template_name, "assistant, startup, outgrowing or tpu-gpu");
    init->add_option("-o,--out", o_.out, "folder to write to")->type_name("FOLDER");
    CLI::App* catalog = add("catalog", "what is shipped, with sources", catalog_command);
    catalog->add_option("KIND", o_.kind, "accelerators, nodes, models, offers or regions");
    catalog->add_option("NAME", o_.name, "one row");
    output_options(*catalog, o_);
    CLI::App* schema = add("schema", "JSON Schema of a scenario or of outputs, or one key explained", schema_command);
    schema->add_option("--explain", o_.explain_path, "tell about one key, e.g. pools.us-h100.price")->type_name("PATH");
    schema->add_flag("--tables", o_.tables, "the columns of every table for machines, as Markdown");
    schema->add_option("--outputs", o_.outputs, "JSON Schema of what a command writes as JSON; without its name of what all write")->type_name("COMMAND")->expected(0, 1)->default_str("all");
    output_options(*schema, o_);
    CLI::App* completion = add("completion", "shell completion, with names of the catalogue and of the scenario on the line", [](const Context& context) {
      context.emit(completion_script(context.options.shell));
      return static_cast<int>(done);
    });
    completion->add_option("SHELL", o_.shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    add("man", "the manual page, as roff", [this](const Context& context) {
      context.emit(man_page(app_, TONNAGE_VERSION));
      return static_cast<int>(done);
    });
  }

  Options& o_;
  CLI::App app_{"Capacity planning and TCO modelling of ML inference fleets"};
};

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* sub : app.get_subcommands({}))
    if (sub->get_name() == name) return sub;
  return nullptr;
}

/// The names that a mistaken word may have meant.
std::string usage_hint(CLI::App& app, const std::vector<std::string>& args, const std::string& message) {
  if (args[0].empty()) return "";
  const std::vector<std::string> commands = command_names(app);
  const CLI::App* sub = find_command(app, args[0]);
  if (sub == nullptr && args[0].front() != '-') {
    if (args[0] == "search") return "'tonnage curve --model MODEL --node NODE --search' looks for the best deployments";
    const std::string close = suggest(args[0], commands);
    return close.empty() ? "commands: " + join(commands, ", ") : "did you mean '" + close + "'?";
  }
  if (sub == nullptr) return "";
  for (const std::string& arg : args) {
    if (arg.rfind("--", 0) != 0 || message.find(arg.substr(0, arg.find('='))) == std::string::npos) continue;
    const std::string close = suggest(arg.substr(0, arg.find('=')), option_names(*sub));
    if (!close.empty() && close != arg.substr(0, arg.find('='))) return "did you mean '" + close + "'?";
  }
  return "";
}

int usage_error(const Context& context, const std::string& message, const std::string& hint) {
  context.say("error [usage]: " + printable(message) + "\n" + (hint.empty() ? "" : "  = " + hint + "\n"));
  return bad_input;
}

/// CLI11's texts in our words.
std::string reworded(const std::string& message) {
  const auto colon = message.find(": ");
  if (message.rfind("Could not convert: ", 0) == 0) {
    const auto equals = message.find(" = ");
    return "'" + message.substr(equals + 3) + "' is not a value for " + message.substr(19, equals - 19) + ", expected a number";
  }
  if (message.find(" not in range ") != std::string::npos) {
    const auto value = message.find("Value ");
    const auto range = message.find(" not in range ");
    std::string bounds = message.substr(range + 14);
    for (std::size_t at = bounds.find(".000000"); at != std::string::npos; at = bounds.find(".000000")) bounds.erase(at, 7);
    return (colon != std::string::npos && colon < value ? message.substr(0, colon) + " is " : "the value is ") + message.substr(value + 6, range - value - 6) + ", allowed is " + bounds;
  }
  if (colon != std::string::npos && message.find(" not in {") != std::string::npos) {
    const auto brace = message.find(" not in {");
    return message.substr(0, colon) + " is '" + message.substr(colon + 2, brace - colon - 2) + "', expected one of " + message.substr(brace + 9, message.size() - brace - 10);
  }
  if (message.find(": At Most 1 required but received ") != std::string::npos) return message.substr(0, colon) + " is given more than once";
  for (const char* head : {"The following arguments were not expected: ", "The following argument was not expected: "})
    if (message.rfind(head, 0) == 0) return "not expected: " + message.substr(std::string(head).size());
  return message;
}

/// Runs the chosen command and turns every exception into an exit code and one line.
int guarded(const Context& context, const Command& command) {
  try {
    return command(context);
  } catch (const UsageError& e) {
    usage_error(context, e.message, "");
    for (const std::string& other : e.others) usage_error(context, other, "");
    return bad_input;
  } catch (const Reported&) {
    return bad_input;
  } catch (const InputError& e) {
    context.say("error [" + e.code + "]: " + printable(e.message) + "\n");
    return bad_input;
  } catch (const IoError& e) {
    if (e.error_number() == EPIPE) return done;  // the reader has seen enough
    context.say(std::string("error [io]: ") + printable(e.what()) + "\n");
    const bool input = e.error_number() == ENOENT || e.error_number() == EFBIG || e.error_number() == EISDIR;
    return input && std::string(e.what()).rfind("cannot read", 0) == 0 ? bad_input : failure;
  } catch (const std::overflow_error& e) {
    context.say(std::string("error [overflow]: ") + e.what() + "; are the prices and loads right?\n");
    return bad_input;
  } catch (const std::bad_alloc&) {
    context.say("error [memory]: out of memory\n");
    return failure;
  } catch (const std::exception& e) {
    context.say(std::string("error [internal]: ") + printable(e.what()) + "\n");
    return failure;
  }
}

/// What completion scripts call; whatever is wrong with a line half written, nobody is told.
std::string quiet_completion(const CLI::App& app, const std::vector<std::string>& args, FileSystem& files) {
  try {
    return completion_lines(complete(app, {args.begin() + 1, args.end()}, files));
  } catch (const std::exception&) {
    return ":\n";
  }
}

}  // namespace

int run(const std::vector<std::string>& args, Environment& environment) {
  Options options;
  const Context context(options, environment);
  CommandLine line(options);
  if (!args.empty() && args[0] == complete_command) return guarded(context, [&](const Context& c) { return c.emit(quiet_completion(line.app(), args, environment.files)), static_cast<int>(done); });
  try {
    std::vector<std::string> reversed(args.rbegin(), args.rend());
    line.app().parse(reversed);
  } catch (const CLI::CallForVersion&) {
    return guarded(context, [](const Context& c) { return c.emit("tonnage " TONNAGE_VERSION "\n"), static_cast<int>(done); });
  } catch (const CLI::CallForHelp&) {
    options.out.clear();
    const CLI::App* sub = args.empty() ? nullptr : find_command(line.app(), args[0]);
    const std::string help = sub != nullptr ? sub->help("tonnage") : line.app().help();
    return guarded(context, [&](const Context& c) { return c.emit(help), static_cast<int>(done); });
  } catch (const CLI::ParseError& e) {
    if (args.empty()) return usage_error(context, "a command is needed; 'tonnage --help' lists them", "");
    const bool unknown = args[0].empty() || (args[0].front() != '-' && find_command(line.app(), args[0]) == nullptr);
    return usage_error(context, unknown ? "there is no command '" + args[0] + "'" : reworded(e.what()), usage_hint(line.app(), args, e.what()));
  }
  return guarded(context, line.command);
}

}  // namespace tonnage::cli
