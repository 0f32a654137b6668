// sweep: many what-ifs, a row each.
#include <stdexcept>

#include "context.hpp"
#include "lock.hpp"
#include "progress.hpp"
#include "tonnage/core/stop.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/sweep_page.hpp"

namespace tonnage::cli {

namespace {

std::vector<pipeline::SweepAxis> axes_of(const Context& context) {
  std::vector<pipeline::SweepAxis> out;
  try {
    for (const std::string& text : context.options.over) out.push_back(pipeline::parse_sweep_axis(text));
    (void)pipeline::sweep_grid(out);
  } catch (const std::invalid_argument& e) {
    throw UsageError{std::string("--over: ") + e.what()};
  }
  return out;
}

/// Each value by itself, as --set would say it: a value that is wrong is a mistake of the command, not a row.
bool values_are_sound(const Context& context, const std::vector<pipeline::SweepAxis>& axes, const scenario::LoadOptions& base) {
  for (const pipeline::SweepAxis& axis : axes)
    for (const std::string& value : axis.values) {
      scenario::LoadOptions changed = base;
      changed.sets.push_back(axis.path + "=" + value);
      int warnings = 0;
      if (!load(context, changed, warnings)) return false;
    }
  return true;
}

}  // namespace

int sweep_command(const Context& context) {
  const std::string format = context.format();
  const std::vector<pipeline::SweepAxis> axes = axes_of(context);
  const scenario::LoadOptions base = load_options(context);
  int warnings = 0;
  const auto loaded = load(context, base, warnings);
  if (!loaded || !values_are_sound(context, axes, base)) return bad_input;
  hold_lock(context, *loaded);
  pipeline::StageCache cache;
  const StopScope stoppable;
  ProgressLine line(context);
  const auto runs = pipeline::sweep(axes, base, shipped_catalog(), context.environment.files, run_options(context, &line), cache);
  line.clear();
  report::Page page = report::sweep_page(loaded->scenario.name, axes, runs);
  page.as_of = loaded->scenario.as_of;
  const report::Table table = report::sweep_table(axes, runs);
  if (format == "html") context.emit(report::sweep_html(page, axes, runs));
  else context.emit(page, table, report::table_json("sweep", {table}));
  if (stop_requested()) {
    context.say("stopped: what was planned so far was written\n");
    return interrupted;
  }
  for (const pipeline::SweepRun& run : runs)
    if (run.result.feasible && run.result.status == "limit") return stopped;
  return done;
}

}  // namespace tonnage::cli
