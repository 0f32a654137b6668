#include "combine.hpp"

namespace tonnage::forecast {

namespace {

/// Mean over the steps seen of a member's absolute errors, by member, without trial `left_out`; `served` says which forecast in every trial.
std::vector<double> mean_errors(const Candidates& c, int left_out, std::vector<char>& served) {
  const std::size_t k = c.plan.members.size();
  std::vector<double> mean(k, 0.0), count(k, 0.0);
  served.assign(k, 1);
  for (const Trial& trial : c.trials)
    for (std::size_t m = 0; m < k && &trial - c.trials.data() != left_out; ++m) {
      if (trial.members[m].empty()) served[m] = 0;
      for (std::size_t s = 0; s < trial.members[m].size(); ++s)
        if (std::isfinite(trial.actual[s])) mean[m] += std::abs(trial.actual[s] - trial.members[m][s]), count[m] += 1;
    }
  for (std::size_t m = 0; m < k; ++m) mean[m] = count[m] > 0 ? mean[m] / count[m] : 0;
  return mean;
}

}  // namespace

Losses losses_of(const Candidates& c, int left_out) {
  std::vector<char> served;
  const std::vector<double> error = mean_errors(c, left_out, served);
  Losses out{std::vector<double>(error.size(), 1.0), 0};
  double mean = 0, count = 0;
  for (std::size_t m = 0; m < error.size(); ++m)
    if (served[m] && !c.trials.empty()) mean += error[m], count += 1;
  if (!(mean > 0)) return out;
  mean /= count;
  for (std::size_t m = 0; m < error.size(); ++m)
    if (served[m]) out.relative[m] = std::min(error[m] / mean, 5.0);
  const double unit = mean_absolute_difference(c.data.filled, c.plan.seasons.front());
  out.size = unit > 0 ? std::min(mean / unit, 10.0) : 0;
  return out;
}

std::vector<double> pooled_losses(const std::vector<Losses>& alike, Kind kind, std::size_t members) {
  double weight = 0, count = 0;
  for (const Losses& one : alike)
    if (one.size > 0) weight += one.size, count += 1;
  const double prior = (kind == Kind::nonseasonal ? 40 : 10) * (count > 0 ? weight / count : 1);
  std::vector<double> out(members, prior);
  for (const Losses& one : alike)
    for (std::size_t m = 0; m < members; ++m) out[m] += one.size * one.relative[m];
  for (double& v : out) v /= prior + weight;
  return out;
}

std::vector<double> weights_of(const Candidates& c, const std::vector<double>& pooled_loss, int left_out) {
  const std::size_t k = c.plan.members.size();
  const std::vector<double> own = losses_of(c, left_out).relative;
  const double q = c.trials.empty() ? 0 : std::clamp((static_cast<double>(c.data.filled.size()) - 150) / 250, 0.0, 2.0);
  std::vector<double> w(k, 0.0);
  const double p = c.plan.kind == Kind::nonseasonal ? -20 : -2;
  double total = 0;
  for (std::size_t m = 0; m < k; ++m) {
    if (c.ahead[m].empty()) continue;
    w[m] = std::pow(pooled_loss[m], p) * std::pow((own[m] + 0.1) / 1.1, -q);
    total += w[m];
  }
  for (double& v : w) v = total > 0 ? v / total : 0;
  return w;
}

std::vector<double> combine(const std::vector<std::vector<double>>& members, const std::vector<double>& weights, bool trim) {
  std::size_t steps = 0, serving = 0;
  for (std::size_t m = 0; m < members.size(); ++m)
    if (!members[m].empty() && weights[m] > 0) steps = members[m].size(), ++serving;
  std::vector<double> out(steps, 0.0);
  const bool cut = trim && serving >= 5;
  for (std::size_t s = 0; s < steps; ++s) {
    std::size_t low = members.size(), high = members.size();
    for (std::size_t m = 0; m < members.size() && cut; ++m) {
      if (members[m].empty() || !(weights[m] > 0)) continue;
      if (low == members.size() || members[m][s] < members[low][s]) low = m;
      if (high == members.size() || members[m][s] >= members[high][s]) high = m;
    }
    double sum = 0, total = 0;
    for (std::size_t m = 0; m < members.size(); ++m) {
      if (members[m].empty() || (cut && (m == low || m == high))) continue;
      sum += weights[m] * members[m][s], total += weights[m];
    }
    out[s] = total > 0 ? sum / total : 0;
  }
  return out;
}

std::vector<double> spread_sizes(const std::vector<std::vector<double>>& members, const std::vector<double>& weights, const std::vector<double>& combined, double scale,
                                 double least_distance, bool widening) {
  std::vector<double> out(combined.size(), 0.0);
  for (std::size_t k = 0; k < combined.size(); ++k) {
    double distance = 0, total = 0;
    for (std::size_t m = 0; m < members.size(); ++m)
      if (k < members[m].size() && weights[m] > 0) distance += weights[m] * std::abs(members[m][k] - combined[k]), total += weights[m];
    out[k] = std::max(total > 0 ? distance / total : 0.0, least_distance);
  }
  if (widening) make_non_decreasing(out, std::vector<double>(out.size(), 1.0));
  for (double& v : out) v = scale * std::pow(v, 0.35);
  return out;
}

}  // namespace tonnage::forecast
