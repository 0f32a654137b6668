#include "prompt_steps.hpp"

#include <algorithm>
#include <cmath>

#include "log_histogram.hpp"

namespace tonnage::capacity {
namespace {

constexpr int most_lumps = 16;   ///< of a step: smaller prompts are taken together
constexpr std::size_t most_backlog = 48;
constexpr double rare = 1e-5;

using Point = PromptSteps::Point;

/// Cells of which those within 3 % are taken together, a few percent of the weight at most and less in the tail.
std::vector<Point> compressed(const LogHistogram& cells) {
  const double total = cells.total();
  std::vector<Point> out;
  double before = 0, first = 0, sum = 0, weight = 0;
  const auto close = [&] {
    if (weight > 0) out.push_back({sum / weight, weight / total});
    sum = weight = 0;
  };
  cells.each([&](double value, double share) {
    const double most = before < 0.9 * total ? 0.04 : before < 0.98 * total ? 0.01 : 0.002;
    if (value > 1.03 * first || weight > most * total) close(), first = value;
    sum += value * share;
    weight += share;
    before += share;
  });
  close();
  return out;
}

}  // namespace

double PromptSteps::Row::at(double prompt_tokens) const {
  const double p = std::clamp(prompt_tokens, 0.0, budget);
  std::size_t i = static_cast<std::size_t>(std::upper_bound(tokens.begin() + 1, tokens.end() - 1, p) - tokens.begin()) - 1;
  return seconds[i] + (p - tokens[i]) / (tokens[i + 1] - tokens[i]) * (seconds[i + 1] - seconds[i]);
}

/// Time of a step with so many lumps; one lump is taken by its sizes.
double PromptSteps::Row::of_lumps(double count) const {
  if (count != 1) return at(count * lump);
  double sum = 0;
  for (const Stratum& s : lumps) sum += s.share * at(s.value);
  return sum;
}

PromptSteps::PromptSteps(const std::function<double(double, double)>& seconds, std::vector<Stratum> fresh, int limit, double budget)
    : fresh_(std::move(fresh)), limit_(limit) {
  for (int n = 0;; n = std::min(limit, std::max(n + 1, static_cast<int>(n * 1.3)))) {
    Row row;
    row.n = n;
    row.budget = std::max(1.0, budget - n);
    double tokens = 0;
    for (const Stratum& prompt : fresh_) {
      const double size = std::clamp(prompt.value, row.budget / most_lumps, row.budget), count = prompt.share * std::max(prompt.value, 1.0) / size;
      row.lumps.push_back({count, size});
      row.per_request += count;
      tokens += count * size;
    }
    double square = 0;
    for (Stratum& s : row.lumps) square += s.share * s.value * s.value, s.share /= row.per_request;
    row.lump = tokens / row.per_request;
    // In a queue lumps count by the size that a token is in, so that the variance of the work is kept.
    row.queued_lump = square / tokens;
    row.queued_per_request = tokens / row.queued_lump;
    for (double p = 0; p < row.budget; p = p < 32 ? p + 32 : p * 1.5) row.tokens.push_back(std::min(p, row.budget));
    row.tokens.push_back(row.budget);
    for (const double p : row.tokens) row.seconds.push_back(seconds(n, p));
    for (int j = 0; j <= static_cast<int>(row.budget / row.lump) + 1; ++j) row.by_lumps.push_back(row.of_lumps(j));
    rows_.push_back(std::move(row));
    if (n >= limit) break;
  }
}

/// T = E t(lumps that arrive in T). The number of lumps is negative binomial: Poisson in a step whose own length varies.
double PromptSteps::mean_step(const Row& row, double load, double guess, double& deviation, bool& overloaded) const {
  const double rate = load * row.per_request, most = row.budget / row.lump;
  double t = std::max(guess, row.at(0)), variance = 0;
  for (int i = 0; i < 40; ++i) {
    const double a = rate * t;
    if (a >= most) {
      overloaded = true;
      deviation = 0;
      return row.at(row.budget);
    }
    // Successes of a negative binomial with mean a and variance a + rate^2 variance; Poisson in the limit.
    const double extra = rate * rate * variance, r = extra > 1e-9 * a ? a * a / extra : 1e12, q = a / (a + r);
    double chance = r > 1e9 ? std::exp(-a) : std::exp(r * std::log1p(-q)), sum = 0, square = 0, left = 1;
    for (int j = 0; left > rare; ++j) {
      const bool full = j >= most;
      const double value = full ? row.seconds.back() : row.by_lumps[static_cast<std::size_t>(j)], share = full ? left : chance;
      sum += share * value;
      square += share * value * value;
      left -= share;
      chance *= r > 1e9 ? a / (j + 1) : (j + r) / (j + 1) * q;
    }
    sum += left * row.at(a * row.lump);
    variance = std::max(square - sum * sum, 0.0);
    const double last = t;
    t = sum;
    if (std::abs(t - last) <= 1e-4 * t) break;
  }
  deviation = std::sqrt(variance);
  return t;
}

PromptSteps::Curve PromptSteps::curve(double load) const {
  Curve out;
  double last = 0, last_deviation = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    double deviation = 0;
    const double now = mean_step(rows_[i], load, last, deviation, out.overloaded);
    const int from = i > 0 ? static_cast<int>(rows_[i - 1].n) : -1, to = static_cast<int>(rows_[i].n);
    for (int k = from + 1; k <= to; ++k) {
      const double part = i > 0 ? static_cast<double>(k - from) / (to - from) : 1;
      out.seconds.push_back(last + part * (now - last));
      out.deviation.push_back(last_deviation + part * (deviation - last_deviation));
    }
    last = now;
    last_deviation = deviation;
  }
  return out;
}

