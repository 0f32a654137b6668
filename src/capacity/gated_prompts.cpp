#include "gated_prompts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tonnage::capacity {
namespace {

constexpr double least_share = 2e-6;  ///< of prompts: those that find fewer are not looked at

}  // namespace

GatedPrompts::GatedPrompts(std::vector<double> seconds, double alone_s, double load_per_s, const Dispersion& dispersion)
    : load_(load_per_s), alone_s_(alone_s), most_(static_cast<int>(seconds.size()) - 1), step_s_(std::move(seconds)) {
  saturation_ = load_ * step_s_.back() / most_;
  // Queues beyond a step's room fall off about as exp(-2 b (1 - s) / s): what is left out is below a millionth.
  const double tail = saturation_ < 0.9 && dispersion.poisson() ? 10 + 12 * saturation_ / (1 - saturation_) : most_states;
  states_ = static_cast<int>(std::clamp(most_ + tail, 16.0, static_cast<double>(most_states)));
  set_arrivals(dispersion);
  solve();
}

void GatedPrompts::set_arrivals(const Dispersion& dispersion) {
  const double room = std::max(1 - saturation_, 0.05);
  for (const double step : step_s_) {
    const double mean = load_ * step;
    Counts count(mean, dispersion.of_counts(mean / room));
    std::vector<double> chances;
    for (int arrived = 0; arrived < states_; ++arrived) {
      chances.push_back(count.chance());
      count.next();
      if (count.chance() < 1e-9 && arrived > mean) break;
    }
    arrivals_.push_back(std::move(chances));
    if (dispersion.poisson()) continue;
    // Who comes with others sees more of them: chances weighted by the count, one less.
    std::vector<double> others;
    const std::vector<double>& all = arrivals_.back();
    double sum = 0;
    for (std::size_t k = 1; k < all.size(); ++k) sum += static_cast<double>(k) * all[k];
    for (std::size_t k = 1; k < all.size(); ++k) others.push_back(static_cast<double>(k) * all[k] / sum);
    if (others.empty()) others.push_back(1);
    others_.push_back(std::move(others));
  }
}

/// Stationary shares by elimination from the last state down (Grassmann, Taksar & Heyman, Operations Research 33, 1985): no
/// subtraction, so no share is lost to rounding. A state goes at most `most_` down, which keeps it a band.
void GatedPrompts::solve() {
  std::array<std::array<double, most_states>, most_states> p;
  for (std::size_t i = 0; i < static_cast<std::size_t>(states_); ++i) std::fill_n(p[i].begin(), states_, 0.0);
  for (int b = 0; b < states_; ++b) {
    const int left = std::max(b - most_, 0);
    const std::vector<double>& chances = arrivals_[static_cast<std::size_t>(std::min(b, most_))];
    for (std::size_t k = 0; k < chances.size(); ++k) p[static_cast<std::size_t>(b)][static_cast<std::size_t>(std::min(left + static_cast<int>(k), states_ - 1))] += chances[k];
  }
  const auto lowest = [&](std::size_t k) { return k > static_cast<std::size_t>(most_) ? k - static_cast<std::size_t>(most_) : 0; };
  for (auto k = static_cast<std::size_t>(states_ - 1); k > 0; --k) {
    double down = 0;
    for (std::size_t j = lowest(k); j < k; ++j) down += p[k][j];
    for (std::size_t i = 0; i < k; ++i) {
      if (!(p[i][k] > 0)) continue;
      p[i][k] /= std::max(down, 1e-300);
      for (std::size_t j = lowest(k); j < k; ++j) p[i][j] += p[i][k] * p[k][j];
    }
  }
  share_.assign(static_cast<std::size_t>(states_), 0.0);
  share_[0] = 1;
  double sum = 1;
  for (std::size_t k = 1; k < share_.size(); ++k) {
    for (std::size_t i = 0; i < k; ++i) share_[k] += share_[i] * p[i][k];
    share_[k] = std::min(share_[k], 1e250);  // a queue without end: all of it is in the last state
    sum += share_[k];
  }
  for (double& share : share_) share /= sum;
}

/// Time of the steps that take in `prompts`, the last with the `behind` that came after.
double GatedPrompts::taken_in(int prompts, int behind) const {
  const int whole = (prompts - 1) / most_, rest = prompts - whole * most_;
  const int last = std::min(rest + behind, most_);
  return whole * step_s_.back() + (last == 1 ? alone_s_ : step_s_[static_cast<std::size_t>(last)]);
}

/// Where a prompt comes in a step, by how many come before it and after it; strata of a uniform point.
std::vector<GatedPrompts::Arrival> GatedPrompts::arrivals_in(int waiting, double least) const {
  std::vector<Arrival> out;
  const std::size_t step = static_cast<std::size_t>(std::min(waiting, most_));
  const std::vector<double>& chances = (others_.empty() ? arrivals_ : others_)[step];
  double none_before[] = {1, 1, 1};
  for (int others = 0; others < std::min(13, static_cast<int>(chances.size())); ++others) {
    const double chance = chances[static_cast<std::size_t>(others)] / 3;
    for (const int sixths : {1, 3, 5}) {
      const double before = sixths / 6.0;
      double binomial = none_before[sixths / 2];
      none_before[sixths / 2] *= 1 - before;
      if (3 * chance <= least) continue;
      if (most_ > 1) {  // those after it share its last step: who comes where matters little
        const int ahead = (sixths * others + 3) / 6;  // rounded
        out.push_back({before, ahead, others - ahead, chance});
        continue;
      }
      for (int ahead = 0; ahead <= others; ++ahead) {
        out.push_back({before, ahead, others - ahead, chance * binomial});
        binomial *= before / (1 - before) * (others - ahead) / (ahead + 1);
      }
    }
  }
  return out;
}

GatedPrompts::Waits GatedPrompts::waits(bool alone) const {
  double steps = 0, at_once = 0;
  GeometricPoints beside, behind;
  for (int b = 0; b < states_; ++b) steps += share_[static_cast<std::size_t>(b)] * step_of(b);
  std::vector<Arrival> arrivals;
  for (int b = 0; b < states_; ++b) {
    const double weight = share_[static_cast<std::size_t>(b)] * step_of(b) / steps;
    if (weight < least_share) continue;
    if (b <= most_ || arrivals.empty()) arrivals = arrivals_in(b, least_share / weight);
    const int left = std::max(b - most_, 0);
    for (const Arrival& a : arrivals) {
      const double rest = (1 - a.before) * step_of(b), own = taken_in(left + a.ahead + 1, a.behind), share = weight * a.share;
      beside.add(rest + own, share);
      if (!alone) continue;
      if (b > 0 || a.ahead + a.behind > 0) behind.add(b > 0 ? rest + own : own, share);
      else at_once += share;
    }
  }
  return {beside.strata(), at_once, behind.strata()};
}

}  // namespace tonnage::capacity
