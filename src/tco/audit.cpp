#include "tonnage/tco/audit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "audit_grid.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::tco {

namespace {

using Kind = AuditFinding::Kind;
using Cell = AuditGrid::Cell;
using Row = AuditGrid::Row;

class Auditor {
 public:
  Auditor(const AuditGrid& grid, Audit& out) : grid_(grid), out_(out) {}

  void apply(const AuditRule& rule) {
    AuditCount count{rule.text, rule.inferred, 0, 0, 0};
    if (rule.kind == AuditRule::Kind::same) {
      apply_same(rule, count);
    } else if (of_one_row(rule)) {
      apply_to(rule, nullptr, count);
    } else {
      for (const Row& row : grid_.rows)
        if (!row.total) apply_to(rule, &row, count);
    }
    out_.checked.push_back(count);
  }

  /// A row of totals against the rows above it, in every column that adds.
  void totals() {
    for (std::size_t t = 0; t < grid_.rows.size(); ++t) {
      if (!grid_.rows[t].total) continue;
      for (std::size_t c = 0; c < grid_.columns.size(); ++c)
        if (grid_.rows[t].cells[c].number && adds(grid_.columns[c])) total(t, c);
    }
  }

  void plausible() {
    for (const Row& row : grid_.rows)
      for (std::size_t c = 0; c < grid_.columns.size(); ++c)
        if (row.cells[c].number) {
          const std::string why = implausible(grid_.columns[c], row.cells[c].number->value);
          if (!why.empty()) out_.findings.push_back({Kind::implausible, row.name, grid_.columns[c], "", row.cells[c].mark, row.cells[c].text, row.cells[c].number->value, {}, why});
        }
  }

 private:
  static bool adds(const std::string& column) {
    const std::string name = lower(column);
    for (const char* part : {"per_", "per ", "avg", "average", "mean", "share", "rate", "%", "pue", "ratio", "utili", "year", "month", "hour"})
      if (name.find(part) != std::string::npos) return false;
    return true;
  }

  static bool of_one_row(const AuditRule& rule) {
    const auto elsewhere = [](const CellReference& reference) { return !reference.row.empty() || reference.over != CellReference::Over::row; };
    const auto all = [&](const Expression& e) { return std::all_of(e.references().begin(), e.references().end(), elsewhere); };
    return all(rule.left) && all(rule.right);
  }

  const Cell* cell_of(const CellReference& reference, const Row* row) const {
    if (!reference.row.empty()) row = grid_.row(reference.row);
    const int column = grid_.column(reference.column);
    return row == nullptr || column < 0 ? nullptr : &row->cells[static_cast<std::size_t>(column)];
  }

  std::optional<double> value_of(const CellReference& reference, const Row* row) const {
    using Over = CellReference::Over;
    if (reference.over == Over::row) {
      const Cell* cell = cell_of(reference, row);
      return cell != nullptr && cell->number ? std::optional(cell->number->value) : std::nullopt;
    }
    std::vector<double> values;
    for (const Row& one : grid_.rows)
      if (const auto& number = one.cells[static_cast<std::size_t>(grid_.column(reference.column))].number; number && !one.total) values.push_back(number->value);
    if (values.empty()) return std::nullopt;
    double sum = 0;
    for (const double value : values) sum += value;
    if (reference.over == Over::sum) return sum;
    if (reference.over == Over::mean) return sum / static_cast<double>(values.size());
    return reference.over == Over::min ? *std::min_element(values.begin(), values.end()) : *std::max_element(values.begin(), values.end());
  }

  bool has_all(const Expression& expression, const Row* row) const {
    return std::all_of(expression.references().begin(), expression.references().end(), [&](const CellReference& r) { return value_of(r, row).has_value(); });
  }
  double evaluate(const Expression& expression, const Row* row) const {
    return expression.evaluate([&](const CellReference& reference) { return *value_of(reference, row); });
  }

