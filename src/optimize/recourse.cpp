#include "recourse.hpp"

#include <algorithm>
#include <cmath>

#include "by_column.hpp"
#include "components.hpp"
#include "tonnage/core/parallel.hpp"

namespace tonnage::optimize {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

template <class F>
void each_term(const LinearProgram& p, int row, F f) {
  for (int k = p.start[at(row)]; k < p.start[at(row) + 1]; ++k) f(p.index[at(k)], p.value[at(k)]);
}

}  // namespace

Recourse::Recourse(const LinearProgram& program, double penalty, const SolveOptions& options, Solver& solver) : program_(program), options_(options), first_(program.integer), shared_(program.integer.size(), 0) {
  options_.relax = true;
  options_.progress = {};
  close_first_stage();
  std::vector<int> part_of(at(program.columns()), -1), place(at(program.columns()), -1);
  Components components(program.columns());
  for (int i = 0; i < program.rows(); ++i) {
    int one = -1;
    each_term(program, i, [&](int j, double) {
      if (first(j)) return;
      if (one >= 0) components.join(j, one);
      one = j;
    });
    if (one < 0) first_rows_.push_back(i);
  }
  int count = 0;
  const std::vector<int> numbers = components.numbers(count);
  std::vector<int> part_at(at(count), -1);
  for (int j = 0; j < program.columns(); ++j) {
    if (first(j)) continue;
    int& k = part_at[at(numbers[at(j)])];
    if (k < 0) {
      k = static_cast<int>(parts_.size());
      parts_.emplace_back();
    }
    part_of[at(j)] = k;
    Part& part = parts_[at(k)];
    place[at(j)] = part.program.add_column("", program.cost[at(j)], program.lower[at(j)], program.upper[at(j)]);
    part.columns.push_back(j);
  }
  add_rows(part_of, place, penalty);
  group();
  for (Part& part : parts_) part.session = solver.session(part.program, options_);
}

/// An equality with one column that is not of the first stage decides it.
void Recourse::close_first_stage() {
  const ByColumn columns(program_.columns(), program_.start, program_.index, program_.value);
  std::vector<int> open(at(program_.rows())), work;
  for (int i = 0; i < program_.rows(); ++i) {
    each_term(program_, i, [&](int j, double) { open[at(i)] += first(j) ? 0 : 1; });
    if (open[at(i)] == 1) work.push_back(i);
  }
  for (std::size_t w = 0; w < work.size(); ++w) {
    const int i = work[w];
    if (open[at(i)] != 1 || program_.row_lower[at(i)] != program_.row_upper[at(i)]) continue;
    Definition found{i, -1, 0};
    each_term(program_, i, [&](int j, double value) {
      if (!first(j)) found = {i, j, value};
    });
    first_[at(found.column)] = 1;
    definitions_.push_back(found);
    for (int k = columns.start[at(found.column)]; k < columns.start[at(found.column) + 1]; ++k)
      if (--open[at(columns.row[at(k)])] == 1) work.push_back(columns.row[at(k)]);
  }
}

/// A part's rows; those that the first stage has a say in may borrow.
void Recourse::add_rows(const std::vector<int>& part_of, const std::vector<int>& place, double penalty) {
  for (int i = 0; i < program_.rows(); ++i) {
    Terms terms;
    std::vector<int> given;
    int part = -1;
    each_term(program_, i, [&](int j, double value) {
      if (first(j)) {
        given.push_back(j);
        return;
      }
      terms.emplace_back(place[at(j)], value);
      part = part_of[at(j)];
    });
    if (part < 0) continue;
    for (const int j : given) shared_[at(j)] = 1;
    LinearProgram& program = parts_[at(part)].program;
    if (!given.empty() && std::isfinite(program_.row_upper[at(i)])) terms.emplace_back(program.add_column("", penalty, 0, infinity), -1);
    if (!given.empty() && std::isfinite(program_.row_lower[at(i)])) terms.emplace_back(program.add_column("", penalty, 0, infinity), 1);
    program.add_row("", program_.row_lower[at(i)], program_.row_upper[at(i)], terms);
    parts_[at(part)].rows.push_back(i);
  }
}

