#include "tonnage/report/audit_page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::report {

namespace {

const char* name_of(tco::AuditFinding::Kind kind) {
  using Kind = tco::AuditFinding::Kind;
  return kind == Kind::wrong ? "does not add up" : kind == Kind::rounding ? "rounding" : kind == Kind::unlike ? "unlike the other rows" : "implausible";
}

Table checked_table(const tco::Audit& audit) {
  Table out{"checked", "Checked", {{"rule", "rule"}, {"origin", ""}, {"rows", "rows", Column::Kind::number, 0}, {"failed", "not met", Column::Kind::number, 0}, {"without", "no figures", Column::Kind::number, 0}}, {}, false, "", true};
  for (const tco::AuditCount& one : audit.checked)
    out.rows.push_back({one.rule, std::string(one.inferred ? "seen in the table" : "given"), static_cast<double>(one.rows), static_cast<double>(one.failed), static_cast<double>(one.without)});
  return out;
}

}  // namespace

Page audit_page(const std::string& name, const tco::Audit& audit, const SourceMap& sources) {
  Page page;
  const auto serious = std::count_if(audit.findings.begin(), audit.findings.end(), [](const auto& f) { return f.kind != tco::AuditFinding::Kind::rounding; });
  const auto rounding = static_cast<long>(audit.findings.size()) - serious;
  page.title = name + ": " + (audit.checked.empty() ? "nothing to check: give rules with --rule" : audit.findings.empty() ? "adds up" : fmt::format("{} of its figures {} wrong", serious, serious == 1 ? "is" : "are"));
  if (rounding > 0) page.title += fmt::format("{} {} rounded so that parts do not add", serious > 0 || audit.checked.empty() ? ";" : ",", rounding);
  for (const tco::AuditFinding& f : audit.findings) {
    const bool percent = !f.printed.empty() && f.printed.find('%') != std::string::npos;
    std::string text = fmt::format("{}: {}{} is {}", f.mark.known() ? sources.place(f.mark) : f.row, f.figure, f.row.empty() ? "" : " of " + f.row, f.printed.empty() ? grouped(f.found) : f.printed);
    if (f.expected) text += ", " + std::string(f.kind == tco::AuditFinding::Kind::unlike ? "not " : "should be ") + (percent ? significant(100 * *f.expected, 4) + " %" : grouped(*f.expected));
    page.notes.push_back(text + (f.why.empty() ? "" : ": " + f.why));
  }
  if (!page.notes.empty()) page.notes_title = "Findings";
  if (!audit.checked.empty()) page.tables.push_back(checked_table(audit));
  return page;
}

Table audit_table(const tco::Audit& audit, const SourceMap& sources) {
  Table out{"findings", "", {{"kind", ""}, {"place", ""}, {"row", ""}, {"figure", ""}, {"printed", ""}, {"found", "", Column::Kind::number}, {"expected", "", Column::Kind::number}, {"rule", ""}, {"why", ""}}, {}, false, ""};
  for (const tco::AuditFinding& f : audit.findings)
    out.rows.push_back({std::string(name_of(f.kind)), f.mark.known() ? Cell(sources.place(f.mark)) : Cell(), f.row, f.figure, f.printed, f.found, f.expected ? Cell(*f.expected) : Cell(), f.rule, f.why});
  return out;
}

std::string audit_json(const tco::Audit& audit, const SourceMap& sources) { return table_json("audit", {audit_table(audit, sources), checked_table(audit)}); }

}  // namespace tonnage::report