  void apply_to(const AuditRule& rule, const Row* row, AuditCount& count) {
    if (!has_all(rule.left, row) || !has_all(rule.right, row)) {
      ++count.without;
      return;
    }
    ++count.rows;
    const double found = evaluate(rule.left, row), expected = evaluate(rule.right, row);
    const Cell* cell = rule.left.references().empty() ? nullptr : cell_of(rule.left.references()[0], row);
    const double half = rule.left.is_reference() && cell != nullptr && cell->number ? cell->number->half_unit : 0;
    const double slack = half + (rule.tolerance + 1e-9) * std::fabs(expected);
    const double off = found - expected;
    const bool met = rule.kind == AuditRule::Kind::equal ? std::fabs(off) <= slack : rule.kind == AuditRule::Kind::at_most ? off <= slack : -off <= slack;
    if (met) return;
    ++count.failed;
    const Row* shown = row != nullptr ? row : rule.left.references().empty() ? nullptr : grid_.row(rule.left.references()[0].row);
    AuditFinding finding{Kind::wrong, shown != nullptr ? shown->name : "", rule.left.is_reference() ? rule.left.references()[0].column : rule.text, rule.text, cell != nullptr ? cell->mark : Mark{}, half > 0 ? cell->text : "", found, expected, ""};
    if (rule.kind == AuditRule::Kind::equal) exgrouped(rule, row, half, finding);
    else finding.why = fmt::format("{} {} than allowed", grouped(std::fabs(off)), off > 0 ? "more" : "less");
    out_.findings.push_back(std::move(finding));
  }

  void exgrouped(const AuditRule& rule, const Row* row, double half, AuditFinding& finding) const {
    const double expected = *finding.expected, off = finding.found - expected;
    const auto parts = static_cast<double>(rule.right.references().size());
    finding.why = likely_slip(finding.found, expected, half, about_time(rule));
    if (finding.why.empty()) finding.why = counted_again(rule, row, finding.found, expected, half);
    if (finding.why.empty() && half > 0 && std::fabs(off) <= (parts + 1) * half && parts > 1) {
      finding.kind = Kind::rounding;
      finding.why = "the printed figures were rounded one by one, so that they do not add";
    } else if (finding.why.empty()) {
      finding.why = expected == 0 ? "" : fmt::format("{} {} than that, {} %", grouped(std::fabs(off)), off > 0 ? "more" : "less", significant(100 * std::fabs(off / expected), 3));
    }
  }

  /// Figures of the rule or the row that multiply what was found once more, or not at all.
  std::string counted_again(const AuditRule& rule, const Row* row, double found, double expected, double half) const {
    struct Factor {
      double value;
      std::string name;
    };
    std::vector<Factor> factors;
    const auto add = [&](double value, const std::string& name) {
      const bool known = std::any_of(factors.begin(), factors.end(), [&](const Factor& one) { return one.name == name; });
      if (!known && value != 0 && value != 1 && value != found && factors.size() < 16) factors.push_back({value, name});
    };
    const auto& used = rule.right.references();
    const auto in_rule = [&](const std::string& name) { return std::any_of(used.begin(), used.end(), [&](const CellReference& r) { return r.column == name; }); };
    for (std::size_t c = 0; row != nullptr && c < grid_.columns.size(); ++c)
      if (row->cells[c].number && !in_rule(grid_.columns[c])) add(row->cells[c].number->value, grid_.columns[c]);
    for (const CellReference& reference : used)
      if (const auto value = value_of(reference, row)) add(*value, reference.column);
    const std::size_t own = factors.size();
    for (const double number : {12.0, 24.0, 730.0, 8760.0}) factors.push_back({number, grouped(number)});
    const auto is = [&](double value) { return std::fabs(found - value) <= half + 1e-9 * std::fabs(value); };
    for (std::size_t i = 0; i < own; ++i) {
      if (is(expected * factors[i].value)) return factors[i].name + " is multiplied in once too often";
      if (is(expected / factors[i].value)) return factors[i].name + " is left out, or divided by once too often";
    }
    for (std::size_t i = 0; i < own; ++i)
      for (std::size_t j = i + 1; j < factors.size(); ++j) {
        const double two = factors[i].value * factors[j].value;
        if (is(expected * two)) return factors[i].name + " x " + factors[j].name + " is multiplied in once too often";
        for (std::size_t k = std::max(j + 1, own); k < factors.size(); ++k)
          if (is(expected * two * factors[k].value)) return fmt::format("{} x {} x {} is multiplied in once too often", factors[i].name, factors[j].name, factors[k].name);
      }
    return "";
  }

  static bool about_time(const AuditRule& rule) {
    const std::string text = lower(rule.text);
    return text.find("hour") != std::string::npos || text.find("month") != std::string::npos || text.find("year") != std::string::npos;
  }

  Ranged ranged(const Expression& expression, const Row* row) const {
    Ranged out{evaluate(expression, row), 0};
    for (const CellReference& moved : expression.references()) {
      const Cell* cell = cell_of(moved, row);
      if (cell == nullptr || !cell->number || !rounded(*cell->number)) continue;
      const double other = expression.evaluate([&](const CellReference& reference) { return *value_of(reference, row) + (reference == moved ? cell->number->half_unit : 0); });
      out.slack += std::fabs(other - out.value);
    }
    return out;
  }

