#include "outcomes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tonnage::forecast {
namespace {

constexpr double level_weight = 0.75;  ///< of the overall level among the features; the workloads share the rest

/// Relative loads by workload: load over its mean, less 1, flat by path and period; only of workloads that are uncertain.
std::vector<std::vector<double>> relative_loads(const std::vector<const WorkloadPath*>& workloads, std::size_t& periods) {
  std::vector<std::vector<double>> out;
  for (const WorkloadPath* workload : workloads) {
    if (workload->sure()) continue;
    periods = workload->origins.front().mean.size();
    std::vector<double> sum(workload->origins.front().draws.size(), 0.0), mean(periods, 0.0);
    for (const OriginPath& origin : workload->origins) {
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += origin.draws[i];
      for (std::size_t t = 0; t < periods; ++t) mean[t] += origin.mean[t];
    }
    double farthest = 0;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] = mean[i % periods] > 0 ? sum[i] / mean[i % periods] - 1 : 0;
      farthest = std::max(farthest, std::abs(sum[i]));
    }
    if (farthest > 1e-9) out.push_back(std::move(sum));
  }
  return out;
}

/// Mean over workloads, flat by path and period.
std::vector<double> overall(const std::vector<std::vector<double>>& relative) {
  std::vector<double> out(relative.front().size(), 0.0);
  for (const std::vector<double>& one : relative)
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += one[i] / static_cast<double>(relative.size());
  return out;
}

/// Outcome of each path: slices in ascending order of the mean over periods.
std::vector<int> slices(const std::vector<double>& level, std::size_t periods, const std::vector<double>& probability) {
  const std::size_t paths = level.size() / periods;
  std::vector<double> mean(paths, 0.0);
  for (std::size_t i = 0; i < level.size(); ++i) mean[i / periods] += level[i];
  std::vector<std::size_t> order(paths);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return mean[a] < mean[b]; });
  std::vector<int> out(paths);
  double upto = probability.front();
  int slice = 0;
  for (std::size_t i = 0; i < paths; ++i) {
    while (slice + 1 < static_cast<int>(probability.size()) && (static_cast<double>(i) + 0.5) / static_cast<double>(paths) > upto) upto += probability[++slice];
    out[order[i]] = slice;
  }
  return out;
}

/// Points of k-means: the overall level of every period and, with the rest of the weight, every workload's.
std::vector<std::vector<double>> features(const std::vector<std::vector<double>>& relative, const std::vector<double>& level, std::size_t periods) {
  std::vector<std::vector<double>> out(level.size() / periods);
  const double own = std::sqrt((1 - level_weight) / static_cast<double>(relative.size()));
  for (std::size_t i = 0; i < level.size(); ++i) out[i / periods].push_back(std::sqrt(level_weight) * level[i]);
  for (const std::vector<double>& one : relative)
    for (std::size_t i = 0; i < one.size(); ++i) out[i / periods].push_back(own * one[i]);
  return out;
}

void k_means(const std::vector<std::vector<double>>& points, std::vector<int>& of_point, int count) {
  const std::size_t width = points.front().size();
  std::vector<std::vector<double>> centre(count, std::vector<double>(width, 0.0));
  for (int round = 0; round < 100; ++round) {
    std::vector<double> size(count, 0.0);
    std::vector<std::vector<double>> sum(count, std::vector<double>(width, 0.0));
    for (std::size_t i = 0; i < points.size(); ++i) {
      size[of_point[i]] += 1;
      for (std::size_t k = 0; k < width; ++k) sum[of_point[i]][k] += points[i][k];
    }
    for (int s = 0; s < count; ++s)
      for (std::size_t k = 0; size[s] > 0 && k < width; ++k) centre[s][k] = sum[s][k] / size[s];
    bool moved = false;
    for (std::size_t i = 0; i < points.size(); ++i) {
      int best = 0;
      double least = INFINITY;  // a tie goes to the first, so that equal points meet
      for (int s = 0; s < count; ++s) {
        double distance = s * 1e-15;
        for (std::size_t k = 0; k < width && distance < least; ++k) distance += (points[i][k] - centre[s][k]) * (points[i][k] - centre[s][k]);
        if (distance < least) least = distance, best = s;
      }
      moved = moved || best != of_point[i];
      of_point[i] = best;
    }
    if (!moved) return;
  }
}

