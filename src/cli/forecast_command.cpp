// forecast of a scenario's demand; of a CSV file in forecast_file.cpp.
#include "context.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/html.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/pages.hpp"

namespace tonnage::cli {

namespace {

bool is_table(const std::string& path) {
  const std::string small = lower(path);
  const auto ends = [&](const char* end) { return small.size() > std::string(end).size() && small.rfind(end) == small.size() - std::string(end).size(); };
  return ends(".csv") || ends(".csv.gz");
}

}  // namespace

int forecast_command(const Context& context) {
  const Options& o = context.options;
  if (is_table(o.input)) {
    if (!o.sets.empty() || !o.overlays.empty()) throw UsageError{"--set and --overlay change a scenario; '" + o.input + "' is a table"};
    return forecast_file_command(context);
  }
  if (o.season > 0 || !o.horizon.empty() || o.levels != Options{}.levels || o.backtest) throw UsageError{"--season, --horizon, --levels and --backtest go with a file that ends in .csv; a scenario says these things itself"};
  if (!o.frequency.empty() || o.paths > 0 || !o.paths_out.empty() || !o.methods.empty() || !o.regressors.empty() || !o.holidays.empty() || o.total || !o.nested.empty() || o.gaps != Options{}.gaps) throw UsageError{"--frequency, --methods, --regressors, --holidays, --gaps, --total, --nested, --paths and --paths-out go with a file that ends in .csv"};
  (void)context.format();
  int warnings = 0;
  auto loaded = load(context, warnings, false);
  if (!loaded) return bad_input;
  const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::forecast, run_options(context));
  if (context.format() == "html") context.emit(report::demand_html(run, report::forecast_page(run)));
  else context.emit(report::forecast_page(run), report::forecast_table(run), context.format() == "json" ? report::to_json(run, "demand") : "");
  return done;
}

}  // namespace tonnage::cli
