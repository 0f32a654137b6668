// levers: what would help most.
#include <algorithm>

#include "context.hpp"
#include "lock.hpp"
#include "progress.hpp"
#include "tonnage/core/stop.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/levers_page.hpp"
#include "tonnage/report/pages.hpp"

namespace tonnage::cli {

namespace {

std::vector<std::string> kinds_of(const std::string& text) {
  std::vector<std::string> out;
  const std::vector<std::string>& known = pipeline::lever_kinds();
  for (const std::string_view part : split(text, ',')) {
    const std::string kind(trim(part));
    if (kind.empty()) continue;
    if (std::find(known.begin(), known.end(), kind) == known.end()) {
      const std::string close = suggest(kind, known);
      throw UsageError{"--only: unknown kind '" + kind + "', expected " + name_list(known) + (close.empty() ? "" : "; did you mean '" + close + "'?")};
    }
    out.push_back(kind);
  }
  return out;
}

}  // namespace

pipeline::Levers find_levers(const Context& context, const pipeline::Run& run, const scenario::LoadOptions& base, const pipeline::RunOptions& options, pipeline::StageCache& cache) {
  return pipeline::find_levers(run, base, kinds_of(context.options.only), shipped_catalog(), context.environment.files, options, cache);
}

int levers_command(const Context& context) {
  (void)context.format();
  (void)kinds_of(context.options.only);
  const scenario::LoadOptions base = load_options(context);
  int warnings = 0;
  auto loaded = load(context, base, warnings);
  if (!loaded) return bad_input;
  hold_lock(context, *loaded);
  pipeline::StageCache cache;
  const StopScope stoppable;
  ProgressLine line(context);
  pipeline::RunOptions options = run_options(context, &line);
  options.cache = &cache;
  const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::tco, options);
  if (!run.feasible()) return exit_without_plan(context, run);
  const pipeline::Levers levers = find_levers(context, run, base, options, cache);
  line.clear();
  const report::Table table = report::levers_table(levers);
  context.emit(report::levers_page(run, levers, static_cast<std::size_t>(context.options.top)), table, report::table_json("levers", {table}));
  return exit_of(context, run);
}

}  // namespace tonnage::cli
