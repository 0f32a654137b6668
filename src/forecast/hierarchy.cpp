#include "tonnage/forecast/hierarchy.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "numerics.hpp"

namespace tonnage::forecast {
namespace {

/// Solves A X = B for symmetric positive definite A (n x n) by Cholesky, B n x k by rows, in place.
void solve_spd(std::vector<double> a, int n, std::vector<double>& b, int k) {
  const auto at = [&](int i, int j) -> double& { return a[static_cast<std::size_t>(i) * n + j]; };
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j) {
      double sum = at(i, j);
      for (int l = 0; l < j; ++l) sum -= at(i, l) * at(j, l);
      at(i, j) = i == j ? std::sqrt(std::max(sum, 1e-300)) : sum / at(j, j);
    }
  for (int c = 0; c < k; ++c) {
    const auto rhs = [&](int i) -> double& { return b[static_cast<std::size_t>(i) * k + c]; };
    for (int i = 0; i < n; ++i) {
      for (int l = 0; l < i; ++l) rhs(i) -= at(i, l) * rhs(l);
      rhs(i) /= at(i, i);
    }
    for (int i = n - 1; i >= 0; --i) {
      for (int l = i + 1; l < n; ++l) rhs(i) -= at(l, i) * rhs(l);
      rhs(i) /= at(i, i);
    }
  }
}

}  // namespace

Hierarchy total_of(int bottom) { return grouped(std::vector<int>(static_cast<std::size_t>(std::max(bottom, 0)), -1)); }

Hierarchy grouped(const std::vector<int>& group_of) {
  const int bottom = static_cast<int>(group_of.size());
  int groups = 0;
  for (const int g : group_of) groups = std::max(groups, g + 1);
  Hierarchy out{1 + groups + bottom, bottom, std::vector<double>(static_cast<std::size_t>(1 + groups + bottom) * static_cast<std::size_t>(bottom), 0.0)};
  for (int j = 0; j < bottom; ++j) {
    out.sums[j] = 1;
    if (group_of[j] >= 0) out.sums[static_cast<std::size_t>(1 + group_of[j]) * bottom + j] = 1;
    out.sums[static_cast<std::size_t>(1 + groups + j) * bottom + j] = 1;
  }
  return out;
}

namespace {

/// What is before each separator of a name, from the left.
std::vector<std::string> prefixes(const std::string& name, std::string_view separator) {
  std::vector<std::string> out;
  for (std::size_t at = name.find(separator); at != std::string::npos; at = name.find(separator, at + separator.size()))
    if (at > 0) out.push_back(name.substr(0, at));
  return out;
}

}  // namespace

Nested nested(const std::vector<std::string>& names, std::string_view separator) {
  const std::size_t bottom = names.size();
  std::map<std::string, std::vector<std::size_t>> within;
  for (std::size_t j = 0; j < bottom; ++j)
    for (const std::string& prefix : prefixes(names[j], separator)) within[prefix].push_back(j);
  Nested out;
  std::vector<double>& sums = out.hierarchy.sums;
  sums.assign(bottom, 1.0);
  for (std::size_t j = 0; j < bottom; ++j) {
    std::size_t around = bottom;
    for (const std::string& prefix : prefixes(names[j], separator)) {
      const std::vector<std::size_t>& members = within[prefix];
      const bool own = members.size() > 1 && members.size() < around;
      around = members.size();
      if (!own || members.front() != j) continue;
      out.groups.push_back(prefix);
      sums.resize(sums.size() + bottom, 0.0);
      for (const std::size_t member : members) sums[sums.size() - bottom + member] = 1;
    }
  }
  for (std::size_t j = 0; j < bottom; ++j) {
    sums.resize(sums.size() + bottom, 0.0);
    sums[sums.size() - bottom + j] = 1;
  }
  out.hierarchy.bottom = static_cast<int>(bottom);
  out.hierarchy.series = 1 + static_cast<int>(out.groups.size() + bottom);
  return out;
}

