#include "tonnage/report/findings.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/pages.hpp"

namespace tonnage::report {

namespace {

using Json = nlohmann::ordered_json;
using Kind = Finding::Kind;

/// A mark in a file; --set and standard input are no files that others could open.
void locate(Finding& out, const Mark& mark, const SourceMap& sources) {
  if (mark.file < 0) return;
  const std::string& name = sources.name(mark.file);
  if (name.empty() || name.rfind("--", 0) == 0 || name == "-" || name.front() == '<' || name == "standard input") return;
  out.file = name;
  if (!mark.known()) return;
  out.line = mark.line;
  out.column = std::max(1, mark.column);
  out.end_column = mark.end_column > out.column ? mark.end_column : 0;
}

/// The node at "checks.0.check".
const scenario::Node* node_at(const scenario::Node& tree, const std::string& path) {
  const scenario::Node* node = &tree;
  for (const std::string_view part : split(path, '.')) {
    const auto index = parse_integer(part);
    if (node->kind == scenario::Node::Kind::sequence) node = index && *index >= 0 && static_cast<std::size_t>(*index) < node->items.size() ? &node->items[static_cast<std::size_t>(*index)] : nullptr;
    else node = node->find(part);
    if (node == nullptr) return nullptr;
  }
  return node;
}

/// Text of an attribute or element; characters that XML 1.0 cannot hold become question marks.
std::string xml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\n' || c == '\t') out += c == '\n' ? "&#10;" : "&#9;";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += '?';
    else out += c;
  }
  return out;
}

/// RFC 3986, for a relative path.
std::string uri(const std::string& path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string("-._~/").find(c) != std::string::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string github_escaped(const std::string& text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += "%25";
    else if (c == '\n') out += "%0A";
    else if (c == '\r') out += "%0D";
    else if (property && c == ':') out += "%3A";
    else if (property && c == ',') out += "%2C";
    else out += c;
  }
  return out;
}

bool is_error(Kind kind) { return kind == Kind::failed || kind == Kind::mistake; }

std::string rule_text(const std::string& rule) {
  if (rule == "check-failed") return "A check of the scenario is not met";
  if (rule == "check-not-run") return "A check of the scenario could not be run";
  if (rule == "infeasible") return "No plan serves what must be served";
  if (rule == "no-plan") return "The solver stopped without a plan";
  return "The scenario: " + rule;
}

Json sarif_result(const Finding& finding) {
  Json out = {{"ruleId", finding.rule}, {"level", is_error(finding.kind) ? "error" : "warning"}, {"message", {{"text", printable(finding.message)}}}};
  if (finding.file.empty()) return out;
  Json place = {{"artifactLocation", {{"uri", uri(finding.file)}}}};
  if (finding.line > 0) {
    place["region"] = {{"startLine", finding.line}, {"startColumn", finding.column}};
    if (finding.end_column > 0) place["region"]["endColumn"] = finding.end_column;
  }
  out["locations"] = Json::array({{{"physicalLocation", std::move(place)}}});
  return out;
}

std::string junit_case(const std::string& suite, const Finding& finding) {
  std::string out = fmt::format("  <testcase classname=\"{}\" name=\"{}\"", xml(finding.file.empty() ? suite : finding.file), xml(printable(finding.name)));
  if (!finding.file.empty()) out += fmt::format(" file=\"{}\"", xml(finding.file));
  if (finding.line > 0) out += fmt::format(" line=\"{}\"", finding.line);
  const std::string message = xml(printable(finding.message));
  if (finding.kind == Kind::passed) return out + "/>\n";
  out += ">\n";
  if (finding.kind == Kind::failed) out += fmt::format("   <failure type=\"{}\" message=\"{}\"/>\n", finding.rule, message);
  if (finding.kind == Kind::mistake) out += fmt::format("   <error type=\"{}\" message=\"{}\"/>\n", finding.rule, message);
  if (finding.kind == Kind::not_run) out += fmt::format("   <skipped message=\"{}\"/>\n", message);
  if (finding.kind == Kind::warning) out += fmt::format("   <system-out>warning: {}</system-out>\n", message);
  return out + "  </testcase>\n";
}

}  // namespace

std::vector<Finding> reading_findings(const std::string& scenario, const Diagnostics& diagnostics) {
  std::vector<Finding> out;
  if (!diagnostics.has_errors()) out.push_back({Kind::passed, "", scenario + " is read without a mistake", "", scenario == "-" ? "" : scenario});
  for (const Diagnostic& d : diagnostics.sorted()) {
    Finding finding{d.severity == Severity::error ? Kind::mistake : Kind::warning, d.code, d.code + ": " + d.message, d.message + (d.hint.empty() ? "" : "; " + d.hint), ""};
    locate(finding, d.mark, diagnostics.sources);
    out.push_back(std::move(finding));
  }
  return out;
}

std::vector<Finding> check_findings(const std::vector<pipeline::CheckResult>& checks, const scenario::Node& tree, const SourceMap& sources) {
  std::vector<Finding> out;
  for (const pipeline::CheckResult& c : checks) {
    Finding finding;
    finding.kind = !c.ran ? Kind::not_run : c.passed ? Kind::passed : c.check.warn_only ? Kind::warning : Kind::failed;
    finding.rule = c.ran ? "check-failed" : "check-not-run";
    finding.name = c.check.text;
    finding.message = c.ran ? fmt::format("{} is not met: it is {}", c.check.text, check_value(c)) : c.check.text + " was not run: --against names no plan to compare with";
    if (const scenario::Node* node = node_at(tree, c.check.path)) locate(finding, node->mark, sources);
    out.push_back(std::move(finding));
  }
  return out;
}

std::string to_junit(const std::string& suite, const std::vector<Finding>& findings) {
  const auto count = [&](Kind kind) { return std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.kind == kind; }); };
  const std::string counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", findings.size(), count(Kind::failed), count(Kind::mistake), count(Kind::not_run));
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tonnage\" " + counts + ">\n <testsuite name=\"" + xml(printable(suite)) + "\" " + counts + ">\n";
  for (const Finding& finding : findings) out += junit_case(suite, finding);
  return out + " </testsuite>\n</testsuites>\n";
}

std::string to_sarif(const std::string& version, const std::vector<Finding>& findings) {
  Json rules = Json::array(), results = Json::array();
  std::set<std::string> known;
  for (const Finding& finding : findings) {
    if (finding.kind == Kind::passed) continue;
    if (known.insert(finding.rule).second) rules.push_back({{"id", finding.rule}, {"shortDescription", {{"text", rule_text(finding.rule)}}}});
    results.push_back(sarif_result(finding));
  }
  const Json driver = {{"name", "tonnage"}, {"version", version}, {"rules", std::move(rules)}};
  const Json run = {{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", std::move(results)}};
  const Json out = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_github(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& f : findings) {
    if (f.kind == Kind::passed) continue;
    std::string place;
    if (!f.file.empty()) place += "file=" + github_escaped(f.file, true) + ",";
    if (f.line > 0) place += fmt::format("line={},col={},", f.line, f.column);
    if (f.line > 0 && f.end_column > 0) place += fmt::format("endColumn={},", f.end_column - 1);
    out += fmt::format("::{} {}title={}::{}\n", is_error(f.kind) ? "error" : "warning", place, github_escaped(f.rule, true), github_escaped(printable(f.message), false));
  }
  return out;
}

}  // namespace tonnage::report