/// Numbers the outcomes that have paths by ascending overall level.
int renumber(std::vector<int>& of_path, const std::vector<double>& level, std::size_t periods, int count) {
  std::vector<double> sum(count, 0.0), size(count, 0.0);
  for (std::size_t i = 0; i < level.size(); ++i) sum[of_path[i / periods]] += level[i], size[of_path[i / periods]] += 1;
  std::vector<int> order, place(count, -1);
  for (int s = 0; s < count; ++s)
    if (size[s] > 0) order.push_back(s);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return sum[a] / size[a] < sum[b] / size[b]; });
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<int>(i);
  for (int& s : of_path) s = place[s];
  return static_cast<int>(order.size());
}

std::string outcome_name(int s, int count) {
  if (count == 1) return "base";
  if (count <= 3) return s == 0 ? "low" : s + 1 == count ? "high" : "base";
  return fmt::format("outcome-{}", s + 1);
}

/// How far the outcomes must be stretched, and what they hold without.
void set_stretch(PathOutcomes& out, const std::vector<double>& level, std::size_t periods) {
  const double paths = static_cast<double>(out.of_path.size());
  double between = 0, whole = 0;
  for (std::size_t t = 0; t < periods; ++t) {
    std::vector<double> sum(out.outcomes.size(), 0.0), size(out.outcomes.size(), 0.0);
    double mean = 0, squares = 0, kept = 0;
    for (std::size_t j = 0; j < out.of_path.size(); ++j) {
      const double x = level[j * periods + t];
      sum[out.of_path[j]] += x, size[out.of_path[j]] += 1, mean += x / paths;
    }
    for (std::size_t j = 0; j < out.of_path.size(); ++j) squares += (level[j * periods + t] - mean) * (level[j * periods + t] - mean) / paths;
    for (std::size_t s = 0; s < sum.size(); ++s)
      if (size[s] > 0) kept += size[s] / paths * (sum[s] / size[s] - mean) * (sum[s] / size[s] - mean);
    out.stretch.push_back(kept > 0 ? std::clamp(std::sqrt(squares / kept), 1.0, 2.0) : 1.0);
    between += kept, whole += squares;
  }
  if (whole > 0) out.held = between / whole;
}

}  // namespace

std::vector<double> PathOutcomes::loads(const OriginPath& origin, int outcome) const {
  if (of_path.empty() || origin.draws.empty()) return origin.mean;
  const std::size_t periods = origin.mean.size();
  std::vector<double> out(periods, 0.0);
  double size = 0;
  for (std::size_t j = 0; j < of_path.size(); ++j) {
    if (of_path[j] != outcome) continue;
    size += 1;
    for (std::size_t t = 0; t < periods; ++t) out[t] += origin.draws[j * periods + t];
  }
  for (std::size_t t = 0; t < periods; ++t) out[t] = size > 0 ? std::max(0.0, origin.mean[t] + stretch[t] * (out[t] / size - origin.mean[t])) : origin.mean[t];
  return out;
}

PathOutcomes reduce_paths(const std::vector<const WorkloadPath*>& workloads, int count) {
  std::size_t periods = 0;
  const std::vector<std::vector<double>> relative = relative_loads(workloads, periods);
  PathOutcomes out;
  if (relative.empty()) {
    out.outcomes = {{"base", 1.0}};
    return out;
  }
  const std::vector<double> level = overall(relative);
  out.of_path = slices(level, periods, std::vector<double>(count, 1.0 / count));
  k_means(features(relative, level, periods), out.of_path, count);
  const int made = renumber(out.of_path, level, periods, count);
  for (int s = 0; s < made; ++s) out.outcomes.push_back({outcome_name(s, made), 0.0});
  for (const int s : out.of_path) out.outcomes[s].probability += 1;
  for (Outcome& outcome : out.outcomes) outcome.probability /= static_cast<double>(out.of_path.size());
  set_stretch(out, level, periods);
  return out;
}

PathOutcomes slice_paths(const std::vector<const WorkloadPath*>& workloads, const std::vector<NamedWeight>& given, const std::vector<int>& ascending) {
  PathOutcomes out;
  for (const NamedWeight& one : given) out.outcomes.push_back({one.name, one.value});
  std::size_t periods = 0;
  const std::vector<std::vector<double>> relative = relative_loads(workloads, periods);
  if (relative.empty()) return out;
  const std::vector<double> level = overall(relative);
  std::vector<double> probability;
  for (const int s : ascending) probability.push_back(std::max(given[s].value, 0.0));
  out.of_path = slices(level, periods, probability);
  for (int& s : out.of_path) s = ascending[s];
  set_stretch(out, level, periods);
  return out;
}

}  // namespace tonnage::forecast
