// Static batching: servers that run batches of requests to a model that answers in one pass.
#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>

#include "simulation_summary.hpp"
#include "tonnage/capacity/fleet.hpp"

namespace tonnage::capacity {
namespace {

class BatchRun {
 public:
  BatchRun(const SimulationQuery& query, std::span<const double> batch_s, const BatchSettings& settings)
      : query_(query), batch_s_(batch_s), settings_(settings), delays_(delays_of(settings), query.seed), jobs_(jobs_of(query.requests)),
        arrivals_(jobs_.size(), 0.0), replicas_(jobs_.size(), 0) {
    most_ = static_cast<std::size_t>(std::clamp(settings.max_batch, 1, static_cast<int>(batch_s.size())));
    for (int s = 0; s < std::max(settings.servers, 1); ++s) servers_.push({0.0, s});
    measured_ = static_cast<std::size_t>(std::clamp(query.warm_up, 0.0, 0.99) * static_cast<double>(jobs_.size()));
    reports_.resize(servers_.size());
    front_free_s_.assign(servers_.size(), 0.0);
  }

  SimulationResult run() {
    begin();
    while (!entries_.empty()) launch();
    const bool timed = query_.arrivals != ArrivalKind::closed && query_.arrivals != ArrivalKind::offline;
    SimulationRecord record{arrivals_, jobs_, delays_, static_cast<int>(measured_), reports_, {}, replicas_, {}};
    if (timed) record.queues.push_back({jobs_, {}});
    set_window(record, timed);
    SimulationResult result = summarise(record);
    set_rates(record, result.summary);
    return result;
  }

 private:
  struct Entry {
    double at_s;
    int id;
    bool operator>(const Entry& o) const { return at_s != o.at_s ? at_s > o.at_s : id > o.id; }
  };
  struct Span {
    double begin_s, end_s;
    std::size_t count;
  };
  template <class T>
  using Earliest = std::priority_queue<T, std::vector<T>, std::greater<>>;

  static EngineSettings delays_of(const BatchSettings& s) {
    EngineSettings engine;
    engine.front_end_s = s.front_end_s, engine.front_end_cv = s.front_end_cv;
    engine.output_delay_s = s.output_delay_s, engine.output_delay_cv = s.output_delay_cv;
    return engine;
  }

  void send(double at, std::size_t i) {
    arrivals_[i] = at;
    double& free_s = *std::min_element(front_free_s_.begin(), front_free_s_.end());  // of the front ends of the servers
    jobs_[i].entry_s = delays_.passed_s(at + delays_.front_end_s(i), query_.requests[i].input_tokens, free_s);
    entries_.push({jobs_[i].entry_s, static_cast<int>(i)});
  }

  void begin() {
    const bool closed = query_.arrivals == ArrivalKind::closed, offline = query_.arrivals == ArrivalKind::offline;
    const std::size_t first = closed ? std::min(jobs_.size(), static_cast<std::size_t>(std::max(query_.concurrency, 1))) : jobs_.size();
    for (next_ = 0; next_ < first; ++next_) {
      const double ramp = query_.ramp_s * static_cast<double>(next_) / static_cast<double>(first);
      send(closed ? ramp : offline ? 0.0 : query_.requests[next_].arrival_s, next_);
    }
  }

  /// The next batch: it begins when a server is free and someone waits, and then at the latest after the longest wait. All
  /// that enter before its begin are known, since batches begin in order of time and their ends are known.
  void launch() {
    const Entry server = servers_.top();
    servers_.pop();
    double begin = std::max(server.at_s, entries_.top().at_s);
    const double patience = std::max(begin, entries_.top().at_s + std::max(settings_.max_wait_s, 0.0));
    std::vector<int> batch;
    while (batch.size() < most_ && !entries_.empty() && entries_.top().at_s <= patience) {
      begin = std::max(begin, entries_.top().at_s);
      batch.push_back(entries_.top().id);
      entries_.pop();
    }
    if (batch.size() < most_) begin = patience;
    const double end = begin + std::max(batch_s_[batch.size() - 1], 0.0);
    for (const int id : batch) {
      Job& job = jobs_[static_cast<std::size_t>(id)];
      job.start_s = begin;
      job.first_token_s = job.finish_s = end;
      replicas_[static_cast<std::size_t>(id)] = server.id;
      if (query_.arrivals == ArrivalKind::closed && next_ < jobs_.size()) send(end + delays_.output_s(static_cast<std::size_t>(id)), next_++);
    }
    EngineReport& report = reports_[static_cast<std::size_t>(server.id)];
    ++report.totals.steps;
    report.clock_s = end;
    report.kv_blocks = INFINITY;
    spans_.push_back({begin, end, batch.size()});
    servers_.push({end, server.id});
  }

  void set_window(SimulationRecord& record, bool timed) const {
    double last = 0;
    for (const EngineReport& report : reports_) last = std::max(last, report.clock_s);
    record.window.begin = {std::vector<EngineTotals>(reports_.size()), timed || measured_ > 0 ? arrivals_[measured_] : 0.0};
    record.window.end = {record.window.begin.totals, timed ? arrivals_.back() : last};
    if (record.window.end.at_s > record.window.begin.at_s) return;
    record.window.begin.at_s = 0, record.window.end.at_s = last;
  }

  /// Batches are known in full, so that their overlap with the window is exact.
  void set_rates(const SimulationRecord& record, SimulationSummary& s) const {
    const double from = record.window.begin.at_s, to = record.window.end.at_s, length = to - from;
    if (!(length > 0)) return;
    const auto inside = [&](double a, double b) { return std::max(std::min(b, to) - std::max(a, from), 0.0) / length; };
    for (const Span& span : spans_) {
      s.utilisation += inside(span.begin_s, span.end_s) / static_cast<double>(reports_.size());
      s.batch += inside(span.begin_s, span.end_s) * static_cast<double>(span.count);
    }
    for (const Job& job : jobs_) s.in_system += inside(job.entry_s, job.finish_s);
    s.output_tokens_per_s = 0;
  }

  const SimulationQuery& query_;
  std::span<const double> batch_s_;
  const BatchSettings& settings_;
  Delays delays_;
  std::vector<double> front_free_s_;
  std::vector<Job> jobs_;
  std::vector<double> arrivals_;
  std::vector<int> replicas_;
  std::vector<EngineReport> reports_;
  std::vector<Span> spans_;
  std::size_t most_ = 1, measured_ = 0, next_ = 0;
  Earliest<Entry> servers_, entries_;  ///< free from, by server; waiting or to come, by request
};

}  // namespace

SimulationResult simulate_batches(const SimulationQuery& query, std::span<const double> batch_s, const BatchSettings& settings) {
  SimulationResult nothing;
  if (query.requests.empty()) nothing.summary.stopped = "there are no requests";
  if (batch_s.empty()) nothing.summary.stopped = "there are no times of batches";
  return nothing.summary.stopped.empty() ? BatchRun(query, batch_s, settings).run() : nothing;
}

}  // namespace tonnage::capacity
