#include "tonnage/optimize/linear_program.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"

namespace tonnage::optimize {

double value(const Terms& terms, const std::vector<double>& x) {
  double out = 0;
  for (const auto& [column, coefficient] : terms) out += coefficient * x[static_cast<std::size_t>(column)];
  return out;
}

int LinearProgram::add_column(std::string name, double column_cost, double column_lower, double column_upper, bool is_integer) {
  column_names.push_back(std::move(name));
  cost.push_back(column_cost);
  lower.push_back(column_lower);
  upper.push_back(column_upper);
  integer.push_back(is_integer ? 1 : 0);
  linking_column.push_back(0);
  return columns() - 1;
}

int LinearProgram::add_row(std::string name, double lower_bound, double upper_bound, const Terms& terms) {
  Terms sorted = terms;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    double sum = sorted[i].second;
    while (i + 1 < sorted.size() && sorted[i + 1].first == sorted[i].first) sum += sorted[++i].second;
    if (sum == 0) continue;
    index.push_back(sorted[i].first);
    value.push_back(sum);
  }
  start.push_back(static_cast<int>(index.size()));
  row_names.push_back(std::move(name));
  row_lower.push_back(lower_bound);
  row_upper.push_back(upper_bound);
  linking_row.push_back(0);
  return rows() - 1;
}

void LinearProgram::at_most(std::string name, Terms terms, double limit) {
  double unit = 0;
  for (const auto& [column, coefficient] : terms) unit = std::max(unit, std::fabs(coefficient));
  if (unit <= 0) return;
  for (auto& [column, coefficient] : terms) coefficient /= unit;
  add_row(std::move(name), -infinity, limit / unit, terms);
}

int LinearProgram::integers() const { return static_cast<int>(std::count(integer.begin(), integer.end(), 1)); }

double LinearProgram::activity(int row, const std::vector<double>& x) const {
  double sum = 0;
  for (int k = start[static_cast<std::size_t>(row)]; k < start[static_cast<std::size_t>(row) + 1]; ++k)
    sum += value[static_cast<std::size_t>(k)] * x[static_cast<std::size_t>(index[static_cast<std::size_t>(k)])];
  return sum;
}

double LinearProgram::objective(const std::vector<double>& x) const {
  double sum = offset;
  for (std::size_t j = 0; j < cost.size(); ++j) sum += cost[j] * x[j];
  return sum;
}

Terms LinearProgram::costs() const {
  Terms out;
  for (int j = 0; j < columns(); ++j)
    if (const double one = cost[static_cast<std::size_t>(j)]; one != 0) out.emplace_back(j, one);
  return out;
}

const char* to_string(Status status) {
  switch (status) {
    case Status::optimal: return "optimal";
    case Status::infeasible: return "infeasible";
    case Status::unbounded: return "unbounded";
    case Status::limit: return "limit";
    case Status::failed: return "failed";
  }
  return "failed";
}

namespace {

/// Only characters that every reader of MPS takes; the index makes it unique.
std::string safe_name(char kind, std::size_t index, const std::string& name) {
  std::string out = fmt::format("{}{}_", kind, index);
  for (const char c : name.substr(0, 120)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ',' || c == '[' || c == ']';
    out += plain ? c : '_';
  }
  return out;
}

char row_type(double lower, double upper) {
  if (lower == upper) return 'E';
  if (std::isinf(lower)) return std::isinf(upper) ? 'N' : 'L';
  return 'G';
}

void write_bounds(const LinearProgram& p, const std::vector<std::string>& names, std::string& out) {
  out += "BOUNDS\n";
  for (std::size_t j = 0; j < p.cost.size(); ++j) {
    const double lower = p.lower[j];
    const double upper = p.upper[j];
    if (lower == upper) {
      out += fmt::format(" FX BND {} {}\n", names[j], shortest(lower));
      continue;
    }
    if (std::isinf(lower)) out += fmt::format(" MI BND {}\n", names[j]);
    else if (lower != 0) out += fmt::format(" LO BND {} {}\n", names[j], shortest(lower));
    if (!std::isinf(upper)) out += fmt::format(" UP BND {} {}\n", names[j], shortest(upper));
    else if (p.integer[j] != 0) out += fmt::format(" PL BND {}\n", names[j]);
  }
}

void write_columns(const LinearProgram& p, const std::vector<std::string>& columns, const std::vector<std::string>& rows, std::string& out) {
  std::vector<std::vector<std::pair<int, double>>> by_column(p.cost.size());
  for (int i = 0; i < p.rows(); ++i)
    for (int k = p.start[static_cast<std::size_t>(i)]; k < p.start[static_cast<std::size_t>(i) + 1]; ++k)
      by_column[static_cast<std::size_t>(p.index[static_cast<std::size_t>(k)])].emplace_back(i, p.value[static_cast<std::size_t>(k)]);
  out += "COLUMNS\n";
  bool marked = false;
  int markers = 0;
  const auto mark = [&](bool on) {
    if (on == marked) return;
    out += fmt::format(" MARKER{} 'MARKER' '{}'\n", markers++, on ? "INTORG" : "INTEND");
    marked = on;
  };
  for (std::size_t j = 0; j < p.cost.size(); ++j) {
    mark(p.integer[j] != 0);
    if (p.cost[j] != 0 || by_column[j].empty()) out += fmt::format(" {} COST {}\n", columns[j], shortest(p.cost[j]));
    for (const auto& [row, coefficient] : by_column[j]) out += fmt::format(" {} {} {}\n", columns[j], rows[static_cast<std::size_t>(row)], shortest(coefficient));
  }
  mark(false);
}

}  // namespace

std::string to_mps(const LinearProgram& p, const std::string& name) {
  std::vector<std::string> columns, rows;
  for (std::size_t j = 0; j < p.column_names.size(); ++j) columns.push_back(safe_name('c', j, p.column_names[j]));
  for (std::size_t i = 0; i < p.row_names.size(); ++i) rows.push_back(safe_name('r', i, p.row_names[i]));
  std::string out = fmt::format("NAME {}\nROWS\n N COST\n", safe_name('m', 0, name));
  for (std::size_t i = 0; i < rows.size(); ++i) out += fmt::format(" {} {}\n", row_type(p.row_lower[i], p.row_upper[i]), rows[i]);
  write_columns(p, columns, rows, out);
  out += "RHS\n";
  if (p.offset != 0) out += fmt::format(" RHS COST {}\n", shortest(-p.offset));
  std::string ranges;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const char type = row_type(p.row_lower[i], p.row_upper[i]);
    const double side = type == 'L' ? p.row_upper[i] : p.row_lower[i];
    if (type != 'N' && side != 0) out += fmt::format(" RHS {} {}\n", rows[i], shortest(side));
    if (type == 'G' && !std::isinf(p.row_upper[i])) ranges += fmt::format(" RNG {} {}\n", rows[i], shortest(p.row_upper[i] - p.row_lower[i]));
  }
  if (!ranges.empty()) out += "RANGES\n" + ranges;
  write_bounds(p, columns, out);
  return out + "ENDATA\n";
}

}  // namespace tonnage::optimize
