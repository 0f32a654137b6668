#include "simulation_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tonnage::capacity {
namespace {

double sigma_of(double cv) { return cv > 0 ? std::sqrt(std::log1p(cv * cv)) : 0.0; }

/// Value at rank p of a range of which only the part from `sorted` on is not below it. Moves `sorted` up.
double order_statistic(std::vector<double>& values, double p, std::size_t& sorted) {
  const double rank = p * static_cast<double>(values.size() - 1);
  const std::size_t low = static_cast<std::size_t>(rank);
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(sorted);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(low);
  if (low >= sorted) std::nth_element(begin, at, values.end());
  sorted = std::max(sorted, low);
  if (low + 1 >= values.size()) return values[low];
  const double next = *std::min_element(at + 1, values.end());
  return values[low] + (rank - static_cast<double>(low)) * (next - values[low]);
}

/// Growth of the number that wait, taken at each measured entry, by least squares. `first` entries are not measured.
double growth_of(std::vector<double>& entries, std::vector<double>& starts, std::size_t first) {
  std::sort(entries.begin(), entries.end());
  std::sort(starts.begin(), starts.end());
  first = std::min(first, entries.size());
  const double count = static_cast<double>(entries.size() - first);
  if (count < 2) return 0;
  double slope = 0;
  std::size_t started = 0;
  for (std::size_t i = first; i < entries.size(); ++i) {
    while (started < starts.size() && starts[started] <= entries[i]) ++started;
    const double waiting = std::max(static_cast<double>(i) - static_cast<double>(started), 0.0);
    slope += waiting * (static_cast<double>(i - first) - 0.5 * (count - 1));
  }
  return slope * 12 / (count * count - 1);
}

/// Adds up the growth of all groups of queues; saturated when that of one is large.
void set_growth(const QueueRecord& queue, std::size_t measured, SimulationSummary& s) {
  int groups = queue.groups.empty() ? 1 : 0;
  for (const int group : queue.groups) groups = std::max(groups, group + 1);
  for (int group = 0; group < groups; ++group) {
    std::vector<double> entries, starts;
    std::size_t first = 0;
    for (std::size_t i = 0; i < queue.jobs.size(); ++i) {
      const Job& job = queue.jobs[i];
      if (job.start_s < 0 || (!queue.groups.empty() && queue.groups[i] != group)) continue;
      entries.push_back(job.entry_s);
      starts.push_back(job.start_s);
      first += i < measured;
    }
    const double count = static_cast<double>(entries.size() - first), growth = growth_of(entries, starts, first);
    s.growth += growth;
    s.saturated = s.saturated || growth > std::max(0.02 * count, 2 * std::sqrt(count));
  }
}

/// Outcome of request i.
RequestOutcome outcome_of(const SimulationRecord& record, std::size_t i) {
  const Job& job = record.jobs[i];
  RequestOutcome out;
  out.arrival_s = record.arrivals[i];
  out.start_s = std::max(job.start_s, 0.0);
  out.replica = record.replicas.empty() ? 0 : record.replicas[i];
  out.preemptions = job.version < 0 ? -1 - job.version : job.version;
  out.finished = job.finish_s >= 0;
  if (!out.finished) return out;
  const double delay = record.delays.output_s(i) - out.arrival_s;
  out.ttft_s = job.first_token_s + delay;
  out.e2e_s = job.finish_s + delay;
  if (job.output > 1) out.tpot_s = (job.finish_s - job.first_token_s) / (job.output - 1);
  return out;
}

void set_latencies(const SimulationRecord& record, SimulationResult& result) {
  std::vector<double> ttft, tpot, e2e;
  for (std::size_t i = static_cast<std::size_t>(record.measured); i < result.requests.size(); ++i) {
    const RequestOutcome& out = result.requests[i];
    if (!out.finished) continue;
    ttft.push_back(out.ttft_s);
    e2e.push_back(out.e2e_s);
    if (record.jobs[i].output > 1) tpot.push_back(out.tpot_s);
  }
  result.summary.requests = static_cast<long long>(e2e.size());
  result.summary.ttft_s = percentiles_of(ttft);
  result.summary.tpot_s = percentiles_of(tpot);
  result.summary.e2e_s = percentiles_of(e2e);
}

/// What the engines did in the window, in all.
void set_rates(const SimulationRecord& record, SimulationSummary& s) {
  const EngineWindow& window = record.window;
  s.duration_s = window.end.at_s - window.begin.at_s;
  if (!(s.duration_s > 0)) return;
  const double engines = static_cast<double>(record.engines.size());
  for (std::size_t e = 0; e < record.engines.size(); ++e) {
    const EngineTotals &begin = window.begin.totals[e], &end = window.end.totals[e];
    const double blocks = record.engines[e].kv_blocks;
    s.output_tokens_per_s += (end.tokens - begin.tokens) / s.duration_s;
    s.batch += (end.running_s - begin.running_s) / s.duration_s;
    s.in_system += (end.in_system_s - begin.in_system_s) / s.duration_s;
    s.utilisation += (end.busy_s - begin.busy_s) / s.duration_s / engines;
    if (std::isfinite(blocks)) s.kv_use += (end.kv_blocks_s - begin.kv_blocks_s) / s.duration_s / blocks / engines;
  }
  long long finished = 0;
  for (const Job& job : record.jobs) finished += job.finish_s > window.begin.at_s && job.finish_s <= window.end.at_s;
  s.request_rate_per_s = static_cast<double>(finished) / s.duration_s;
}

void set_work(const SimulationRecord& record, SimulationSummary& s) {
  bool stuck = false;
  for (const EngineReport& engine : record.engines) {
    s.steps += engine.totals.steps;
    s.preemptions += engine.totals.preemptions;
    s.end_s = std::max(s.end_s, engine.clock_s);
    if (std::isfinite(engine.kv_blocks) && engine.kv_blocks > 0) s.kv_use_peak = std::max(s.kv_use_peak, engine.kv_peak / engine.kv_blocks);
    stuck = stuck || engine.stuck;
  }
  long long finished = 0, never = 0;
  for (const Job& job : record.jobs) {
    finished += job.finish_s >= 0;
    s.output_tokens += job.finish_s >= 0 ? job.output : 0;
    s.turned_away += job.turned_away;
    never += job.start_s < 0 && !job.turned_away;
  }
  if (stuck) s.stopped = fmt::format("stopped after {} steps with {} of {} requests finished", s.steps, finished, record.jobs.size());
  else s.refused = never;
}

}  // namespace

