#include "plan_input.hpp"

#include "tonnage/core/text.hpp"

namespace tonnage::cli {

namespace {

constexpr std::size_t max_plan_bytes = std::size_t{1} << 30;

/// A document of ours, not a scenario in JSON.
bool is_document(const std::string& text) { return text.find("\"kind\":") != std::string::npos && text.find("\"regions\":") > text.find("\"kind\":"); }

std::optional<OpenedPlan> plan_now(const Context& context, const std::string& path) {
  Options options = context.options;
  options.input = path;
  const Context own(options, context.environment);
  int warnings = 0;
  auto loaded = load(own, warnings, false);
  if (!loaded) return std::nullopt;
  pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::tco, run_options(own));
  if (!run.feasible()) {
    context.say("error [infeasible]: " + path + " has no plan: " + run.plan.proof.status + "\n");
    return std::nullopt;
  }
  report::PlanFile file = report::summarize(run);
  return OpenedPlan{std::move(file), std::move(run), ""};
}

/// The plan of a document made again, so that others can be made between it and another.
void plan_again(const Context& context, const std::string& path, const std::string& text, OpenedPlan& opened) {
  const auto source = report::read_scenario(text);
  if (!source) {
    opened.why_no_run = "'" + path + "' does not carry its scenario and files; write it again with this version";
    return;
  }
  Diagnostics diagnostics;
  auto tree = scenario::parse_tree(source->tree, diagnostics.sources.add(path, source->tree), diagnostics);
  std::optional<scenario::LoadedScenario> loaded;
  if (tree) loaded = scenario::load_resolved(std::move(*tree), path, source->files, shipped_catalog(), context.environment.files, diagnostics);
  if (!loaded) {
    opened.why_no_run = "the scenario in '" + path + "' cannot be read: " + (diagnostics.items().empty() ? "unknown" : diagnostics.items().front().message);
    return;
  }
  pipeline::RunOptions options = run_options(context);
  options.seed = source->seed;
  pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::tco, options);
  if (run.feasible()) opened.run = std::move(run);
  else opened.why_no_run = "the scenario in '" + path + "' has no plan now: " + run.plan.proof.status;
}

}  // namespace

std::optional<OpenedPlan> open_plan(const Context& context, const std::string& path, bool with_run) {
  FileSystem& files = context.environment.files;
  const bool json = path.size() >= 5 && lower(path.substr(path.size() - 5)) == ".json";
  std::string text;
  if (json && files.kind(path) == FileSystem::Kind::file) text = read_file(files, path, max_plan_bytes);
  if (!json || (!text.empty() && !is_document(text) && text.find("\"horizon\"") != std::string::npos)) return plan_now(context, path);
  if (files.kind(path) == FileSystem::Kind::missing) {
    context.say("error [missing-file]: there is no file '" + path + "'\n");
    return std::nullopt;
  }
  std::string error;
  auto plan = report::read_plan(text, error);
  if (!plan) {
    context.say("error [not-a-plan]: cannot use '" + path + "': " + error + "\n");
    return std::nullopt;
  }
  OpenedPlan out{std::move(*plan), std::nullopt, ""};
  if (with_run) plan_again(context, path, text, out);
  return out;
}

}  // namespace tonnage::cli
