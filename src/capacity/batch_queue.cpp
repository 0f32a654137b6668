#include "batch_queue.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage::capacity {
namespace {

constexpr int every_batch_up_to = 256, batches_of_a_doubling = 64;
constexpr double exact_counts = 60;   ///< mean arrivals up to which counts are taken one by one; beyond they are as good as normal
constexpr double spacing = 0.6;       ///< of states, in standard deviations of the arrivals during a batch
constexpr double far_tail = 14;       ///< of a queue beyond a batch: exp(-14) is left out
constexpr int moments_of_a_batch = 6; ///< at which requests arrive while it runs

/// Arrivals during a batch: counts and their chances.
using Arrived = std::vector<Stratum>;

Arrived arrived(double mean, double dispersion) {
  Arrived out;
  if (mean <= exact_counts) {
    Counts counts(mean, dispersion);
    double sum = 0;
    const double most = mean + 12 * std::sqrt(mean * std::max(dispersion, 1.0)) + 20;
    for (int k = 0; k <= most && sum < 1 - 1e-11; ++k, counts.next()) out.push_back({counts.chance(), static_cast<double>(k)}), sum += counts.chance();
    for (Stratum& one : out) one.share /= sum;
    return out;
  }
  const double deviation = std::sqrt(mean * dispersion);
  double sum = 0;
  for (double z = -4; z <= 4; z += 0.5) out.push_back({std::exp(-0.5 * z * z), std::max(mean + z * deviation, 0.0)}), sum += out.back().share;
  for (Stratum& one : out) one.share /= sum;
  return out;
}

/// The number of requests that wait when a batch ends, as a chain from batch to batch.
class BatchChain {
 public:
  BatchChain(const Replica& r, double load) : r_(r), load_(load), most_(static_cast<double>(r.limit)), places_(most_ + std::max(256.0, std::min(most_, 4096.0))) {
    lay_states();
    for (const double n : states_) arrivals_.push_back(arrived(mean_arrivals(n), dispersion(n)));
    solve();
  }

  /// Each state with its chance and what arrives while the batch runs that begins in it.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (chances_[i] > 1e-10) visit(states_[i], chances_[i], arrivals_[i]);
  }

  double batch(double waiting) const { return std::clamp(waiting, 1.0, most_); }
  double left(double waiting) const { return std::max(waiting - most_, 0.0); }
  double seconds(double batch) const {
    const double at = std::clamp(batch, 1.0, most_) - 1;
    const std::size_t below = std::min(static_cast<std::size_t>(at), r_.batch_s.size() - 1), above = std::min(below + 1, r_.batch_s.size() - 1);
    return r_.batch_s[below] + (at - static_cast<double>(below)) * (r_.batch_s[above] - r_.batch_s[below]);
  }

 private:
  double mean_arrivals(double waiting) const { return load_ * seconds(batch(waiting)); }
  double dispersion(double waiting) const { return r_.arrivals.of_counts(mean_arrivals(waiting)); }

  /// States around the one that batches come back to, n = arrivals during a batch of n, as far as they are seen: eight deviations, of a chain
  /// that forgets by the slope of n; beyond a batch as far as the tail of its walk.
  void lay_states() {
    double centre = 0;
    for (int i = 0; i < 4000; ++i) {
      const double next = std::min(left(centre) + mean_arrivals(centre), places_);
      const bool still = std::abs(next - centre) < 1e-3 * (1 + centre);
      centre = next;
      if (still) break;
    }
    const double aside = std::max(0.5, 0.01 * centre), from = std::max(centre - aside, 1.0), to = std::max(centre, 1.0) + aside;
    const double slope = std::clamp((mean_arrivals(to) - mean_arrivals(from)) / (to - from), 0.0, 0.99);
    const double deviation = std::sqrt(mean_arrivals(centre) * dispersion(centre) / (1 - slope * slope));
    double low = std::floor(std::max(centre - 8 * deviation - 10, 0.0)), high = std::ceil(centre + 8 * deviation + 20);
    if (high > most_) {
      const double full = mean_arrivals(most_), spare = most_ - full;
      high = spare > 0 ? std::max(high, most_ + far_tail * full * dispersion(most_) / (2 * spare)) : places_;
    }
    high = std::min(std::ceil(high), places_), low = std::min(low, high);
    for (double n = low; n < high; n += std::max(1.0, std::floor(spacing * std::sqrt(mean_arrivals(n) * dispersion(n))))) states_.push_back(n);
    states_.push_back(high);
  }

  /// A row of chances of the next state: between two states a count is shared out so that its mean stays.
  std::vector<double> row(std::size_t i) const {
    std::vector<double> out(states_.size(), 0.0);
    for (const Stratum& one : arrivals_[i]) {
      const double next = std::clamp(left(states_[i]) + one.value, states_.front(), states_.back());
      const std::size_t above = std::min(static_cast<std::size_t>(std::upper_bound(states_.begin(), states_.end(), next) - states_.begin()), states_.size() - 1);
      if (above == 0) {
        out[0] += one.share;
        continue;
      }
      const double part = (next - states_[above - 1]) / (states_[above] - states_[above - 1]);
      out[above - 1] += (1 - part) * one.share, out[above] += part * one.share;
    }
    return out;
  }

