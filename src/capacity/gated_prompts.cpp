#include "gated_prompts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tonnage::capacity {

GatedPrompts::GatedPrompts(const PromptSize& size, double load_per_s, const Dispersion& dispersion, const std::function<double(double)>& seconds) : load_(load_per_s) {
  chunks_ = static_cast<int>(std::min(std::ceil(size.tokens / size.budget), 64.0));
  const double chunk = std::min(size.tokens / chunks_, size.budget);
  most_ = static_cast<int>(std::clamp(size.ranks * std::floor(size.budget / chunk), 1.0, 24.0));
  for (int k = 0; k <= most_; ++k) step_s_.push_back(seconds(k * chunk));
  saturation_ = load_ * chunks_ * step_s_.back() / most_;
  // Queues beyond a step's room fall off about as exp(-2 b (1 - s) / (s chunks)): what is left out is below a millionth.
  const double tail = saturation_ < 0.9 && dispersion.poisson() ? chunks_ * (10 + 12 * saturation_ / (1 - saturation_)) : most_states;
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
    for (std::size_t k = 0; k < chances.size(); ++k) p[static_cast<std::size_t>(b)][static_cast<std::size_t>(std::min(left + chunks_ * static_cast<int>(k), states_ - 1))] += chances[k];
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

/// Time of the steps that take in `chunks`, the last with those of the `behind` prompts that came after.
double GatedPrompts::taken_in(int chunks, int behind) const {
  const int whole = (chunks - 1) / most_, rest = chunks - whole * most_;
  return whole * step_s_.back() + step_s_[static_cast<std::size_t>(std::min(rest + chunks_ * behind, most_))];
}

std::vector<Stratum> GatedPrompts::waits() const {
  GeometricPoints points;
  double steps = 0;
  for (int b = 0; b < states_; ++b) steps += share_[static_cast<std::size_t>(b)] * step_of(b);
  for (int b = 0; b < states_; ++b) {
    const double weight = share_[static_cast<std::size_t>(b)] * step_of(b) / steps;
    if (weight < 1e-6) continue;
    const int left = std::max(b - most_, 0);
    // Others of the same step: those before it are ahead, those after it share its last step.
    const std::vector<double>& chances = (others_.empty() ? arrivals_ : others_)[static_cast<std::size_t>(std::min(b, most_))];
    for (int others = 0; others < std::min(13, static_cast<int>(chances.size())); ++others) {
      const double chance = chances[static_cast<std::size_t>(others)];
      if (weight * chance <= 1e-7) continue;
      for (const int sixths : {1, 3, 5}) {
        const int ahead = (sixths * others + 3) / 6;  // rounded
        points.add((1 - sixths / 6.0) * step_of(b) + taken_in(left + chunks_ * (ahead + 1), others - ahead), weight * chance / 3);
      }
    }
  }
  return points.strata();
}

}  // namespace tonnage::capacity
