// check: is the file right, and do its checks hold? For people and for the systems that run it.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "context.hpp"
#include "progress.hpp"
#include "lock.hpp"
#include "plan_input.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/findings.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/pages.hpp"

namespace tonnage::cli {

namespace {

using pipeline::Run;
using report::Finding;

const std::vector<std::string> formats = {"table", "markdown", "csv", "json", "jsonl", "html", "xlsx", "junit", "sarif", "github"};

bool of_findings(const std::string& format) { return format == "junit" || format == "sarif" || format == "github"; }

void emit_findings(const Context& context, const std::string& suite, const std::vector<Finding>& findings) {
  const std::string format = context.format(formats);
  if (format == "junit") context.emit(report::to_junit(suite, findings));
  if (format == "sarif") context.emit(report::to_sarif(TONNAGE_VERSION, findings));
  if (format == "github") context.emit(report::to_github(findings));
}

std::string counted(std::size_t count, const char* noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

std::string counts(const Scenario& s, int warnings) {
  return fmt::format("{}: {}, {}, {}, {}; {}", s.name, counted(s.regions.size(), "region"), counted(s.pools.size(), "pool"), counted(s.workloads.size(), "workload"), counted(s.periods.size(), "period"), counted(static_cast<std::size_t>(warnings), "warning"));
}

/// Present value of the plan of --against, in the scenario's currency. Throws InputError and Reported.
std::optional<Money> cost_before(const Context& context, const Scenario& scenario) {
  if (context.options.against.empty()) return std::nullopt;
  const auto opened = open_plan(context, context.options.against, false);
  if (!opened) throw Reported{};
  if (opened->file.currency != scenario.currency)
    throw InputError{"currency", "the plans are in different currencies, " + opened->file.currency + " and " + scenario.currency};
  Money sum;
  for (const report::PlanLine& line : opened->file.lines) sum += line.present_value;
  return sum;
}

void emit_checks(const Context& context, const std::string& title, const std::vector<pipeline::CheckResult>& checks, std::vector<std::string> notes) {
  report::Page page = checks.empty() ? report::Page{} : report::checks_page(checks);
  page.title = title;
  page.notes = std::move(notes);
  const report::Table table = report::checks_table(checks);
  context.emit(page, table, report::table_json("checks", {table}));
}

void say_not_run(const Context& context, const std::vector<pipeline::CheckResult>& checks) {
  for (const pipeline::CheckResult& c : checks)
    if (!c.ran) context.say("warning [check-not-run]: " + c.check.text + " was not run: name a plan to compare with, --against PLAN\n");
}

/// Nothing to check: no plan in which to look. Every format says so, each check as not run.
int no_plan(const Context& context, const Run& run, const std::string& title, std::vector<Finding> findings) {
  const bool infeasible_plan = run.plan.proof.status == "infeasible";
  std::string why = infeasible_plan ? report::infeasible_text(run) : "the solver stopped with '" + run.plan.proof.status + "'\n";
  context.say((infeasible_plan ? "error [infeasible]: " : "error [solver]: ") + why);
  why.resize(why.find_last_not_of('\n') + 1);
  std::vector<pipeline::CheckResult> checks;
  for (const Check& check : run.loaded.scenario.checks) checks.push_back({check, std::nan(""), false, false});
  if (of_findings(context.format(formats))) {
    findings.push_back({Finding::Kind::mistake, infeasible_plan ? "infeasible" : "no-plan", "there is a plan", why, context.options.input == "-" ? "" : context.options.input});
    emit_findings(context, run.loaded.scenario.name, findings);
  } else {
    std::vector<std::string> notes;
    for (const std::string_view line : split(why, '\n')) notes.emplace_back(trim(line));
    notes.front() = "nothing to check: " + notes.front();
    emit_checks(context, title, checks, std::move(notes));
  }
  return infeasible_plan ? infeasible : run.plan.proof.status == "limit without a plan" ? stopped : failure;
}

}  // namespace

int check_command(const Context& context) {
  const Options& o = context.options;
  const std::string format = context.format(formats);
  Diagnostics diagnostics;
  auto loaded = scenario::load_scenario({o.input, o.overlays, o.sets, o.allow_outside}, shipped_catalog(), context.environment.files, diagnostics);
  std::vector<Finding> findings = report::reading_findings(o.input, diagnostics);
  if (!loaded && of_findings(format)) emit_findings(context, o.input, findings);
  context.say_diagnostics(diagnostics, !o.quiet, of_findings(format) ? "" : "; nothing was written");
  if (!loaded) return bad_input;
  hold_lock(context, *loaded);
  const std::string title = counts(loaded->scenario, diagnostics.warning_count());
  std::vector<pipeline::CheckResult> checks;
  int code = done;
  if (!loaded->scenario.checks.empty()) {
    const std::optional<Money> before = cost_before(context, loaded->scenario);
    ProgressLine line(context);
    const Run run = pipeline::run(std::move(*loaded), pipeline::Stage::tco, run_options(context, &line));
    line.clear();
    if (!run.feasible()) return no_plan(context, run, title, std::move(findings));
    checks = pipeline::run_checks(run, before);
    for (Finding& finding : report::check_findings(checks, run.loaded.tree, diagnostics.sources)) findings.push_back(std::move(finding));
    if (run.plan.proof.status == "limit") code = stopped;
  }
  if (of_findings(format)) emit_findings(context, title.substr(0, title.find(':')), findings);
  else emit_checks(context, title, checks, checks.empty() ? std::vector<std::string>{"the scenario has no 'checks' to run"} : std::vector<std::string>{});
  if (!o.quiet) say_not_run(context, checks);
  const bool failed = std::any_of(checks.begin(), checks.end(), [](const pipeline::CheckResult& c) { return c.ran && !c.passed && !c.check.warn_only; });
  return failed ? check_failed : code;
}

}  // namespace tonnage::cli