PromptSteps::Row PromptSteps::between(double n) const {
  std::size_t high = 0;
  while (high + 1 < rows_.size() && rows_[high].n < n) ++high;
  const std::size_t low = high > 0 ? high - 1 : 0;
  Row row = rows_[high];
  const double part = high > low ? std::clamp((n - rows_[low].n) / (rows_[high].n - rows_[low].n), 0.0, 1.0) : 1.0;
  for (std::size_t i = 0; i < row.tokens.size(); ++i) row.seconds[i] = rows_[low].at(row.tokens[i]) + part * (row.seconds[i] - rows_[low].at(row.tokens[i]));
  return row;
}

/// Stationary backlog of lumps at the beginning of a step: L' = max(L - budget, 0) + Poisson(rate t(L)).
std::vector<double> PromptSteps::backlog(const Row& row, double load) const {
  const double rate = load * row.queued_per_request;
  const std::size_t cap = std::max<std::size_t>(1, static_cast<std::size_t>(row.budget / row.queued_lump + 1e-6));
  std::vector<double> now(most_backlog + 1, 0.0), next, arrivals, none;
  for (std::size_t l = 0; l <= most_backlog; ++l) {
    arrivals.push_back(rate * row.at(static_cast<double>(l) * row.queued_lump));
    none.push_back(std::exp(-arrivals.back()));
  }
  now[0] = 1;
  for (int round = 0; round < 40; ++round) {
    next.assign(now.size(), 0.0);
    for (std::size_t l = 0; l <= most_backlog; ++l) {
      if (now[l] < 1e-6) continue;
      double chance = now[l] * none[l], left = now[l];
      std::size_t to = l > cap ? l - cap : 0;
      for (double j = 1; to < most_backlog && left > 1e-6; ++j, ++to) {
        next[to] += chance;
        left -= chance;
        chance *= arrivals[l] / j;
      }
      next[to] += left;
    }
    double change = 0;
    for (std::size_t l = 0; l < now.size(); ++l) change += std::abs(next[l] - now[l]);
    now.swap(next);
    if (change < 1e-3) break;
  }
  return now;
}

std::vector<PromptSteps::Point> PromptSteps::first_token(double n, double load) const {
  const Row row = between(std::max(n, 1.0));
  const double lump = row.queued_lump, rate = load * row.queued_per_request, full_s = row.seconds.back();
  const std::vector<double> states = backlog(row, load);
  LogHistogram points;
  for (std::size_t l = 0; l < states.size(); ++l) {
    if (states[l] < rare) continue;
    const double step = row.at(static_cast<double>(l) * lump), rest = std::max(static_cast<double>(l) * lump - row.budget, 0.0);
    for (const double elapsed : {0.1, 0.3, 0.5, 0.7, 0.9}) {
      const double a = rate * step;  // others that arrive in the same step: those before it are ahead, all share the next step
      double chance = std::exp(-a), left = 1;
      for (int j = 0; left > 0.01; ++j) {
        const double share = j < 6 ? chance : left;
        for (const Stratum& prompt : fresh_) {
          const double line = rest + elapsed * j * lump + std::max(prompt.value, 1.0), whole = std::ceil(line / row.budget - 1e-9) - 1;
          const double last = row.at(std::min(line - whole * row.budget + (1 - elapsed) * j * lump, row.budget));
          points.add((1 - elapsed) * step + whole * full_s + last, states[l] * step * share * prompt.share);
        }
        left -= share;
        chance *= a / (j + 1);
      }
    }
  }
  return compressed(points);
}

std::vector<PromptSteps::Point> PromptSteps::alone() const {
  const Row& row = rows_.front();
  LogHistogram points;
  for (const Stratum& prompt : fresh_) {
    const double whole = std::ceil(std::max(prompt.value, 1.0) / row.budget - 1e-9) - 1;
    points.add(whole * row.at(row.budget) + row.at(std::max(prompt.value, 1.0) - whole * row.budget), prompt.share);
  }
  return compressed(points);
}

}  // namespace tonnage::capacity
