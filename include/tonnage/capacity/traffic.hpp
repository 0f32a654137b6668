// Requests to simulate: when they arrive and how long they are, made from a seed.
#pragma once

#include <cstdint>
#include <vector>

namespace tonnage::capacity {

/// One request. Tokens are at least 1 (output) and 0 (input).
struct Request {
  double arrival_s = 0;    ///< at the front end; ignored in a closed loop
  int input_tokens = 0;
  int output_tokens = 1;
  int cached_tokens = 0;   ///< of the input, found in the prefix cache: no prefill, but KV memory
  int prefix_group = -1;   ///< requests of a group share their first `cached_tokens`; -1: none
};

enum class ArrivalKind { constant, poisson, gamma, closed, offline, trace };

struct Arrivals {
  ArrivalKind kind = ArrivalKind::poisson;
  double rate_per_s = 1;   ///< constant, poisson, gamma
  double cv = 1;           ///< gamma: coefficient of variation of the time between arrivals; 1 is Poisson
  int concurrency = 1;     ///< closed: requests in flight; a finished one is replaced at once
  double ramp_s = 0;       ///< closed: time over which the first ones start
};

enum class LengthKind { fixed, uniform, lognormal };

struct Lengths {
  LengthKind kind = LengthKind::fixed;
  double mean = 1;         ///< fixed: the length; lognormal: the mean; uniform: the highest, x
  double low_share = 0.8;  ///< uniform on [low_share x, x], whole tokens
  double p95 = 0;          ///< lognormal: 95th percentile, at most 3.87 times the mean; 0 or below the mean: fixed
};

/// A point of an empirical distribution of total tokens a request.
struct LengthPoint {
  double tokens = 0;       ///< at most so many ...
  double share = 0;        ///< ... in this share of the requests; both rise, the last is 1
};

struct Traffic {
  Arrivals arrivals;
  Lengths input, output;
  std::vector<LengthPoint> totals;   ///< when not empty, replaces `input` and `output`: linear between points, from (0, 0)
  double output_share = 0.2;         ///< of the total, with `totals`
  double cached_share = 0;           ///< of the input, found in the prefix cache
  int prefix_groups = 0;             ///< requests choose one of so many prefixes at random; 0: none
  int longest_tokens = 0;            ///< input and output together are cut to this; 0: not
};

/// `count` requests in order of arrival. The i-th depends on seed, traffic and i alone, and so does each gap between arrivals.
/// Gamma gaps by Marsaglia & Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000).
/// Closed and offline: all arrive at 0. Kind `trace` has no generator: the requests are the trace.
std::vector<Request> make_requests(const Traffic& traffic, int count, std::uint64_t seed);

}  // namespace tonnage::capacity
