#include "numerics.hpp"

namespace tonnage::forecast {

void LeastSquares::add(const double* x, double y, double weight) {
  for (int i = 0; i < n_; ++i) {
    const double wx = weight * x[i];
    if (wx == 0) continue;
    double* row = gram_.data() + static_cast<std::size_t>(i) * n_;
    for (int j = 0; j <= i; ++j) row[j] += wx * x[j];
    right_[i] += wx * y;
  }
}

std::vector<double> LeastSquares::factor() const {
  std::vector<double> l = gram_;
  double largest = 0;
  for (int i = 0; i < n_; ++i) largest = std::max(largest, diagonal(i));
  for (int i = 0; i < n_; ++i) {
    double* row = l.data() + static_cast<std::size_t>(i) * n_;
    for (int j = 0; j < i; ++j) {
      const double* other = l.data() + static_cast<std::size_t>(j) * n_;
      double sum = row[j];
      for (int k = 0; k < j; ++k) sum -= row[k] * other[k];
      row[j] = other[j] > 0 ? sum / other[j] : 0;
    }
    double pivot = row[i] + ridge_[i];
    for (int k = 0; k < i; ++k) pivot -= row[k] * row[k];
    row[i] = pivot > 1e-12 * (diagonal(i) + 1e-6 * largest) ? std::sqrt(pivot) : 0;
  }
  return l;
}

std::vector<double> LeastSquares::solve() const {
  const std::vector<double> l = factor();
  std::vector<double> b = right_;
  const auto at = [&](int i, int j) { return l[static_cast<std::size_t>(i) * n_ + j]; };
  for (int i = 0; i < n_; ++i) {
    for (int k = 0; k < i; ++k) b[i] -= at(i, k) * b[k];
    b[i] = at(i, i) > 0 ? b[i] / at(i, i) : 0;
  }
  for (int i = n_ - 1; i >= 0; --i) {
    for (int k = i + 1; k < n_; ++k) b[i] -= at(k, i) * b[k];
    b[i] = at(i, i) > 0 ? b[i] / at(i, i) : 0;
  }
  return b;
}

std::vector<double> LeastSquares::inverse() const {
  std::vector<double> out(gram_.size());
  LeastSquares unit = *this;
  for (int c = 0; c < n_; ++c) {
    std::fill(unit.right_.begin(), unit.right_.end(), 0.0);
    unit.right_[c] = 1;
    const std::vector<double> column = unit.solve();
    for (int i = 0; i < n_; ++i) out[static_cast<std::size_t>(i) * n_ + c] = column[i];
  }
  return out;
}

double LeastSquares::effective_parameters() const {
  // trace((G + R)^-1 G) = rank - trace((G + R)^-1 R); the inverse by columns of the factor.
  const std::vector<double> l = factor();
  const auto at = [&](int i, int j) { return l[static_cast<std::size_t>(i) * n_ + j]; };
  double trace = 0;
  for (int i = 0; i < n_; ++i) trace += at(i, i) > 0;
  std::vector<double> column(n_);
  for (int c = 0; c < n_; ++c) {
    if (!(ridge_[c] > 0) || !(at(c, c) > 0)) continue;
    std::fill(column.begin(), column.end(), 0.0);
    double squares = 0;
    for (int i = c; i < n_; ++i) {
      double sum = i == c ? 1.0 : 0.0;
      for (int k = c; k < i; ++k) sum -= at(i, k) * column[k];
      column[i] = at(i, i) > 0 ? sum / at(i, i) : 0;
      squares += column[i] * column[i];
    }
    trace -= squares * ridge_[c];
  }
  return trace;
}

double mean_absolute_difference(Values y, int lag) {
  double sum = 0, count = 0;
  for (std::size_t i = static_cast<std::size_t>(std::max(lag, 1)); i < y.size(); ++i) {
    const double d = std::abs(y[i] - y[i - static_cast<std::size_t>(std::max(lag, 1))]);
    if (std::isfinite(d)) sum += d, count += 1;
  }
  return count > 0 ? sum / count : 0;
}

double mean_of(Values y) {
  double sum = 0;
  for (const double v : y) sum += v;
  return y.empty() ? 0 : sum / static_cast<double>(y.size());
}

double median_of(std::vector<double> y) {
  if (y.empty()) return 0;
  std::sort(y.begin(), y.end());
  const std::size_t n = y.size();
  return n % 2 == 1 ? y[n / 2] : 0.5 * (y[n / 2 - 1] + y[n / 2]);
}

double quantile_of_sorted(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return 0;
  const double position = std::clamp(p, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const std::size_t low = static_cast<std::size_t>(position), high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (position - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

void make_non_decreasing(std::vector<double>& values, const std::vector<double>& weights) {
  struct Group {
    double mean, weight;
    int count;
  };
  std::vector<Group> groups;
  for (std::size_t i = 0; i < values.size(); ++i) {
    groups.push_back({values[i], weights[i], 1});
    while (groups.size() > 1 && groups[groups.size() - 2].mean > groups.back().mean) {
      const Group last = groups.back();
      groups.pop_back();
      Group& into = groups.back();
      const double weight = into.weight + last.weight;
      into.mean = weight > 0 ? (into.mean * into.weight + last.mean * last.weight) / weight : into.mean;
      into.weight = weight;
      into.count += last.count;
    }
  }
  std::size_t i = 0;
  for (const Group& group : groups)
    for (int j = 0; j < group.count; ++j) values[i++] = group.mean;
}

}  // namespace tonnage::forecast