Delays::Delays(const EngineSettings& s, std::uint64_t seed)
    : front_(seed, "simulation front end"), output_(seed, "simulation output delay"), front_mean_(s.front_end_s),
      front_sigma_(sigma_of(s.front_end_cv)), output_mean_(s.output_delay_s), output_sigma_(sigma_of(s.output_delay_cv)),
      token_s_(s.front_end_token_s), serial_s_(s.front_end_serial_s), serial_token_s_(s.front_end_serial_token_s) {}

double Delays::passed_s(double ready_s, int input_tokens, double& free_s) const {
  const double serial = serial_s_ + serial_token_s_ * input_tokens;
  if (serial > 0) free_s = ready_s = std::max(free_s, ready_s) + serial;
  return ready_s + token_s_ * input_tokens;
}

double Delays::draw(const RandomStream& stream, double mean, double sigma, std::size_t request) {
  return sigma > 0 ? mean * std::exp(sigma * stream.normal(request) - 0.5 * sigma * sigma) : mean;
}

std::vector<Job> jobs_of(std::span<const Request> requests) {
  std::vector<Job> jobs(requests.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].input = std::clamp(requests[i].input_tokens, 0, 1 << 29);
    jobs[i].output = std::clamp(requests[i].output_tokens, 1, 1 << 29);
    jobs[i].cached = std::clamp(requests[i].cached_tokens, 0, jobs[i].input);
  }
  return jobs;
}

EngineReport report_of(const Engine& engine) {
  return {engine.totals(), engine.clock_s(), engine.kv_blocks(), engine.kv_peak(), engine.stuck()};
}

Percentiles percentiles_of(std::vector<double>& values) {
  Percentiles out;
  if (values.empty()) return out;
  for (const double value : values) out.mean += value / static_cast<double>(values.size());
  std::size_t sorted = 0;
  out.p50 = order_statistic(values, 0.5, sorted);
  out.p90 = order_statistic(values, 0.9, sorted);
  out.p95 = order_statistic(values, 0.95, sorted);
  out.p99 = order_statistic(values, 0.99, sorted);
  return out;
}

SimulationResult summarise(const SimulationRecord& record) {
  SimulationResult result;
  result.requests.reserve(record.jobs.size());
  for (std::size_t i = 0; i < record.jobs.size(); ++i) result.requests.push_back(outcome_of(record, i));
  SimulationSummary& s = result.summary;
  set_latencies(record, result);
  set_rates(record, s);
  set_work(record, s);
  for (const QueueRecord& queue : record.queues) set_growth(queue, static_cast<std::size_t>(record.measured), s);
  if (!record.queues.empty() && 50 * s.turned_away > static_cast<long long>(record.jobs.size())) s.saturated = true;
  return result;
}

}  // namespace tonnage::capacity