  void apply_same(const AuditRule& rule, AuditCount& count) {
    std::vector<const Row*> rows;
    std::vector<Ranged> values;
    for (const Row& row : grid_.rows) {
      if (row.total) continue;
      const bool whole = has_all(rule.left, &row);
      if (!whole) ++count.without;
      else if (const Ranged value = ranged(rule.left, &row); std::isfinite(value.value) && std::isfinite(value.slack)) rows.push_back(&row), values.push_back(value);
    }
    count.rows = static_cast<int>(values.size());
    const auto [common, most] = usual(values, rule.tolerance);
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (!alike(values[i], common, rule.tolerance)) {
        ++count.failed;
        out_.findings.push_back(unlike(rule, *rows[i], values[i].value, common.value, most));
      }
  }

  AuditFinding unlike(const AuditRule& rule, const Row& row, double value, double common, int most) const {
    const CellReference& first = rule.left.references()[0];
    const Cell* cell = cell_of(first, &row);
    const std::string what = rule.text.substr(rule.text.find(':') + 2);
    AuditFinding out{Kind::unlike, row.name, what, rule.text, cell != nullptr ? cell->mark : Mark{}, "", value, common, ""};
    out.why = fmt::format("{} in {} other rows", grouped(common), most);
    const std::string slip = likely_slip(value, common, 0, about_time(rule));
    if (!slip.empty()) out.why += "; " + slip;
    else if (cell != nullptr && cell->number && value != 0 && what.rfind(first.column + " /", 0) == 0)
      out.why += fmt::format("; {} would be {}, {} {}", first.column, grouped(cell->number->value * common / value), grouped(std::fabs(cell->number->value * (common / value - 1))), common > value ? "more" : "less");
    return out;
  }

  void total(std::size_t t, std::size_t c) {
    double sum = 0, half = grid_.rows[t].cells[c].number->half_unit;
    int rows = 0;
    double parts_half = 0;
    for (std::size_t r = 0; r < t; ++r)
      if (const auto& number = grid_.rows[r].cells[c].number; number && !grid_.rows[r].total) {
        sum += number->value;
        parts_half += number->half_unit;
        ++rows;
      }
    if (rows < 2) return;
    const Cell& cell = grid_.rows[t].cells[c];
    const std::string rule = grid_.columns[c] + "[" + grid_.rows[t].name + "] = sum(" + grid_.columns[c] + ")";
    AuditCount count{rule, true, 1, 0, 0};
    const double off = cell.number->value - sum;
    if (std::fabs(off) > half + 1e-9 * std::fabs(sum)) {
      count.failed = 1;
      AuditFinding finding{Kind::wrong, grid_.rows[t].name, grid_.columns[c], rule, cell.mark, cell.text, cell.number->value, sum, likely_slip(cell.number->value, sum, half, false)};
      if (finding.why.empty() && std::fabs(off) <= half + parts_half) {
        finding.kind = Kind::rounding;
        finding.why = "the printed figures were rounded one by one, so that they do not add";
      } else if (finding.why.empty()) {
        finding.why = fmt::format("the rows above sum to {} {}", grouped(std::fabs(off)), off > 0 ? "less" : "more");
      }
      out_.findings.push_back(std::move(finding));
    }
    out_.checked.push_back(count);
  }

