// Steps that take in prompts while others decode: their mean time at a load, and how long a prompt takes. Private to the module.
//
// Prompt tokens come in lumps: whole prompts, or chunks of the step's budget for longer ones. A step takes in what arrived
// during the one before, up to the budget. Averaging the tokens before the time of a step is taken would hide the steps that
// a whole prompt makes compute-bound.
#pragma once

#include <functional>
#include <vector>

#include "tonnage/capacity/queueing.hpp"

namespace tonnage::capacity {

class PromptSteps {
 public:
  /// `seconds(n, p)`: time of a step with n sequences and p prompt tokens. `fresh`: tokens of a prompt that have to be
  /// computed, by stratum. `budget`: tokens of a step, decodes included.
  PromptSteps(const std::function<double(double, double)>& seconds, std::vector<Stratum> fresh, int limit, double budget);
  PromptSteps() = default;

  /// Time of a step by the number of sequences, 0 to the limit, while requests arrive at `load`.
  struct Curve {
    std::vector<double> seconds;     ///< mean
    std::vector<double> deviation;   ///< standard deviation: steps with prompts are longer
    bool overloaded = false;         ///< prompts arrive faster than steps take them in
  };
  Curve curve(double load) const;

  /// From a request's arrival at the engine, which has a slot for it, to its first token, beside n sequences: the rest of
  /// the step under way, those ahead, its own prompt. A few dozen points, rising.
  struct Point {
    double seconds = 0, weight = 0;
  };
  std::vector<Point> first_token(double n, double load) const;

  /// The same in an idle engine.
  std::vector<Point> alone() const;

 private:
  struct Row {
    double n = 0, budget = 1;
    double per_request = 0, lump = 0;    ///< lumps of a request, tokens of a lump on average
    double queued_per_request = 0, queued_lump = 0;  ///< the same when lumps stand in line
    std::vector<double> by_lumps;        ///< time of a step with 0, 1, 2, ... lumps
    std::vector<Stratum> lumps;          ///< share of the lumps, tokens
    std::vector<double> tokens, seconds; ///< samples of the step's time, rising from 0 to the budget
    double at(double prompt_tokens) const;
    double of_lumps(double count) const;
  };
  double mean_step(const Row& row, double load, double guess, double& deviation, bool& overloaded) const;
  Row between(double n) const;
  std::vector<double> backlog(const Row& row, double load) const;

  std::vector<Stratum> fresh_;
  std::vector<Row> rows_;
  int limit_ = 0;
};

}  // namespace tonnage::capacity