std::vector<double> shrunk_covariance(const std::vector<std::vector<double>>& errors) {
  const int n = static_cast<int>(errors.size()), t = n > 0 ? static_cast<int>(errors.front().size()) : 0;
  std::vector<double> w(static_cast<std::size_t>(n) * n, 0.0);
  if (t < 2) {
    for (int i = 0; i < n; ++i) w[static_cast<std::size_t>(i) * n + i] = 1;
    return w;
  }
  std::vector<std::vector<double>> z = errors;  // centred and scaled to variance 1
  std::vector<double> deviation(n);
  for (int i = 0; i < n; ++i) {
    const double mean = mean_of(z[i]);
    double squares = 0;
    for (double& v : z[i]) v -= mean, squares += v * v;
    deviation[i] = std::max(std::sqrt(squares / (t - 1)), 1e-150);
    for (double& v : z[i]) v /= deviation[i];
  }
  double variance = 0, squared = 0;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < i; ++j) {
      double mean = 0, spread = 0;
      for (int k = 0; k < t; ++k) mean += z[i][k] * z[j][k] / t;
      for (int k = 0; k < t; ++k) spread += (z[i][k] * z[j][k] - mean) * (z[i][k] * z[j][k] - mean);
      const double r = mean * t / (t - 1);
      variance += spread * t / std::pow(t - 1.0, 3), squared += r * r;
      w[static_cast<std::size_t>(i) * n + j] = w[static_cast<std::size_t>(j) * n + i] = r;
    }
  const double shrink = squared > 0 ? std::clamp(variance / squared, 0.0, 1.0) : 1;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) w[static_cast<std::size_t>(i) * n + j] = deviation[i] * deviation[j] * (i == j ? 1 : (1 - shrink) * w[static_cast<std::size_t>(i) * n + j]);
  return w;
}

std::vector<double> mint_weights(const Hierarchy& h, const std::vector<double>& covariance) {
  const int n = h.series, m = h.bottom;
  std::vector<double> ws = h.sums;  // W^-1 S, n x m
  double largest = 0;
  for (int i = 0; i < n; ++i) largest = std::max(largest, covariance[static_cast<std::size_t>(i) * n + i]);
  std::vector<double> w = covariance;
  for (int i = 0; i < n; ++i) w[static_cast<std::size_t>(i) * n + i] += 1e-9 * largest + 1e-300;
  solve_spd(w, n, ws, m);
  std::vector<double> gram(static_cast<std::size_t>(m) * m, 0.0), g(static_cast<std::size_t>(m) * n);
  for (int a = 0; a < m; ++a)
    for (int b = 0; b < m; ++b)
      for (int i = 0; i < n; ++i) gram[static_cast<std::size_t>(a) * m + b] += h.at(i, a) * ws[static_cast<std::size_t>(i) * m + b];
  for (int a = 0; a < m; ++a)
    for (int i = 0; i < n; ++i) g[static_cast<std::size_t>(a) * n + i] = ws[static_cast<std::size_t>(i) * m + a];
  solve_spd(gram, m, g, n);
  return g;
}

std::vector<double> reconcile(const Hierarchy& h, const std::vector<double>& weights, const std::vector<double>& base, bool non_negative) {
  std::vector<double> bottom(h.bottom, 0.0), out(h.series, 0.0);
  for (int a = 0; a < h.bottom; ++a)
    for (int i = 0; i < h.series; ++i) bottom[a] += weights[static_cast<std::size_t>(a) * h.series + i] * base[i];
  if (non_negative) {
    double total = 0, kept = 0;
    for (double& v : bottom) total += v, v = std::max(v, 0.0), kept += v;
    const double scale = kept > 0 ? std::max(total, 0.0) / kept : 1;
    for (double& v : bottom) v *= scale;
  }
  for (int i = 0; i < h.series; ++i)
    for (int a = 0; a < h.bottom; ++a)
      if (h.at(i, a) != 0) out[i] += h.at(i, a) * bottom[a];
  return out;
}

void reconcile_paths(const Hierarchy& h, const std::vector<double>& weights, std::vector<std::vector<double>>& paths, bool non_negative) {
  if (paths.empty()) return;
  std::vector<double> base(h.series);
  for (std::size_t i = 0; i < paths.front().size(); ++i) {
    for (int s = 0; s < h.series; ++s) base[s] = paths[s][i];
    const std::vector<double> whole = reconcile(h, weights, base, non_negative);
    for (int s = 0; s < h.series; ++s) paths[s][i] = whole[s];
  }
}

}  // namespace tonnage::forecast