  const AuditGrid& grid_;
  Audit& out_;
};

/// Every name of a rule is a column, and every figure that it needs a number.
void check_names(const AuditGrid& grid, const AuditRule& rule, Diagnostics& diagnostics) {
  for (const Expression* expression : {&rule.left, &rule.right})
    for (const CellReference& reference : expression->references()) {
      const int column = grid.column(reference.column);
      if (column < 0) {
        const std::string close = suggest(reference.column, grid.columns);
        diagnostics.error("audit-column", "'" + rule.text + "': the table has no column '" + reference.column + "'", rule.mark, close.empty() ? "" : "did you mean '" + close + "'?", "it has " + name_list(grid.columns, 20));
        continue;
      }
      if (!reference.row.empty() && grid.row(reference.row) == nullptr)
        diagnostics.error("audit-row", "'" + rule.text + "': the table has no row '" + reference.row + "'", rule.mark);
      for (const Row& row : grid.rows) {
        const Cell& cell = row.cells[static_cast<std::size_t>(column)];
        const bool needed = reference.row.empty() || reference.row == row.name;
        if (needed && !cell.number && !trim(std::string_view(cell.text)).empty())
          diagnostics.error("csv-number", "'" + printable(cell.text) + "' is not a number, and '" + rule.text + "' needs one", cell.mark);
      }
    }
}

/// "Total cost", "all items": may be a row of sums, or a figure of its own.
bool called_total(const std::string& name) {
  const std::string word = lower(name);
  return word.starts_with("total ") || word.ends_with(" total") || word.starts_with("all ") || word == "all" || word == "overall";
}

/// Whether a figure of the last row is the sum of those above it, as printed: then its others should be.
bool sums_somewhere(const AuditGrid& grid) {
  for (std::size_t c = 0; c < grid.columns.size(); ++c) {
    const auto& last = grid.rows.back().cells[c].number;
    double sum = 0;
    int rows = 0;
    for (std::size_t r = 0; r + 1 < grid.rows.size(); ++r)
      if (const auto& number = grid.rows[r].cells[c].number) sum += number->value, ++rows;
    if (last && rows > 1 && sum != 0 && std::fabs(last->value - sum) <= last->half_unit + 1e-9 * std::fabs(sum)) return true;
  }
  return false;
}

}  // namespace

int AuditGrid::column(const std::string& name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  return found == columns.end() ? -1 : static_cast<int>(found - columns.begin());
}

const AuditGrid::Row* AuditGrid::row(const std::string& name) const {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

AuditGrid make_grid(const CsvTable& table) {
  AuditGrid out;
  for (const CsvField& field : table.header.fields) out.columns.push_back(std::string(trim(std::string_view(field.text))));
  for (const CsvRow& given : table.rows) {
    AuditGrid::Row row;
    for (const CsvField& field : given.fields) {
      row.cells.push_back({field.text, field.mark, read_printed_number(field.text)});
      if (row.name.empty() && !row.cells.back().number) row.name = std::string(trim(std::string_view(field.text)));
    }
    if (row.name.empty()) row.name = out.columns[0] + " " + std::string(trim(std::string_view(given.fields[0].text)));
    const std::string name = lower(row.name);
    row.total = name == "total" || name == "totals" || name == "sum" || name == "grand total";
    out.rows.push_back(std::move(row));
  }
  const bool named = std::any_of(out.rows.begin(), out.rows.end(), [](const AuditGrid::Row& row) { return row.total; });
  if (!named && out.rows.size() > 2) out.rows.back().total = called_total(out.rows.back().name) && sums_somewhere(out);
  return out;
}

bool rounded(const PrintedNumber& number) { return number.half_unit < 0.5 || number.half_unit < 5e-4 * std::fabs(number.value); }

bool alike(const Ranged& a, const Ranged& b, double tolerance) { return std::fabs(a.value - b.value) <= a.slack + b.slack + (tolerance + 1e-6) * std::fabs(b.value); }

std::pair<Ranged, int> usual(const std::vector<Ranged>& values, double tolerance) {
  std::pair<Ranged, int> out{{}, 0};
  for (const Ranged& value : values) {
    const auto rows = static_cast<int>(std::count_if(values.begin(), values.end(), [&](const Ranged& other) { return alike(other, value, tolerance); }));
    if (rows > out.second || (rows == out.second && value.slack < out.first.slack)) out = {value, rows};
  }
  return out;
}

Audit audit(const CsvTable& table, const std::vector<AuditRule>& rules, bool infer, Diagnostics& diagnostics) {
  const AuditGrid grid = make_grid(table);
  for (const AuditRule& rule : rules) check_names(grid, rule, diagnostics);
  Audit out;
  if (diagnostics.has_errors()) return out;
  Auditor auditor(grid, out);
  for (const AuditRule& rule : rules) auditor.apply(rule);
  if (infer) {
    for (const AuditRule& rule : infer_rules(grid)) {
      const bool given = std::any_of(rules.begin(), rules.end(), [&](const AuditRule& one) { return one.text == rule.text; });
      if (!given) auditor.apply(rule);
    }
    auditor.totals();
  }
  auditor.plausible();
  std::stable_sort(out.findings.begin(), out.findings.end(), [](const AuditFinding& a, const AuditFinding& b) { return std::pair(a.mark.line, a.mark.column) < std::pair(b.mark.line, b.mark.column); });
  return out;
}

}  // namespace tonnage::tco
