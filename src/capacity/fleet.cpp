#include "tonnage/capacity/fleet.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "router.hpp"
#include "simulation_summary.hpp"

namespace tonnage::capacity {
namespace {

constexpr double forever = std::numeric_limits<double>::infinity();

/// A request that reaches the router of a stage.
struct Event {
  double at_s;
  int id, stage;
  bool operator>(const Event& o) const { return at_s != o.at_s ? at_s > o.at_s : (stage != o.stage ? stage < o.stage : id > o.id); }
};

/// Replicas behind one router: whole requests, or prompts, or their decoding.
struct Stage {
  Stage(const std::vector<ReplicaSpec>& replicas, Routing routing, std::vector<Job> all, std::uint64_t seed)
      : specs(replicas), jobs(std::move(all)), replica_of(jobs.size(), -1), link_free_s(replicas.size(), 0.0), front_free_s(replicas.size(), 0.0) {
    for (const ReplicaSpec& spec : specs) engines.push_back(std::make_unique<Engine>(*spec.times, spec.engine, jobs, seed));
    router = std::make_unique<Router>(routing, specs, engines);
  }

  void advance(double until_s) {
    for (const auto& engine : engines)
      if (engine->next_step_s() < until_s) engine->advance(until_s);
  }

  const std::vector<ReplicaSpec>& specs;
  std::vector<Job> jobs;
  std::vector<int> replica_of;
  std::vector<double> link_free_s;  ///< of each replica, when its link has sent all
  std::vector<double> front_free_s; ///< of each replica, when its front end has done all so far
  std::vector<std::unique_ptr<Engine>> engines;
  std::unique_ptr<Router> router;
};

class FleetRun {
 public:
  explicit FleetRun(const FleetQuery& query)
      : query_(query), load_(query.load), delays_(query.replicas.front().engine, load_.seed), arrivals_(load_.requests.size(), 0.0) {
    measured_ = static_cast<int>(std::clamp(load_.warm_up, 0.0, 0.99) * static_cast<double>(size()));
    std::vector<Job> jobs = jobs_of(load_.requests);
    if (split()) {
      std::vector<Job> prompts = jobs;
      for (Job& prompt : prompts) prompt.output = 1;
      for (Job& job : jobs) job.cached = job.input, job.keeps_cached = false;
      stages_.push_back(std::make_unique<Stage>(query.replicas, query.routing, std::move(prompts), load_.seed));
      stages_.push_back(std::make_unique<Stage>(query.decode_replicas, query.decode_routing, std::move(jobs), load_.seed));
    } else {
      stages_.push_back(std::make_unique<Stage>(query.replicas, query.routing, std::move(jobs), load_.seed));
    }
  }

  FleetResult run() {
    if (load_.arrivals == ArrivalKind::closed) closed();
    else open();
    if (window_.end.at_s <= window_.begin.at_s) whole_window();
    return result();
  }

 private:
  std::size_t size() const { return load_.requests.size(); }
  bool split() const { return !query_.decode_replicas.empty(); }

  /// When a request is at the router: each replica has a front end of its own behind it.
  double routed_s(std::size_t i) const { return arrivals_[i] + delays_.front_end_s(i); }

  /// Routes a request; false when no replica can hold it.
  bool enter(const Event& event) {
    Stage& stage = *stages_[static_cast<std::size_t>(event.stage)];
    const auto i = static_cast<std::size_t>(event.id);
    Job& job = stage.jobs[i];
    job.entry_s = event.at_s;
    const int replica = stage.router->choose(load_.requests[i], job);
    if (replica < 0) return false;
    stage.replica_of[i] = replica;
    if (event.stage == 0) job.entry_s = delays_.passed_s(event.at_s, job.input, stage.front_free_s[static_cast<std::size_t>(replica)]);
    if (event.stage == 0) job.cached = std::min(stage.router->cached(replica, load_.requests[i]), job.input);
    stage.engines[static_cast<std::size_t>(replica)]->submit(event.id);
    return true;
  }

  EngineMark mark(double at) const {
    EngineMark out;
    out.at_s = at;
    for (const auto& stage : stages_)
      for (const auto& engine : stage->engines) out.totals.push_back(engine->totals());
    return out;
  }

  /// When the KV cache of a prompt that stage 0 finished is with the decode stage.
  double transferred_s(std::size_t i) {
    Stage& stage = *stages_[0];
    double& free_s = stage.link_free_s[static_cast<std::size_t>(stage.replica_of[i])];
    const KvTransfer& t = query_.transfer;
    const double bytes = t.bytes_per_token * stage.jobs[i].input;
    free_s = std::max(free_s, stage.jobs[i].finish_s) + (t.bandwidth_bytes_per_s > 0 ? bytes / t.bandwidth_bytes_per_s : 0);
    return free_s + t.latency_s;
  }

