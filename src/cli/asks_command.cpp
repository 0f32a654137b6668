// asks: what to ask of whom, by when, and at which price at most.
#include "context.hpp"
#include "progress.hpp"
#include "tonnage/pipeline/asks.hpp"
#include "tonnage/report/asks_page.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/pages.hpp"

namespace tonnage::cli {

int asks_command(const Context& context) {
  const std::string format = context.format();
  int warnings = 0;
  auto loaded = load(context, warnings, false);
  if (!loaded) return bad_input;
  ProgressLine line(context);
  const pipeline::RunOptions options = run_options(context, &line);
  const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::allocate, options);
  if (!run.feasible()) return exit_without_plan(context, run);
  const pipeline::Asks asks = pipeline::find_asks(run, options);
  line.clear();
  const report::Table table = report::asks_table(run, asks);
  context.emit(format == "xlsx" ? report::asks_sheets(run, asks) : report::asks_page(run, asks), format == "xlsx" ? report::Table{} : table, report::table_json("asks", {table}));
  return exit_of(context, run);
}

}  // namespace tonnage::cli
