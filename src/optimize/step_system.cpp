#include "step_system.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage::optimize {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

using Vector = std::vector<double>;

// Weights of staying near the last point. Their product is what keeps pivots from vanishing among rows that depend on
// each other (here: flows that balance); the first costs digits of the duals, the second of the point.
constexpr double near_point = 1e-9, near_duals = 1e-6;
constexpr double least_pivot = 1e-13;
constexpr int longest_eliminated = 3;   ///< columns with more entries are pivots of their own: they would fill

}  // namespace

StepSystem::StepSystem(const EquilibratedProgram& p, int threads, std::shared_ptr<const Elimination> known) : p_(p), threads_(threads), matrix_(p.columns, p.start, p.index, p.value), rest_(at(p.rows)) {
  own_.assign(at(p.columns), -1);
  int order = p.rows;
  for (int j = 0; j < p.columns; ++j)
    if (matrix_.entries(j) > longest_eliminated || (j < p.structural() && p.linking_column[at(j)])) own_[at(j)] = order++;
  SymmetricPattern own = pattern(order);
  elimination_ = known != nullptr && known->pattern() == own ? std::move(known) : std::make_shared<const Elimination>(std::move(own));
  factor_ = std::make_unique<QuasidefiniteFactor>(elimination_, positive_);
}

void StepSystem::factor(const Vector& inverse) {
  theta_.resize(at(p_.columns));
  for (int j = 0; j < p_.columns; ++j) theta_[at(j)] = 1 / (inverse[at(j)] + near_point);
  Vector diagonal(positive_.size(), near_duals);
  Vector values(elimination_->pattern().entries.size(), 0.0);
  for (int j = 0; j < p_.structural(); ++j)
    if (own_[at(j)] >= 0) diagonal[at(own_[at(j)])] = -(inverse[at(j)] + near_point);
  for (int j = p_.structural(); j < p_.columns; ++j) diagonal[at(p_.slack_row(j))] += theta_[at(j)];
  for (const Product& one : diagonals_) diagonal[at(one.where)] += one.value * theta_[at(one.column)];
  for (const Product& one : products_) values[at(one.where)] += one.value * theta_[at(one.column)];
  for (const Product& one : borders_) values[at(one.where)] = one.value;
  factor_->factor(diagonal, values, least_pivot, threads_);
}

void StepSystem::solve(const Vector& h, const Vector& r, Vector& dx, Vector& dy) {
  solve_once(h, r, dx, dy);
  // Once more for what rounding left of the rows.
  p_.multiply(dx, rest_);
  double worst = 0;
  for (int i = 0; i < p_.rows; ++i) {
    rest_[at(i)] = r[at(i)] - rest_[at(i)] - near_duals * dy[at(i)];
    worst = std::max(worst, std::fabs(rest_[at(i)]));
  }
  if (worst <= 1e-9 * (1 + largest(r))) return;
  zero_.assign(at(p_.columns), 0.0);
  solve_once(zero_, rest_, more_x_, more_y_);
  for (int j = 0; j < p_.columns; ++j) dx[at(j)] += more_x_[at(j)];
  for (int i = 0; i < p_.rows; ++i) dy[at(i)] += more_y_[at(i)];
}

SymmetricPattern StepSystem::pattern(int order) {
  positive_.assign(at(order), 1);
  struct Found {
    int row, column, by;
    double value;
    bool border;
  };
  std::vector<Found> found;
  for (int j = 0; j < p_.structural(); ++j) {
    const int own = own_[at(j)];
    if (own >= 0) positive_[at(own)] = 0;
    for (int k = matrix_.start[at(j)]; k < matrix_.start[at(j + 1)]; ++k) {
      if (own >= 0) {
        found.push_back({own, matrix_.row[at(k)], j, matrix_.value[at(k)], true});
        continue;
      }
      diagonals_.push_back({matrix_.row[at(k)], j, matrix_.value[at(k)] * matrix_.value[at(k)]});
      for (int l = matrix_.start[at(j)]; l < k; ++l) found.push_back({matrix_.row[at(k)], matrix_.row[at(l)], j, matrix_.value[at(k)] * matrix_.value[at(l)], false});
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.row != b.row ? a.row < b.row : a.column < b.column; });
  std::vector<MatrixEntry> entries;
  for (const Found& one : found) {
    if (entries.empty() || entries.back().row != one.row || entries.back().column != one.column) entries.push_back({one.row, one.column});
    (one.border ? borders_ : products_).push_back({static_cast<int>(entries.size()) - 1, one.by, one.value});
  }
  std::vector<char> linking(at(order), 0);
  std::copy(p_.linking_row.begin(), p_.linking_row.end(), linking.begin());
  for (std::size_t j = 0; j < p_.linking_column.size(); ++j)
    if (own_[j] >= 0) linking[at(own_[j])] = p_.linking_column[j];
  return {order, std::move(entries), std::move(linking)};
}

void StepSystem::solve_once(const Vector& h, const Vector& r, Vector& dx, Vector& dy) {
  right_.assign(positive_.size(), 0.0);
  std::copy(r.begin(), r.end(), right_.begin());
  const int structural = p_.structural();
  for (int j = 0; j < structural; ++j) {
    if (own_[at(j)] >= 0) {
      right_[at(own_[at(j)])] = h[at(j)];
      continue;
    }
    const double by = theta_[at(j)] * h[at(j)];
    for (int k = matrix_.start[at(j)]; k < matrix_.start[at(j + 1)]; ++k) right_[at(matrix_.row[at(k)])] += by * matrix_.value[at(k)];
  }
  for (int j = structural; j < p_.columns; ++j) right_[at(p_.slack_row(j))] -= theta_[at(j)] * h[at(j)];
  factor_->solve(right_, threads_);
  dx.resize(at(p_.columns));
  dy.assign(right_.begin(), right_.begin() + p_.rows);
  for (int j = 0; j < structural; ++j) {
    if (own_[at(j)] >= 0) {
      dx[at(j)] = right_[at(own_[at(j)])];
      continue;
    }
    double sum = -h[at(j)];
    for (int k = matrix_.start[at(j)]; k < matrix_.start[at(j + 1)]; ++k) sum += matrix_.value[at(k)] * dy[at(matrix_.row[at(k)])];
    dx[at(j)] = theta_[at(j)] * sum;
  }
  for (int j = structural; j < p_.columns; ++j) dx[at(j)] = theta_[at(j)] * (-dy[at(p_.slack_row(j))] - h[at(j)]);
}

}  // namespace tonnage::optimize
