// diff: two plans or scenarios, and what drove their difference.
#include <algorithm>

#include "context.hpp"
#include "progress.hpp"
#include "plan_input.hpp"
#include "tonnage/report/difference_page.hpp"

namespace tonnage::cli {

int diff_command(const Context& context) {
  const std::string wanted = context.format();
  const bool drivers = !context.options.no_drivers;
  auto a = open_plan(context, context.options.input, drivers);
  auto b = open_plan(context, context.options.second, drivers);
  if (!a || !b) return bad_input;
  if (a->file.currency != b->file.currency) {
    context.say("error [currency]: the plans are in different currencies, " + a->file.currency + " and " + b->file.currency + "\n");
    return bad_input;
  }
  ProgressLine line(context);
  report::Difference difference{a->file, b->file, {}, {}};
  if (drivers && a->run && b->run) difference.drivers = pipeline::attribute(*a->run, *b->run, shipped_catalog(), context.environment.files, run_options(context, &line));
  line.clear();
  for (const OpenedPlan* one : {&*a, &*b})
    if (drivers && !one->why_no_run.empty()) difference.notes.push_back("no drivers: " + one->why_no_run);
  if (wanted == "json") context.emit(report::difference_json(difference));
  else if (wanted == "html") context.emit(report::difference_html(difference, report::difference_page(difference)));
  else context.emit(report::difference_page(difference), report::difference_table(difference), "");
  return done;
}

}  // namespace tonnage::cli