void Recourse::group() {
  Components components(static_cast<int>(parts_.size()));
  std::vector<int> user(at(program_.columns()), -1);
  for (std::size_t k = 0; k < parts_.size(); ++k)
    for (const int i : parts_[k].rows)
      each_term(program_, i, [&](int j, double) {
        if (!first(j)) return;
        if (user[at(j)] >= 0) components.join(static_cast<int>(k), user[at(j)]);
        user[at(j)] = static_cast<int>(k);
      });
  const std::vector<int> numbers = components.numbers(groups_);
  for (std::size_t k = 0; k < parts_.size(); ++k) parts_[k].group = numbers[k];
}

int Recourse::largest_part() const {
  int most = 0;
  for (const Part& part : parts_) most = std::max(most, part.program.columns());
  return most;
}

void Recourse::complete(std::vector<double>& x) const {
  for (std::size_t j = 0; j < x.size(); ++j)
    if (program_.integer[j] != 0) x[j] = std::round(x[j]);
  for (const Definition& d : definitions_) {
    double known = 0;
    each_term(program_, d.row, [&](int j, double value) {
      if (j != d.column) known += value * x[at(j)];
    });
    x[at(d.column)] = (program_.row_lower[at(d.row)] - known) / d.coefficient;
  }
}

void Recourse::begin_at(const std::vector<Basis>& bases) {
  if (bases.size() != parts_.size()) return;
  for (std::size_t k = 0; k < parts_.size(); ++k) parts_[k].session->begin_at(bases[k]);
}

std::vector<Basis> Recourse::bases() const {
  std::vector<Basis> out;
  for (const Part& part : parts_) out.push_back(part.session->basis());
  return out;
}

/// Bounds of the part's rows, what the first stage gives taken off.
void Recourse::move(Part& part, const std::vector<double>& x) {
  for (std::size_t i = 0; i < part.rows.size(); ++i) {
    const int row = part.rows[i];
    double given = 0;
    bool moves = false;
    each_term(program_, row, [&](int j, double value) {
      if (!first(j)) return;
      given += value * x[at(j)];
      moves = true;
    });
    if (moves) part.session->set_row(static_cast<int>(i), program_.row_lower[at(row)] - given, program_.row_upper[at(row)] - given);
  }
  part.last = part.session->solve();
}

RecourseValue Recourse::value_at(std::vector<double> x) {
  complete(x);
  RecourseValue out;
  parallel_for(static_cast<int>(parts_.size()), options_.threads, [&](int k) { move(parts_[at(k)], x); });
  std::vector<double> duals(program_.row_lower.size(), 0.0);
  std::vector<double> borrowed_cost(at(groups_), 0.0);
  for (const Part& part : parts_) {
    if (part.last.status != Status::optimal) return out;
    for (std::size_t j = 0; j < part.columns.size(); ++j) x[at(part.columns[j])] = part.last.x[j];
    for (std::size_t j = part.columns.size(); j < part.last.x.size(); ++j) {
      out.borrowed += part.last.x[j];
      borrowed_cost[at(part.group)] += part.last.x[j] * part.program.cost[j];
    }
    for (std::size_t i = 0; i < part.rows.size(); ++i) duals[at(part.rows[i])] = part.last.row_dual[i];
  }
  out.solved = true;
  out.cuts = cuts_of(x, duals);
  for (Cut& cut : out.cuts) cut.cost += borrowed_cost[at(cut.group)];
  out.x = std::move(x);
  return out;
}

std::vector<Cut> Recourse::cuts_of(const std::vector<double>& x, const std::vector<double>& row_dual) const {
  std::vector<Cut> out(at(groups_));
  std::vector<std::vector<std::pair<int, double>>> terms(at(groups_));
  for (const Part& part : parts_) {
    Cut& cut = out[at(part.group)];
    for (const int j : part.columns) cut.cost += program_.cost[at(j)] * x[at(j)];
    for (const int i : part.rows)
      if (const double dual = row_dual[at(i)]; dual != 0)
        each_term(program_, i, [&](int j, double value) {
          if (first(j)) terms[at(part.group)].emplace_back(j, -dual * value);
        });
  }
  for (int g = 0; g < groups_; ++g) {
    auto& list = terms[at(g)];
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    Cut& cut = out[at(g)];
    cut.group = g;
    for (const auto& [column, slope] : list) {
      if (!cut.slopes.empty() && cut.slopes.back().first == column) cut.slopes.back().second += slope;
      else cut.slopes.emplace_back(column, slope);
    }
  }
  return out;
}

}  // namespace tonnage::optimize
