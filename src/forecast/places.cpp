// Uncertain numbers that hang together: their order over the paths of a scenario.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "draws.hpp"
#include "tonnage/core/correlation.hpp"
#include "tonnage/core/normal.hpp"
#include "tonnage/core/numbers.hpp"

namespace tonnage::forecast {
namespace {

/// "KEY.i.LAST": i; -1 when `key` is none of it.
long long index_in(std::string_view key, std::string_view prefix, std::string_view last) {
  if (!key.starts_with(prefix) || !key.ends_with(last) || key.size() <= prefix.size() + last.size()) return -1;
  return parse_integer(key.substr(prefix.size(), key.size() - prefix.size() - last.size())).value_or(-1);
}

/// What the number at a path of the file is drawn by; empty: demand does not depend on it.
std::string draw_of(const Scenario& scenario, const std::string& path) {
  for (const Workload& workload : scenario.workloads) {
    const std::string prefix = "workloads." + workload.name + ".";
    if (!path.starts_with(prefix)) continue;
    const std::string key = path.substr(prefix.size());
    constexpr std::string_view replaces = "demand.launch.replaces.";
    if (key == "demand.start" || key == "demand.constant") return number_draw("start", workload.name);
    if (key == "demand.growth") return number_draw("growth", workload.name);
    if (key == "demand.growth.bass.market" || key == "demand.launch.market") return number_draw("market", workload.name);
    if (key == "demand.price.elasticity") return number_draw("elasticity", workload.name);
    if (key.starts_with(replaces)) return replaced_draw(workload.name, key.substr(replaces.size()));
    if (const long long i = index_in(key, "events.", ".effect"); i >= 0 && i < static_cast<long long>(workload.events.size())) return event_draw(workload.events[static_cast<std::size_t>(i)]) + " share";
    if (const long long i = index_in(key, "overrides.", ".factor"); i >= 0) return override_draw(workload.name, static_cast<std::size_t>(i));
  }
  return "";
}

using Matrix = std::vector<double>;  ///< k x k by rows

/// Correlation of the columns of scores (by path, then number), which have mean 0 and one variance.
Matrix correlation_of(const std::vector<double>& scores, std::size_t k) {
  Matrix out(k * k, 0.0);
  for (std::size_t at = 0; at < scores.size(); at += k)
    for (std::size_t i = 0; i < k; ++i)
      for (std::size_t j = 0; j < k; ++j) out[i * k + j] += scores[at + i] * scores[at + j];
  const double variance = out[0];
  for (double& v : out) v /= variance;
  return out;
}

/// Scores whose own correlation is taken out and the wanted one put in.
void correlate(std::vector<double>& scores, const Matrix& wanted, std::size_t k) {
  int contradicting = -1;  // the loader refused what could be one
  const Matrix own = semidefinite_factor(correlation_of(scores, k), static_cast<int>(k), contradicting), target = semidefinite_factor(wanted, static_cast<int>(k), contradicting);
  std::vector<double> apart(k);
  for (std::size_t at = 0; at < scores.size(); at += k) {
    for (std::size_t i = 0; i < k; ++i) {
      double sum = scores[at + i];
      for (std::size_t j = 0; j < i; ++j) sum -= own[i * k + j] * apart[j];
      apart[i] = own[i * k + i] > 0 ? sum / own[i * k + i] : 0;
    }
    for (std::size_t i = 0; i < k; ++i) {
      scores[at + i] = 0;
      for (std::size_t j = 0; j <= i; ++j) scores[at + i] += target[i * k + j] * apart[j];
    }
  }
}

/// Middle of the part of (0, 1) that each value has by its rank.
std::vector<double> places_of(const std::vector<double>& scores, std::size_t column, std::size_t k) {
  const std::size_t paths = scores.size() / k;
  std::vector<std::size_t> order(paths);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a * k + column] < scores[b * k + column]; });
  std::vector<double> out(paths);
  for (std::size_t r = 0; r < paths; ++r) out[order[r]] = (static_cast<double>(r) + 0.5) / static_cast<double>(paths);
  return out;
}

}  // namespace

Places::Places(const Scenario& scenario, std::uint64_t seed) : seed_(seed) {
  std::vector<std::string> names;
  const auto number = [&](const std::string& path) {
    const std::string name = draw_of(scenario, path);
    const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    if (at == names.size()) names.push_back(name);
    return at;
  };
  std::vector<std::array<std::size_t, 2>> pairs;
  for (const DemandCorrelation& one : scenario.demand_correlations) pairs.push_back({number(one.a), number(one.b)});
  if (names.empty()) return;
  const std::size_t k = names.size();
  Matrix wanted(k * k, 0.0);
  for (std::size_t i = 0; i < k; ++i) wanted[i * k + i] = 1;
  for (std::size_t p = 0; p < pairs.size(); ++p)
    if (const auto [a, b] = pairs[p]; a != b) wanted[a * k + b] = wanted[b * k + a] = normal_correlation(scenario.demand_correlations[p].rank);
  std::vector<double> scores(k * scenario_paths);
  for (std::size_t i = 0; i < k; ++i) {
    const std::vector<double> own = stratified(seed, names[i]);
    for (std::size_t j = 0; j < scenario_paths; ++j) scores[j * k + i] = normal_quantile(own[j]);
  }
  correlate(scores, wanted, k);
  for (std::size_t i = 0; i < k; ++i) together_[names[i]] = places_of(scores, i, k);
}

std::vector<double> Places::at(const std::string& name) const {
  const auto found = together_.find(name);
  return found == together_.end() ? stratified(seed_, name) : found->second;
}

}  // namespace tonnage::forecast