  /// Stationary chances by elimination without differences (Grassmann, Taksar and Heyman, Operations Research 33, 1985).
  void solve() {
    const std::size_t count = states_.size();
    std::vector<std::vector<double>> p(count);
    for (std::size_t i = 0; i < count; ++i) p[i] = row(i);
    for (std::size_t n = count - 1; n > 0; --n) {
      double out = 0;
      for (std::size_t j = 0; j < n; ++j) out += p[n][j];
      for (std::size_t i = 0; i < n; ++i) {
        const double share = out > 0 ? p[i][n] / out : 0;
        p[i][n] = share;
        if (share == 0) continue;
        for (std::size_t j = 0; j < n; ++j) p[i][j] += share * p[n][j];
      }
    }
    chances_.assign(count, 0.0);
    chances_[0] = 1;
    double sum = 1;
    for (std::size_t n = 1; n < count; ++n) {
      for (std::size_t i = 0; i < n; ++i) chances_[n] += chances_[i] * p[i][n];
      sum += chances_[n];
    }
    for (double& chance : chances_) chance /= sum;
  }

  const Replica& r_;
  double load_, most_, places_;
  std::vector<double> states_, chances_;
  std::vector<Arrived> arrivals_;   ///< by state
};

}  // namespace

std::vector<double> batch_times(const Placement& placement, int most, double tokens) {
  std::vector<double> seconds;
  seconds.reserve(static_cast<std::size_t>(most));
  for (int b = 1; b <= most;) {
    const double now = batch_time(placement, b, tokens).total_s, before = seconds.empty() ? now : seconds.back();
    const int from = static_cast<int>(seconds.size());
    for (int n = from + 1; n <= b; ++n) seconds.push_back(before + (now - before) * (n - from) / (b - from));
    b = b < most ? std::min(b + (b < every_batch_up_to ? 1 : b / batches_of_a_doubling), most) : most + 1;
  }
  return seconds;
}

int default_batch(ModelKind kind) {
  switch (kind) {
    case ModelKind::vision: return 2048;
    case ModelKind::recommender: return 65536;
    case ModelKind::diffusion: return 32;
    case ModelKind::speech: return 64;
    default: return 256;
  }
}

int asked_batch(const CurveQuery& q) { return std::clamp(q.max_batch > 0 ? q.max_batch : default_batch(q.model.kind), 1, most_of_a_batch); }

int batch_limit(const CurveQuery& q, const Placement& p) {
  const int asked = asked_batch(q);
  const double held = held_bytes_per_request(p);
  if (!(held > 0)) return asked;
  return static_cast<int>(std::clamp(p.kv_capacity_bytes() / held, 1.0, static_cast<double>(asked)));
}

bool may_be_split(const CurveQuery& q, const Layout& layout) {
  if (q.model.layers > 0 || layout.accelerators() == 1) return true;
  return placement_of(q, {layout.tensor / 2, 1, 1, 1}).kv_capacity_bytes() <= 0;
}

const char* batch_bound(const CurveQuery& q, const Replica& r) {
  const double tokens = r.input + r.output, full = r.limit, more = 1.1 * full;
  const StepTime time = batch_time(r.placement, full, tokens);
  const double grows = (batch_time(r.placement, more, tokens).total_s - time.total_s) / (more - full) * full / time.total_s;
  const double parts = time.compute_s + time.memory_s + time.link_s;
  const std::pair<double, const char*> bounds[] = {{1 - grows, r.limit < asked_batch(q) ? "memory" : "batch"},
                                                   {grows * time.compute_s / parts, "compute"},
                                                   {grows * time.memory_s / parts, "memory bandwidth"},
                                                   {grows * time.link_s / parts, "links"}};
  return std::max_element(std::begin(bounds), std::end(bounds), [](const auto& a, const auto& b) { return a.first < b.first; })->second;
}

Operating operate_batches(const Replica& r, double load) {
  Operating out;
  out.highest_per_s = r.limit / r.batch_s.back();
  out.saturated = load >= out.highest_per_s;
  const double around = r.round_trip_s + r.placement.engine.front_end_s;
  if (!(load > 0)) {
    out.e2e.add(around + r.batch_s.front(), 1);
    out.ttft.add(around + r.batch_s.front(), 1);
    return out;
  }
  const BatchChain chain(r, load);
  double running = 0, idle = 0, requests = 0;
  const auto answered = [&](double seconds, double weight) { out.e2e.add(around + seconds, weight), out.ttft.add(around + seconds, weight); };
  chain.each([&](double waiting, double chance, const Arrived& arrivals) {
    const double own = chain.batch(waiting), seconds = chain.seconds(own), left = chain.left(waiting);
    running += chance * seconds, requests += chance * seconds * own;
    if (waiting == 0) {
      idle += chance / load;
      answered(seconds, chance);
    }
    for (const Stratum& come : arrivals) {
      if (come.value <= 0 || chance * come.share < 1e-10) continue;
      for (int i = 0; i < moments_of_a_batch; ++i) {
        const double part = (i + 0.5) / moments_of_a_batch, ahead = left + part * come.value;
        const double whole = std::floor(ahead / r.limit), before = whole * r.batch_s.back();
        const double with = left + come.value - whole * r.limit + load * before;
        answered((1 - part) * seconds + before + chain.seconds(chain.batch(with)), chance * come.share * come.value / moments_of_a_batch);
      }
    }
  });
  out.batch = requests / (running + idle);
  const StepTime typical = batch_time(r.placement, std::max(requests / running, 1.0), r.input + r.output);
  out.busy = running / (running + idle) * typical.busy();
  return out;
}

}  // namespace tonnage::capacity
