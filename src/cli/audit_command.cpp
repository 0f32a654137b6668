// audit: does a cost table add up?
#include "context.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/audit_page.hpp"

namespace tonnage::cli {

int audit_command(const Context& context) {
  const std::string wanted = context.format();
  const Options& o = context.options;
  Diagnostics diagnostics;
  const std::string text = read_input(context, o.input);
  const std::string name = o.input == "-" ? "<stdin>" : o.input;
  const int source = diagnostics.sources.add(name, text);
  const CsvTable table = check_encoding(text, source, diagnostics) ? read_csv(text, source, diagnostics) : CsvTable();
  std::vector<tco::AuditRule> rules;
  if (!o.rules.empty()) {
    const std::string given = read_input(context, o.rules);
    const int file = diagnostics.sources.add(o.rules, given);
    if (check_encoding(given, file, diagnostics)) rules = tco::read_rules(given, file, diagnostics);
  }
  for (const std::string& rule : o.rule_texts) {
    const auto read = tco::read_rules(rule, diagnostics.sources.add("--rule", rule), diagnostics);
    rules.insert(rules.end(), read.begin(), read.end());
  }
  const tco::Audit found = tco::audit(table, rules, !o.only_rules, diagnostics);
  context.say_diagnostics(diagnostics, !o.quiet);
  if (diagnostics.has_errors()) return bad_input;
  if (wanted == "json") context.emit(report::audit_json(found, diagnostics.sources));
  else context.emit(report::audit_page(name, found, diagnostics.sources), report::audit_table(found, diagnostics.sources), "");
  return found.findings.empty() ? done : check_failed;
}

}  // namespace tonnage::cli
