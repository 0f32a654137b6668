#include <algorithm>
#include <cmath>

#include "interior.hpp"

namespace tonnage::optimize {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

double times(double a, double b) { return a == 0 ? 0 : a * b; }

/// Least activity of a row, with the number of terms that have none.
struct Least {
  double sum = 0;
  int unbounded = 0;
  void add(double term) {
    if (std::isfinite(term)) sum += term;
    else ++unbounded;
  }
  /// Without one of its terms; -infinity when another has none.
  double without(double term) const {
    if (unbounded > (std::isfinite(term) ? 0 : 1)) return -infinity;
    return std::isfinite(term) ? sum - term : sum;
  }
};

class ImpliedBounds {
 public:
  ImpliedBounds(const LinearProgram& p, double no_worse_than) : program_(p), lower(p.lower), upper(p.upper) {
    by_cost(no_worse_than);
    for (int pass = 0; pass < 3; ++pass)
      for (int i = 0; i < p.rows(); ++i) {
        by_row(i, p.row_upper[at(i)], 1);
        by_row(i, -p.row_lower[at(i)], -1);
      }
  }

 private:
  const LinearProgram& program_;

 public:
  std::vector<double> lower, upper;

 private:
  void by_cost(double most) {
    Least least;
    const auto term = [&](int j) { return times(program_.cost[at(j)], program_.cost[at(j)] > 0 ? lower[at(j)] : upper[at(j)]); };
    for (int j = 0; j < program_.columns(); ++j) least.add(term(j));
    for (int j = 0; j < program_.columns(); ++j) limit(j, program_.cost[at(j)], most - program_.offset - least.without(term(j)));
  }

  /// sign x (terms of row i) <= most
  void by_row(int i, double most, double sign) {
    if (!std::isfinite(most)) return;
    Least least;
    const auto term = [&](int k) {
      const double a = sign * program_.value[at(k)];
      return times(a, a > 0 ? lower[at(program_.index[at(k)])] : upper[at(program_.index[at(k)])]);
    };
    for (int k = program_.start[at(i)]; k < program_.start[at(i + 1)]; ++k) least.add(term(k));
    for (int k = program_.start[at(i)]; k < program_.start[at(i + 1)]; ++k) limit(program_.index[at(k)], sign * program_.value[at(k)], most - least.without(term(k)));
  }

  /// a x <= most; only what has no bound yet is given one: a bound of its own is exact, this one is not quite.
  void limit(int j, double a, double most) {
    if (!std::isfinite(most) || a == 0) return;
    const double at_most = most / a;
    const double room = 1e-7 * std::max(1.0, std::fabs(at_most));
    if (a > 0 && !std::isfinite(upper[at(j)])) upper[at(j)] = std::max(at_most + room, lower[at(j)]);
    if (a < 0 && !std::isfinite(lower[at(j)])) lower[at(j)] = std::min(at_most - room, upper[at(j)]);
  }
};

}  // namespace

double dual_bound(const LinearProgram& p, const std::vector<double>& row_dual, double no_worse_than) {
  const ImpliedBounds implied(p, no_worse_than);
  std::vector<double> reduced = p.cost;
  double bound = p.offset;
  for (int i = 0; i < p.rows(); ++i) {
    const double side = row_dual[at(i)] > 0 ? p.row_lower[at(i)] : p.row_upper[at(i)];
    if (!std::isfinite(side) || row_dual[at(i)] == 0) continue;  // a dual of the wrong sign counts as none
    bound += row_dual[at(i)] * side;
    for (int k = p.start[at(i)]; k < p.start[at(i + 1)]; ++k) reduced[at(p.index[at(k)])] -= row_dual[at(i)] * p.value[at(k)];
  }
  for (int j = 0; j < p.columns(); ++j) bound += times(reduced[at(j)], reduced[at(j)] > 0 ? implied.lower[at(j)] : implied.upper[at(j)]);
  return bound;
}

}  // namespace tonnage::optimize
