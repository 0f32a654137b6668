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
  double output_s(std::size_t request) const { return draw(output_, output_mean_, output_sigma_, request); }

 private:
  static double draw(const RandomStream& stream, double mean, double sigma, std::size_t request);
  RandomStream front_, output_;
  double front_mean_, front_sigma_, output_mean_, output_sigma_;
};

/// The engines' totals at a point in time.
struct EngineMark {
  std::vector<EngineTotals> totals;
  double at_s = 0;
};

struct EngineWindow {
  EngineMark begin, end;
};

struct SimulationRecord {
  std::span<const Request> requests;
  std::span<const double> arrivals;  ///< when each was sent; in order
  std::span<const Job> jobs;
  const Delays& delays;
  int measured = 0;                  ///< requests before this one are warm-up
  bool grows = true;                 ///< whether a growing queue means saturation
  std::vector<const Engine*> engines;
  EngineWindow window;
  std::span<const int> replicas;     ///< of each request; empty: all 0
};

/// Jobs of requests, not submitted yet.
std::vector<Job> jobs_of(std::span<const Request> requests);

SimulationResult summarise(const SimulationRecord& record);

}  // namespace tonnage::capacity
