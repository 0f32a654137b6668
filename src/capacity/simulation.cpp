#include "tonnage/capacity/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine.hpp"
#include "simulation_summary.hpp"

namespace tonnage::capacity {
namespace {

constexpr double forever = std::numeric_limits<double>::infinity();

/// One run of one engine.
class ReplicaRun {
 public:
  ReplicaRun(const SimulationQuery& query, const StepTimes& times, const EngineSettings& settings)
      : query_(query), delays_(settings, query.seed), jobs_(jobs_of(query.requests)), engine_(times, settings, jobs_, query.seed) {
    measured_ = static_cast<int>(std::clamp(query.warm_up, 0.0, 0.99) * static_cast<double>(jobs_.size()));
  }

  SimulationResult run() {
    arrivals_.resize(jobs_.size());
    if (query_.arrivals == ArrivalKind::closed) closed();
    else open();
    const bool grows = query_.arrivals != ArrivalKind::closed && query_.arrivals != ArrivalKind::offline;
    return summarise({query_.requests, arrivals_, jobs_, delays_, measured_, grows, {&engine_}, window_, {}});
  }

 private:
  std::size_t size() const { return jobs_.size(); }

  /// Enters request i, which was sent at `arrival`.
  void enter(std::size_t i, double arrival) {
    Job& job = jobs_[i];
    arrivals_[i] = arrival;
    job.entry_s = arrival + delays_.front_end_s(i);
    if (engine_.fits(job.input, job.output)) engine_.submit(static_cast<int>(i));
  }

  void mark(EngineMark& mark, double at) { mark = {{engine_.totals()}, std::max(engine_.clock_s(), at)}; }

  void open() {
    const bool offline = query_.arrivals == ArrivalKind::offline;
    for (std::size_t i = 0; i < size(); ++i) enter(i, offline ? 0.0 : query_.requests[i].arrival_s);
    if (!offline && size() > 1) {
      const double first = arrivals_[static_cast<std::size_t>(measured_)], last = arrivals_.back();
      engine_.advance(first);
      mark(window_.begin, first);
      engine_.advance(last);
      mark(window_.end, last);
    }
    engine_.advance(forever);
    if (window_.end.at_s <= window_.begin.at_s) whole_window();
  }

  void closed() {
    const std::size_t first = std::min(size(), static_cast<std::size_t>(std::max(query_.concurrency, 1)));
    for (std::size_t i = 0; i < first; ++i) enter(i, query_.ramp_s * static_cast<double>(i) / static_cast<double>(first));
    std::size_t next = first;
    while (next < size()) {
      engine_.finished().clear();
      engine_.advance(forever, true);
      if (engine_.finished().empty()) break;
      for (const int id : engine_.finished()) {
        if (next >= size()) break;
        const auto i = static_cast<std::size_t>(id);
        if (next == static_cast<std::size_t>(measured_)) mark(window_.begin, 0);
        enter(next++, jobs_[i].finish_s + delays_.output_s(i));
      }
    }
    mark(window_.end, 0);
    engine_.advance(forever);
    if (window_.end.at_s <= window_.begin.at_s) whole_window();
  }

  void whole_window() {
    window_ = {};
    window_.begin.totals.resize(1);
    mark(window_.end, 0);
  }

  const SimulationQuery& query_;
  Delays delays_;
  std::vector<Job> jobs_;
  std::vector<double> arrivals_;
  int measured_ = 0;
  Engine engine_;
  EngineWindow window_;
};

}  // namespace

SimulationResult simulate(const SimulationQuery& query, const StepTimes& times, const EngineSettings& settings) {
  if (query.requests.empty() || times.empty()) {
    SimulationResult nothing;
    nothing.summary.stopped = query.requests.empty() ? "there are no requests" : "there are no step times";
    return nothing;
  }
  return ReplicaRun(query, times, settings).run();
}

}  // namespace tonnage::capacity
