#include "equilibrated.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage::optimize {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

using Vector = std::vector<double>;

double power_of_two(double x) { return x > 0 && std::isfinite(x) ? std::exp2(std::round(std::log2(x))) : 1; }

}  // namespace

double largest(const Vector& v) {
  double out = 0;
  for (const double x : v) out = std::max(out, std::fabs(x));
  return out;
}

EquilibratedProgram::EquilibratedProgram(const LinearProgram& p)
    : rows(p.rows()), columns(p.columns()), start(p.start), index(p.index),
      linking_row(p.linking_row), linking_column(p.linking_column),
      value(p.value), right(p.row_lower), cost(p.cost), lower(p.lower), upper(p.upper) {
  equilibrate();
  for (int i = 0; i < rows; ++i) {
    right[at(i)] *= row_scale[at(i)];
    if (p.row_lower[at(i)] == p.row_upper[at(i)]) continue;
    slack_.push_back(i);
    lower.push_back(p.row_lower[at(i)] * row_scale[at(i)]);
    upper.push_back(p.row_upper[at(i)] * row_scale[at(i)]);
    cost.push_back(0);
    right[at(i)] = 0;
  }
  for (int j = 0; j < columns; ++j) {
    cost[at(j)] *= column_scale[at(j)];
    lower[at(j)] /= column_scale[at(j)];
    upper[at(j)] /= column_scale[at(j)];
  }
  columns = static_cast<int>(cost.size());
  normalise();
}

void EquilibratedProgram::multiply(const Vector& x, Vector& out) const {
  for (int i = 0; i < rows; ++i) {
    double sum = 0;
    for (int k = start[at(i)]; k < start[at(i + 1)]; ++k) sum += value[at(k)] * x[at(index[at(k)])];
    out[at(i)] = sum;
  }
  for (int j = structural(); j < columns; ++j) out[at(slack_row(j))] -= x[at(j)];
}

void EquilibratedProgram::multiply_transposed(const Vector& y, Vector& out) const {
  std::fill(out.begin(), out.end(), 0.0);
  for (int i = 0; i < rows; ++i)
    for (int k = start[at(i)]; k < start[at(i + 1)]; ++k) out[at(index[at(k)])] += value[at(k)] * y[at(i)];
  for (int j = structural(); j < columns; ++j) out[at(j)] = -y[at(slack_row(j))];
}

void EquilibratedProgram::equilibrate() {
  row_scale.assign(at(rows), 1);
  column_scale.assign(at(columns), 1);
  for (int pass = 0; pass < 6; ++pass) {
    Vector most(at(columns), 0.0);
    for (int i = 0; i < rows; ++i) {
      double row_most = 0;
      for (int k = start[at(i)]; k < start[at(i + 1)]; ++k) {
        row_most = std::max(row_most, std::fabs(value[at(k)]));
        most[at(index[at(k)])] = std::max(most[at(index[at(k)])], std::fabs(value[at(k)]));
      }
      const double by = power_of_two(1 / std::sqrt(row_most));
      row_scale[at(i)] *= by;
      for (int k = start[at(i)]; k < start[at(i + 1)]; ++k) value[at(k)] *= by;
    }
    for (double& m : most) m = power_of_two(1 / std::sqrt(m));
    for (int j = 0; j < columns; ++j) column_scale[at(j)] *= most[at(j)];
    for (std::size_t k = 0; k < value.size(); ++k) value[k] *= most[at(index[k])];
  }
}

void EquilibratedProgram::normalise() {
  double most = largest(right);
  for (int j = 0; j < columns; ++j) {
    if (std::isfinite(lower[at(j)])) most = std::max(most, std::fabs(lower[at(j)]));
    if (std::isfinite(upper[at(j)])) most = std::max(most, std::fabs(upper[at(j)]));
  }
  size = power_of_two(most / 100);
  price = power_of_two(largest(cost) / 100);
  for (double& b : right) b /= size;
  for (double& b : lower) b /= size;
  for (double& b : upper) b /= size;
  for (double& c : cost) c /= price;
}

}  // namespace tonnage::optimize
