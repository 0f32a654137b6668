#include "arma_likelihood.hpp"

namespace tonnage::forecast {
namespace {

using Matrix = std::vector<double>;  // r x r, by rows

/// F P F' for the companion matrix F with `ar` in its first column and ones above the diagonal.
void transition(Matrix& p, const std::vector<double>& ar, int r) {
  // Columns: Q = P F', Q[i][j] = ar_j P[i][0] + P[i][j+1].
  for (int i = 0; i < r; ++i) {
    double* row = p.data() + static_cast<std::size_t>(i) * r;
    const double first = row[0];
    for (int j = 0; j < r; ++j) row[j] = ar[j] * first + (j + 1 < r ? row[j + 1] : 0);
  }
  for (int j = 0; j < r; ++j) {
    const double first = p[j];
    for (int i = 0; i < r; ++i)
      p[static_cast<std::size_t>(i) * r + j] = ar[i] * first + (i + 1 < r ? p[static_cast<std::size_t>(i + 1) * r + j] : 0);
  }
}

Matrix multiply(const Matrix& a, const Matrix& b, int r, bool transpose_b) {
  Matrix c(static_cast<std::size_t>(r) * r, 0.0);
  for (int i = 0; i < r; ++i)
    for (int k = 0; k < r; ++k) {
      const double v = a[static_cast<std::size_t>(i) * r + k];
      if (v == 0) continue;
      for (int j = 0; j < r; ++j) c[static_cast<std::size_t>(i) * r + j] += v * (transpose_b ? b[static_cast<std::size_t>(j) * r + k] : b[static_cast<std::size_t>(k) * r + j]);
    }
  return c;
}

/// Stationary covariance: sum of F^k V F'^k by doubling.
Matrix stationary(const std::vector<double>& ar, const Matrix& noise, int r) {
  Matrix f(static_cast<std::size_t>(r) * r, 0.0), p = noise;
  for (int i = 0; i < r; ++i) {
    f[static_cast<std::size_t>(i) * r] = ar[i];
    if (i + 1 < r) f[static_cast<std::size_t>(i) * r + i + 1] = 1;
  }
  for (int round = 0; round < 14; ++round) {
    const Matrix moved = multiply(multiply(f, p, r, false), f, r, true);
    double change = 0, size = 0;
    for (std::size_t i = 0; i < p.size(); ++i) p[i] += moved[i], change = std::max(change, std::abs(moved[i])), size = std::max(size, std::abs(p[i]));
    if (change < 1e-9 * size) break;
    f = multiply(f, f, r, false);
  }
  return p;
}

}  // namespace

ArmaLikelihood arma_likelihood(Values w, const std::vector<double>& ar_given, const std::vector<double>& ma) {
  ArmaLikelihood out;
  const int r = std::max({static_cast<int>(ar_given.size()), static_cast<int>(ma.size()) + 1, 1});
  std::vector<double> ar = ar_given, g(r, 0.0);
  ar.resize(r, 0.0);
  g[0] = 1;
  std::copy(ma.begin(), ma.end(), g.begin() + 1);
  Matrix noise(static_cast<std::size_t>(r) * r);
  for (int i = 0; i < r; ++i)
    for (int j = 0; j < r; ++j) noise[static_cast<std::size_t>(i) * r + j] = g[i] * g[j];
  Matrix p = stationary(ar, noise, r);
  std::vector<double> a(r, 0.0);
  bool steady = false;  // the covariance has settled: only the state moves
  for (const double value : w) {
    if (std::isfinite(value)) {
      const double variance = std::max(p[0], 1.0 - 1e-9), v = value - a[0];
      out.squares += v * v / variance;
      out.log_scale += std::log(variance);
      ++out.used;
      if (steady || variance < 1 + 1e-9) {
        steady = true;
        // Then e_t = v and the state moves by the noise loadings.
        const double first = a[0];
        for (int i = 0; i < r; ++i) a[i] = ar[i] * first + (i + 1 < r ? a[i + 1] : 0);
        for (int i = 0; i < r; ++i) a[i] += v * (ar[i] + (i + 1 < r ? g[i + 1] : 0));
        continue;
      }
      std::vector<double> gain(r);
      for (int i = 0; i < r; ++i) gain[i] = p[static_cast<std::size_t>(i) * r] / variance;
      for (int i = 0; i < r; ++i) a[i] += gain[i] * v;
      const std::vector<double> row(p.begin(), p.begin() + r);
      for (int i = 0; i < r; ++i)
        for (int j = 0; j < r; ++j) p[static_cast<std::size_t>(i) * r + j] -= gain[i] * row[j];
    } else if (steady) {
      steady = false;
      p.assign(p.size(), 0.0);
      p = noise;
    }
    const double first = a[0];
    for (int i = 0; i < r; ++i) a[i] = ar[i] * first + (i + 1 < r ? a[i + 1] : 0);
    transition(p, ar, r);
    for (std::size_t i = 0; i < p.size(); ++i) p[i] += noise[i];
  }
  out.next = a[0];
  out.state = std::move(a);
  return out;
}

std::vector<double> arma_ahead(const ArmaLikelihood& end, const std::vector<double>& ar_given, int steps) {
  std::vector<double> a = end.state, out, ar = ar_given;
  ar.resize(a.size(), 0.0);
  for (int k = 0; k < steps; ++k) {
    out.push_back(a[0]);
    const double first = a[0];
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = ar[i] * first + (i + 1 < a.size() ? a[i + 1] : 0);
  }
  return out;
}

}  // namespace tonnage::forecast
