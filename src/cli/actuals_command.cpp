// tco --actuals: a plan beside a bill.
#include "context.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/actuals_page.hpp"

namespace tonnage::cli {

Bill read_bill(const Context& context, const std::string& currency) {
  const std::string& path = context.options.actuals;
  Bill out;
  out.name = path == "-" ? "<stdin>" : path;
  Diagnostics diagnostics;
  const std::string text = read_input(context, path);
  const int file = diagnostics.sources.add(out.name, text);
  const CsvTable table = check_encoding(text, file, diagnostics) ? read_csv(text, file, diagnostics) : CsvTable();
  out.rows = tco::read_bill(table, currency, file, diagnostics);
  context.say_diagnostics(diagnostics, !context.options.quiet);
  if (diagnostics.has_errors()) throw Reported();
  out.sources = std::move(diagnostics.sources);
  return out;
}

void tell_actuals(const Context& context, const pipeline::Run& run, const Bill& bill) {
  const Scenario& s = run.loaded.scenario;
  const tco::Actuals actuals = tco::compare_actuals(s, tco::focus_rows(s, run.demand, run.capacities, run.plan, run.ledger), bill.rows);
  report::Page page = report::actuals_page(s.name, bill.name, actuals, bill.sources);
  page.as_of = s.as_of;
  context.emit(page, report::actual_cells_table(actuals, bill.sources), report::actuals_json(actuals, bill.sources));
}

}  // namespace tonnage::cli
