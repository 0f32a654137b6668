#include "reduced.hpp"

#include <algorithm>
#include <cmath>

#include "by_column.hpp"

namespace tonnage::optimize {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

constexpr double feasibility = 1e-9;

}  // namespace

Reduced::Reduced(const LinearProgram& whole) : whole_(whole), lower_(whole.lower), upper_(whole.upper) {
  const ByColumn columns(whole.columns(), whole.start, whole.index, whole.value);
  const int rows = whole.rows();
  std::vector<int> open(at(rows));                       // columns of a row that are not fixed
  std::vector<char> fixed(at(whole.columns()), 0), gone(at(rows), 0);
  std::vector<double> shift(at(rows), 0.0);              // activity of the fixed ones
  std::vector<int> work;
  for (int i = 0; i < rows; ++i) {
    open[at(i)] = whole.start[at(i + 1)] - whole.start[at(i)];
    if (open[at(i)] <= 1) work.push_back(i);
  }
  const auto fix = [&](int j) {
    if (fixed[at(j)] || upper_[at(j)] - lower_[at(j)] > 0) return;
    fixed[at(j)] = 1;
    for (int k = columns.start[at(j)]; k < columns.start[at(j + 1)]; ++k)
      if (const int i = columns.row[at(k)]; --open[at(i)] <= 1) work.push_back(i);
  };
  for (int j = 0; j < whole.columns(); ++j) fix(j);
  while (!work.empty()) {
    const int i = work.back();
    work.pop_back();
    if (gone[at(i)]) continue;
    double known = 0, coefficient = 0;
    int single = -1;
    for (int k = whole.start[at(i)]; k < whole.start[at(i + 1)]; ++k) {
      const int j = whole.index[at(k)];
      if (fixed[at(j)]) known += whole.value[at(k)] * lower_[at(j)];
      else {
        single = j;
        coefficient = whole.value[at(k)];
      }
    }
    gone[at(i)] = 1;
    const double low = whole.row_lower[at(i)] - known, high = whole.row_upper[at(i)] - known;
    const double slack = feasibility * std::max(1.0, std::fabs(known));
    if (single < 0) {
      if (low > slack || high < -slack) infeasible_ = true;
      continue;
    }
    tighten(i, single, coefficient, low, high);
    fix(single);
  }
  row_at_.assign(at(rows), -1);
  column_at_.assign(at(whole.columns()), -1);
  for (int i = 0; i < rows; ++i)
    if (!gone[at(i)] && (std::isfinite(whole.row_lower[at(i)]) || std::isfinite(whole.row_upper[at(i)]))) row_at_[at(i)] = 0;
  for (int j = 0; j < whole.columns(); ++j)
    if (!fixed[at(j)]) column_at_[at(j)] = 0;
  build();
}

void Reduced::tighten(int row, int column, double coefficient, double low, double high) {
  if (coefficient < 0) std::swap(low, high);
  low /= coefficient;
  high /= coefficient;
  double& lower = lower_[at(column)];
  double& upper = upper_[at(column)];
  const double slack = feasibility * std::max(1.0, std::fabs(lower));
  const bool raises = low > lower, lowers = high < upper;
  if (raises) lower = low;
  if (lowers) upper = high;
  if (lower > upper) {
    if (lower - upper > slack) infeasible_ = true;
    (raises ? lower : upper) = raises ? upper : lower;
  }
  if (raises || lowers) singles_.push_back({row, column, coefficient, raises, lowers});
}

void Reduced::build() {
  program_.offset = whole_.offset;
  int count = 0;
  for (int j = 0; j < whole_.columns(); ++j) {
    if (column_at_[at(j)] < 0) {
      program_.offset += whole_.cost[at(j)] * lower_[at(j)];
      continue;
    }
    column_at_[at(j)] = count++;
    program_.cost.push_back(whole_.cost[at(j)]);
    program_.lower.push_back(lower_[at(j)]);
    program_.upper.push_back(upper_[at(j)]);
    program_.integer.push_back(whole_.integer[at(j)]);
    program_.linking_column.push_back(whole_.linking_column[at(j)]);
  }
  count = 0;
  for (int i = 0; i < whole_.rows(); ++i) {
    if (row_at_[at(i)] < 0) continue;
    row_at_[at(i)] = count++;
    double known = 0;
    for (int k = whole_.start[at(i)]; k < whole_.start[at(i + 1)]; ++k) {
      const int j = whole_.index[at(k)];
      if (column_at_[at(j)] < 0) known += whole_.value[at(k)] * lower_[at(j)];
      else {
        program_.index.push_back(column_at_[at(j)]);
        program_.value.push_back(whole_.value[at(k)]);
      }
    }
    program_.start.push_back(static_cast<int>(program_.index.size()));
    program_.row_lower.push_back(whole_.row_lower[at(i)] - known);
    program_.row_upper.push_back(whole_.row_upper[at(i)] - known);
    program_.linking_row.push_back(whole_.linking_row[at(i)]);
  }
}

Iterate Reduced::reduce(const Iterate& whole) const {
  Iterate out;
  for (std::size_t j = 0; j < column_at_.size(); ++j)
    if (column_at_[j] >= 0) {
      out.x.push_back(whole.x[j]);
      out.column_dual.push_back(whole.column_dual[j]);
    }
  for (std::size_t i = 0; i < row_at_.size(); ++i)
    if (row_at_[i] >= 0) out.row_dual.push_back(whole.row_dual[i]);
  return out;
}

Iterate Reduced::restore(const Iterate& reduced) const {
  Solution whole;
  restore(reduced.x, reduced.row_dual, whole);
  Iterate out{std::move(whole.x), std::move(whole.row_dual), std::vector<double>(column_at_.size(), 0.0)};
  for (std::size_t j = 0; j < column_at_.size(); ++j)
    if (column_at_[j] >= 0) out.column_dual[j] = reduced.column_dual[at(column_at_[j])];
  return out;
}

void Reduced::restore(const std::vector<double>& x, const std::vector<double>& row_dual, Solution& out) const {
  out.x.resize(whole_.cost.size());
  out.row_dual.assign(whole_.row_lower.size(), 0.0);
  for (int j = 0; j < whole_.columns(); ++j) out.x[at(j)] = column_at_[at(j)] < 0 ? lower_[at(j)] : x[at(column_at_[at(j)])];
  for (int i = 0; i < whole_.rows(); ++i)
    if (row_at_[at(i)] >= 0) out.row_dual[at(i)] = row_dual[at(row_at_[at(i)])];
  out.objective = whole_.objective(out.x);
  if (singles_.empty()) return;
  std::vector<double> reduced = whole_.cost;
  for (int i = 0; i < whole_.rows(); ++i)
    for (int k = whole_.start[at(i)]; k < whole_.start[at(i + 1)]; ++k) reduced[at(whole_.index[at(k)])] -= out.row_dual[at(i)] * whole_.value[at(k)];
  // The last row that set a bound is the one that holds it; what it bears is passed on to the columns fixed before.
  for (auto single = singles_.rbegin(); single != singles_.rend(); ++single) {
    const double d = reduced[at(single->column)];
    if (!(d > 0 ? single->sets_lower : single->sets_upper) || d == 0) continue;
    const double dual = d / single->coefficient;
    out.row_dual[at(single->row)] = dual;
    for (int k = whole_.start[at(single->row)]; k < whole_.start[at(single->row + 1)]; ++k) reduced[at(whole_.index[at(k)])] -= dual * whole_.value[at(k)];
  }
}

}  // namespace tonnage::optimize
