// Small numerical tools of the module: simplex search and linear least squares. Private to the module.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace tonnage::forecast {

using Values = std::span<const double>;

/// Nelder & Mead 1965 with the usual coefficients (1, 2, 0.5, 0.5). `point` is the start and becomes the best point found;
/// `step` the first simplex. `cost` must return a number (infinity where a point is not allowed). Stops after `evaluations`
/// or when the costs of the simplex differ by less than `tolerance` of the best. Returns the best cost.
template <class Cost>
double nelder_mead(std::vector<double>& point, const std::vector<double>& step, int evaluations, double tolerance, Cost&& cost) {
  const std::size_t n = point.size();
  std::vector<std::vector<double>> corner(n + 1, point);
  std::vector<double> value(n + 1);
  for (std::size_t i = 0; i < n; ++i) corner[i + 1][i] += step[i];
  for (std::size_t i = 0; i <= n; ++i) value[i] = cost(corner[i]);
  int used = static_cast<int>(n) + 1;
  std::vector<double> centre(n), trial(n), further(n);
  const auto along = [&](double t, std::size_t worst, std::vector<double>& out) {
    for (std::size_t j = 0; j < n; ++j) out[j] = centre[j] + t * (centre[j] - corner[worst][j]);
    ++used;
    return cost(out);
  };
  std::size_t best = 0;
  while (true) {
    std::size_t worst = 0, second = 0;
    best = 0;
    for (std::size_t i = 1; i <= n; ++i) {
      if (value[i] < value[best]) best = i;
      if (value[i] > value[worst]) worst = i;
    }
    second = best;
    for (std::size_t i = 0; i <= n; ++i)
      if (i != worst && value[i] > value[second]) second = i;
    const double spread = value[worst] - value[best];
    if (used >= evaluations || !(spread > tolerance * (std::abs(value[best]) + 1e-300))) break;
    for (std::size_t j = 0; j < n; ++j) {
      centre[j] = 0;
      for (std::size_t i = 0; i <= n; ++i)
        if (i != worst) centre[j] += corner[i][j] / static_cast<double>(n);
    }
    const double reflected = along(1, worst, trial);
    if (reflected < value[best]) {
      const double expanded = along(2, worst, further);
      corner[worst] = expanded < reflected ? further : trial;
      value[worst] = std::min(expanded, reflected);
    } else if (reflected < value[second]) {
      corner[worst] = trial, value[worst] = reflected;
    } else {
      const double contracted = along(reflected < value[worst] ? 0.5 : -0.5, worst, further);
      if (contracted < std::min(reflected, value[worst])) {
        corner[worst] = further, value[worst] = contracted;
        continue;
      }
      for (std::size_t i = 0; i <= n; ++i) {
        if (i == best) continue;
        for (std::size_t j = 0; j < n; ++j) corner[i][j] = corner[best][j] + 0.5 * (corner[i][j] - corner[best][j]);
        value[i] = cost(corner[i]);
        ++used;
      }
    }
  }
  point = corner[best];
  return value[best];
}

/// The `most` of models in order of AICc with their Akaike weights (Burnham & Anderson 2002); those that would weigh less than a hundredth of
/// the best are left out: they change no forecast that can be told from noise, and cost a fit in every trial.
template <class Model>
void keep_likely(std::vector<Model>& sorted, int most) {
  std::size_t count = 0;
  double total = 0;
  for (; count < std::min(sorted.size(), static_cast<std::size_t>(most)); ++count) {
    sorted[count].weight = std::exp(-0.5 * (sorted[count].aicc - sorted.front().aicc));
    if (sorted[count].weight < 0.01) break;
    total += sorted[count].weight;
  }
  sorted.resize(count);
  for (Model& m : sorted) m.weight /= total;
}

/// Normal equations of weighted least squares with a ridge: minimises sum w (y - x b)^2 + sum_j ridge_j b_j^2.
class LeastSquares {
 public:
  explicit LeastSquares(int columns) : n_(columns), gram_(static_cast<std::size_t>(columns) * columns, 0.0), right_(columns, 0.0), ridge_(columns, 0.0) {}

  int columns() const { return n_; }
  /// Adds a row; `x` has `columns` numbers.
  void add(const double* x, double y, double weight = 1);
  void ridge(int column, double penalty) { ridge_[column] += penalty; }
  double diagonal(int column) const { return gram_[static_cast<std::size_t>(column) * n_ + column]; }
  /// Coefficients by Cholesky; columns without information get 0.
  std::vector<double> solve() const;
  /// Inverse of the normal matrix with its ridge, by rows; zeros for columns without information.
  std::vector<double> inverse() const;
  /// Trace of the smoother (effective number of parameters), by the same factor.
  double effective_parameters() const;

 private:
  std::vector<double> factor() const;

  int n_;
  std::vector<double> gram_, right_, ridge_;
};

/// Mean absolute value of differences `lag` apart, NaN entries skipped; 0 when there is none.
double mean_absolute_difference(Values y, int lag);
double mean_of(Values y);
double median_of(std::vector<double> y);
/// Pool adjacent violators: the non-decreasing sequence closest by weighted least squares (Ayer et al. 1955).
void make_non_decreasing(std::vector<double>& values, const std::vector<double>& weights);
/// Type-7 quantile of sorted values.
double quantile_of_sorted(const std::vector<double>& sorted, double p);

}  // namespace tonnage::forecast