  // ---- arrivals that do not depend on what happens: one stage after the other ----

  void open() {
    const bool offline = load_.arrivals == ArrivalKind::offline;
    std::vector<Event> events;
    for (std::size_t i = 0; i < size(); ++i) {
      arrivals_[i] = offline ? 0.0 : load_.requests[i].arrival_s;
      events.push_back({routed_s(i), static_cast<int>(i), 0});
    }
    window_.begin = {{}, offline ? 0 : arrivals_[static_cast<std::size_t>(measured_)]};
    window_.end = {{}, offline ? 0 : arrivals_.back()};
    pass(*stages_[0], events);
    if (split()) pass(*stages_[1], transfers());
  }

  std::vector<Event> transfers() {
    Stage& prompts = *stages_[0];
    std::vector<int> order;
    for (std::size_t i = 0; i < size(); ++i)
      if (prompts.jobs[i].finish_s >= 0) order.push_back(static_cast<int>(i));
    const auto finish = [&](int id) { return prompts.jobs[static_cast<std::size_t>(id)].finish_s; };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return finish(a) < finish(b); });
    std::vector<Event> events;
    for (const int id : order) events.push_back({transferred_s(static_cast<std::size_t>(id)), id, 1});
    return events;
  }

  void pass(Stage& stage, std::vector<Event> events) {
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return b > a; });
    int marks = 0;
    const auto reach = [&](double at) {
      for (; marks < 2 && at >= (marks == 0 ? window_.begin : window_.end).at_s; ++marks) {
        EngineMark& edge = marks == 0 ? window_.begin : window_.end;
        stage.advance(edge.at_s);
        for (const auto& engine : stage.engines) edge.totals.push_back(engine->totals());
      }
    };
    for (const Event& event : events) {
      reach(event.at_s);
      if (stage.router->looks()) stage.advance(event.at_s);
      enter(event);
    }
    reach(forever);
    stage.advance(forever);
  }

  // ---- closed loop: what finishes is replaced ----

  void closed() {
    window_.begin = mark(0);
    const std::size_t first = std::min(size(), static_cast<std::size_t>(std::max(load_.concurrency, 1)));
    for (next_ = 0; next_ < first; ++next_) send(load_.ramp_s * static_cast<double>(next_) / static_cast<double>(first), next_);
    for (;;) {
      const Next next = earliest();
      const double at = events_.empty() ? forever : events_.front().at_s;
      if (at == forever && next.engine == nullptr) return;
      if (at <= next.begin_s) {
        std::pop_heap(events_.begin(), events_.end(), std::greater<>());
        const Event event = events_.back();
        events_.pop_back();
        if (!enter(event)) replace(event.at_s);
        continue;
      }
      next.engine->finished().clear();
      next.engine->advance(std::max(std::min(at, next.other_s), std::nextafter(next.begin_s, forever)), true);
      for (const int id : next.engine->finished()) ended(next.stage, static_cast<std::size_t>(id));
      if (next.engine->stuck()) return;
    }
  }

  struct Next {
    Engine* engine = nullptr;
    int stage = 0;
    double begin_s = forever;
    double other_s = forever;  ///< when the next of the other engines begins a step
  };

  /// The engine whose next step begins first. What it does depends on nothing that another has yet to do.
  Next earliest() const {
    Next next;
    for (std::size_t s = 0; s < stages_.size(); ++s)
      for (const auto& engine : stages_[s]->engines) {
        const double begin = engine->next_step_s();
        if (begin < next.begin_s) next = {engine.get(), static_cast<int>(s), begin, next.begin_s};
        else next.other_s = std::min(next.other_s, begin);
      }
    return next;
  }

  void push(const Event& event) {
    events_.push_back(event);
    std::push_heap(events_.begin(), events_.end(), std::greater<>());
  }

  void send(double arrival, std::size_t i) {
    arrivals_[i] = arrival;
    push({routed_s(i), static_cast<int>(i), 0});
  }

  void replace(double at) {
    if (next_ >= size()) return;
    if (next_ == static_cast<std::size_t>(measured_)) window_.begin = mark(at);
    send(at, next_);
    if (++next_ == size()) window_.end = mark(at);
  }

  void ended(int stage, std::size_t i) {
    const Job& job = stages_[static_cast<std::size_t>(stage)]->jobs[i];
    if (job.turned_away) replace(job.entry_s);
    else if (split() && stage == 0) push({transferred_s(i), static_cast<int>(i), 1});
    else replace(job.finish_s + delays_.output_s(i));
  }

  // ---- the end ----

  void whole_window() {
    double last = 0;
    for (const auto& stage : stages_)
      for (const auto& engine : stage->engines) last = std::max(last, engine->clock_s());
    window_.end = mark(last);
    window_.begin = {std::vector<EngineTotals>(window_.end.totals.size()), 0};
  }

  /// Jobs by pool of replicas, for their queues.
  static QueueRecord queue_of(const Stage& stage) {
    QueueRecord queue{stage.jobs, {}};
    std::vector<int> lengths;
    for (const ReplicaSpec& spec : stage.specs)
      if (std::find(lengths.begin(), lengths.end(), spec.longest_tokens) == lengths.end()) lengths.push_back(spec.longest_tokens);
    if (lengths.size() < 2) return queue;
    for (const int replica : stage.replica_of) {
      const auto at = replica < 0 ? lengths.end() : std::find(lengths.begin(), lengths.end(), stage.specs[static_cast<std::size_t>(replica)].longest_tokens);
      queue.groups.push_back(at == lengths.end() ? -1 : static_cast<int>(at - lengths.begin()));
    }
    return queue;
  }

  /// Each request from its first engine to its last.
  std::vector<Job> merged() const {
    std::vector<Job> jobs = stages_.back()->jobs;
    if (!split()) return jobs;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const Job& prompt = stages_[0]->jobs[i];
      jobs[i].entry_s = prompt.entry_s;
      jobs[i].start_s = prompt.start_s;
      jobs[i].turned_away = jobs[i].turned_away || prompt.turned_away;
    }
    return jobs;
  }

  FleetResult result() {
    const std::vector<Job> jobs = merged();
    SimulationRecord record{arrivals_, jobs, delays_, measured_, {}, window_, {}, {}};
    int offset = 0;
    for (const auto& stage : stages_) {
      for (const auto& engine : stage->engines) record.engines.push_back(report_of(*engine));
      if (load_.arrivals != ArrivalKind::closed && load_.arrivals != ArrivalKind::offline) record.queues.push_back(queue_of(*stage));
      if (stage == stages_.back())
        for (const int replica : stage->replica_of) record.replicas.push_back(std::max(replica, 0) + offset);
      offset += static_cast<int>(stage->engines.size());
    }
    FleetResult out;
    out.all = summarise(record);
    out.replicas = replica_reports(record);
    out.prefix_hits = stages_[0]->router->prefix_hits();
    std::size_t before = 0;
    for (const auto& stage : stages_) {
      for (std::size_t i = 0; i < size(); ++i)
        if (stage->jobs[i].finish_s >= 0) ++out.replicas[before + static_cast<std::size_t>(stage->replica_of[i])].requests;
      before += stage->engines.size();
    }
    return out;
  }

  std::vector<ReplicaReport> replica_reports(const SimulationRecord& record) const {
    std::vector<ReplicaReport> reports(record.engines.size());
    const double duration = window_.end.at_s - window_.begin.at_s;
    for (std::size_t e = 0; e < reports.size() && duration > 0; ++e) {
      const EngineTotals &begin = window_.begin.totals[e], &end = window_.end.totals[e];
      const double busy = end.busy_s - begin.busy_s, running = end.running_s - begin.running_s;
      const double kv = (end.kv_blocks_s - begin.kv_blocks_s) / duration / record.engines[e].kv_blocks;  // 0 over infinite
      reports[e] = {0, busy / duration, running / duration, (end.tokens - begin.tokens) / duration, kv, busy > 0 ? running / busy : 0, record.engines[e].totals.preemptions};
    }
    return reports;
  }

  const FleetQuery& query_;
  const SimulationQuery& load_;
  Delays delays_;
  std::vector<double> arrivals_;
  int measured_ = 0;
  std::vector<std::unique_ptr<Stage>> stages_;
  EngineWindow window_;
  std::vector<Event> events_;  ///< heap
  std::size_t next_ = 0;       ///< closed loop: the request to be sent next
};

}  // namespace

FleetResult simulate_fleet(const FleetQuery& query) {
  FleetResult nothing;
  std::string& why = nothing.all.summary.stopped;
  if (query.replicas.empty()) why = "there are no replicas";
  for (const auto* replicas : {&query.replicas, &query.decode_replicas})
    for (const ReplicaSpec& replica : *replicas)
      if (replica.times == nullptr || replica.times->empty()) why = "there are no step times";
  if (query.load.requests.empty()) why = "there are no requests";
  return why.empty() ? FleetRun(query).run() : nothing;
}

}  // namespace tonnage::capacity
