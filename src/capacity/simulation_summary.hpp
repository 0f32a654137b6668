// From a run's records to outcomes and a summary. Private to the module.
#pragma once

#include <span>
#include <vector>

#include "engine.hpp"
#include "tonnage/capacity/simulation.hpp"

namespace tonnage::capacity {

/// Delays outside of the engine, by request: log-normal with a mean and a coefficient of variation.
class Delays {
 public:
  Delays(const EngineSettings& settings, std::uint64_t seed);
  double front_end_s(std::size_t request) const { return draw(front_, front_mean_, front_sigma_, request); }
  /// When a request that is `ready_s` for the serial part of a front end has passed it; `free_s` is when that part has done
  /// all before it.
  double passed_s(double ready_s, int input_tokens, double& free_s) const;
  double output_s(std::size_t request) const { return draw(output_, output_mean_, output_sigma_, request); }

 private:
  static double draw(const RandomStream& stream, double mean, double sigma, std::size_t request);
  RandomStream front_, output_;
  double front_mean_, front_sigma_, output_mean_, output_sigma_;
  double token_s_, serial_s_, serial_token_s_;
};

/// The engines' totals at a point in time.
struct EngineMark {
  std::vector<EngineTotals> totals;
  double at_s = 0;
};

struct EngineWindow {
  EngineMark begin, end;
};

/// What an engine was and is at the end.
struct EngineReport {
  EngineTotals totals;
  double clock_s = 0, kv_blocks = 0, kv_peak = 0;
  bool stuck = false;
};
EngineReport report_of(const Engine& engine);

/// Jobs that share a queue or several alike, by group; a negative group has none.
struct QueueRecord {
  std::span<const Job> jobs;
  std::vector<int> groups;           ///< of each job; empty: all 0
};

struct SimulationRecord {
  std::span<const double> arrivals;  ///< when each request was sent
  std::span<const Job> jobs;         ///< of each request, from its first engine to its last
  const Delays& delays;
  int measured = 0;                  ///< requests before this one are warm-up
  std::vector<EngineReport> engines;
  EngineWindow window;
  std::vector<int> replicas;         ///< of each request; empty: all 0
  std::vector<QueueRecord> queues;   ///< those whose growth means saturation
};

/// Jobs of requests, not submitted yet.
std::vector<Job> jobs_of(std::span<const Request> requests);

SimulationResult summarise(const SimulationRecord& record);

}  // namespace tonnage::capacity
