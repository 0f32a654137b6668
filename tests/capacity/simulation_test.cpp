#include "tonnage/capacity/simulation.hpp"

#include <cmath>
#include <cstring>
#include <numeric>

#include "models.hpp"
#include "test.hpp"
#include "tonnage/capacity/queueing.hpp"
#include "tonnage/core/random.hpp"

using namespace tonnage;
using namespace tonnage::capacity;

namespace {

/// Fixed part, a part by sequence, by context in the cache and by prompt token.
double plain_seconds(double n, double c, double p, double q) { return 5e-3 + 50e-6 * n + 5e-9 * n * c + 20e-6 * p + 1e-9 * p * q; }

StepTimes plain_times(int sequences = 256, double context = 8192) { return StepTimes({sequences, context, 2048}, plain_seconds); }

Traffic chat_traffic(double rate, double input = 600, double output = 150) {
  Traffic t;
  t.arrivals.rate_per_s = rate;
  t.input.mean = input, t.output.mean = output;
  return t;
}

SimulationResult run(const std::vector<Request>& requests, const EngineSettings& engine = {}, double warm_up = 0) {
  SimulationQuery query{requests};
  query.warm_up = warm_up;
  return simulate(query, plain_times(), engine);
}

long long output_tokens(const std::vector<Request>& requests) {
  long long sum = 0;
  for (const Request& r : requests) sum += r.output_tokens;
  return sum;
}

}  // namespace

TEST_CASE("a table of step times equals its model at samples and where it is linear", "[capacity]") {
  const StepTimes times = plain_times();
  for (const int n : {0, 1, 7, 31, 64, 100, 255, 256})
    for (const double c : {0.0, 300.0, 4096.0, 8192.0}) {
      CHECK(times.decode(n, c) == Approx(plain_seconds(n, c, 0, 0)).epsilon(1e-12));
      const StepTimes::Line line = times.decode_line(n, c);
      CHECK(line.value + 10 * line.slope == Approx(plain_seconds(n, c + 10, 0, 0)).epsilon(1e-12));
      for (const double p : {1.0, 5.0, 100.0, 2048.0}) CHECK(times.mixed(n, c, p, 500) == Approx(plain_seconds(n, c, p, 500)).epsilon(1e-12));
    }
  const StepTimes bad({4, 100, 100}, [](double, double, double, double) { return std::nan(""); });
  CHECK(bad.decode(2, 50) == 0);
}

TEST_CASE("a table follows the model of step times between its samples", "[capacity]") {
  Placement p;
  p.model = capacity::testing::mixtral_8x7b(), p.size = size_of(p.model), p.accelerator = capacity::testing::h100(), p.layout.tensor = 2;
  const auto seconds = [&](double n, double c, double f, double q) { return step_time(p, n, c, f, q).total_s; };
  const StepTimes times({256, 4096, 2048}, seconds);
  const RandomStream stream(3, "points");
  double worst = 0, sum = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const double n = std::floor(257 * stream.uniform(4 * i)), c = 4096 * stream.uniform(4 * i + 1);
    const double f = i % 2 == 0 ? 0 : std::floor(std::exp(std::log(2048.0) * stream.uniform(4 * i + 2))), q = 2000 * stream.uniform(4 * i + 3);
    const double error = std::abs((f > 0 ? times.mixed(static_cast<int>(n), c, f, q) : times.decode(static_cast<int>(n), c)) / seconds(n, c, f, q) - 1);
    worst = std::max(worst, error), sum += error;
  }
  std::printf("step table: mean error %.3f %%, worst %.2f %%\n", 100 * sum / 2000, 100 * worst);
  CHECK(sum / 2000 < 0.005);
  CHECK(worst < 0.05);
}

TEST_CASE("one request alone takes its prompt's steps and one step a token", "[capacity]") {
  EngineSettings engine;
  engine.max_batched_tokens = 512;
  engine.front_end_s = 0.01, engine.output_delay_s = 0.002;
  const std::vector<Request> requests{{1.0, 1000, 11, 0, -1}};
  const SimulationResult r = run(requests, engine);
  REQUIRE(r.requests.size() == 1);
  const double prefill = plain_seconds(0, 0, 512, 256) + plain_seconds(0, 0, 488, 512 + 244);
  double decode = 0;
  for (int i = 1; i <= 10; ++i) decode += plain_seconds(1, 1000 + i, 0, 0);
  CHECK(r.requests[0].ttft_s == Approx(0.012 + prefill));
  CHECK(r.requests[0].e2e_s == Approx(0.012 + prefill + decode));
  CHECK(r.requests[0].tpot_s == Approx(decode / 10));
  CHECK(r.summary.steps == 12);
  CHECK(r.summary.output_tokens == 11);
}

TEST_CASE("cached tokens cost no prefill but hold KV memory", "[capacity]") {
  EngineSettings engine;
  engine.kv_tokens = 1024;
  const SimulationResult hit = run({{0, 1000, 8, 900, -1}}, engine), miss = run({{0, 1000, 8, 0, -1}}, engine);
  CHECK(hit.requests[0].ttft_s == Approx(plain_seconds(0, 0, 100, 950)));
  CHECK(miss.requests[0].ttft_s == Approx(plain_seconds(0, 0, 1000, 500)));
  CHECK(hit.summary.kv_use_peak == miss.summary.kv_use_peak);
  CHECK(run({{0, 1000, 8, 1000, -1}}, engine).requests[0].ttft_s == Approx(plain_seconds(0, 0, 1, 999.5)));  // the last token is computed
}

TEST_CASE("steps joined in closed form equal steps one by one", "[capacity]") {
  for (const double rate : {0.5, 5.0, 20.0, 60.0})
    for (const double kv : {0.0, 40000.0}) {
      Traffic traffic = chat_traffic(rate);
      traffic.output.kind = LengthKind::lognormal, traffic.output.p95 = 500;
      const std::vector<Request> requests = make_requests(traffic, 400, 7);
      EngineSettings joined;
      joined.kv_tokens = kv, joined.front_end_s = 0.005, joined.front_end_cv = 1, joined.output_token_s = 1.2e-4;
      EngineSettings single = joined;
      single.join_steps = false;
      const SimulationResult a = run(requests, joined), b = run(requests, single);
      CHECK(a.summary.steps == b.summary.steps);
      CHECK(a.summary.preemptions == b.summary.preemptions);
      for (std::size_t i = 0; i < requests.size(); ++i) {
        REQUIRE(a.requests[i].ttft_s == Approx(b.requests[i].ttft_s).epsilon(1e-9));
        REQUIRE(a.requests[i].e2e_s == Approx(b.requests[i].e2e_s).epsilon(1e-9));
      }
      CHECK(a.summary.batch == Approx(b.summary.batch).epsilon(1e-9));
    }
}

TEST_CASE("Little's law holds in the simulator to 0.1 %", "[capacity]") {
  for (const double rate : {1.0, 10.0, 25.0}) {
    const std::vector<Request> requests = make_requests(chat_traffic(rate), 4000, 11);
    // Empty to empty: a last request long after the others closes the window when all have left.
    std::vector<Request> closed = requests;
    closed.push_back({requests.back().arrival_s + 1000, 1, 1, 0, -1});
    const SimulationResult r = run(closed);
    double sum = 0;
    for (std::size_t i = 0; i + 1 < r.requests.size(); ++i) sum += r.requests[i].e2e_s;
    CHECK(r.summary.in_system * r.summary.duration_s == Approx(sum).epsilon(1e-3));
    CHECK(r.summary.in_system * r.summary.duration_s == Approx(sum).epsilon(1e-9));
    // And in the middle of a long run, where edges matter little.
    const SimulationResult inner = run(requests, {}, 0.1);
    CHECK(inner.summary.in_system == Approx(inner.summary.request_rate_per_s * inner.summary.e2e_s.mean).epsilon(0.02));
  }
}

TEST_CASE("tokens are conserved and every request finishes, also through preemptions", "[capacity]") {
  for (const Prefill prefill : {Prefill::chunked, Prefill::whole, Prefill::first})
    for (const double drafts : {0.0, 3.0}) {
      Traffic traffic = chat_traffic(40, 300, 400);
      traffic.input.kind = LengthKind::lognormal, traffic.input.p95 = 900;
      const std::vector<Request> requests = make_requests(traffic, 600, 5);
      EngineSettings engine;
      engine.prefill = prefill, engine.draft_tokens = drafts;
      engine.kv_tokens = 30000;
      const SimulationResult r = run(requests, engine);
      CHECK(r.summary.preemptions > 0);
      CHECK(r.summary.stopped.empty());
      CHECK(r.summary.refused == 0);
      CHECK(r.summary.output_tokens == output_tokens(requests));
      CHECK(r.summary.kv_use_peak <= 1 + 1e-9);
      int preempted = 0;
      for (const RequestOutcome& o : r.requests) {
        CHECK(o.finished);
        CHECK(o.ttft_s > 0);
        CHECK(o.e2e_s >= o.ttft_s);
        preempted += o.preemptions;
      }
      CHECK(preempted == r.summary.preemptions);
    }
}

TEST_CASE("a request that the KV cache cannot hold is refused, the others run", "[capacity]") {
  EngineSettings engine;
  engine.kv_tokens = 1000;
  const SimulationResult r = run({{0, 500, 10, 0, -1}, {0, 990, 100, 0, -1}, {0, 100, 10, 0, -1}}, engine);
  CHECK(r.requests[0].finished);
  CHECK_FALSE(r.requests[1].finished);
  CHECK(r.requests[2].finished);
  CHECK(r.summary.refused == 1);
}

TEST_CASE("the limit of steps ends a simulation with a statement", "[capacity]") {
  EngineSettings engine;
  engine.max_steps = 50;
  const SimulationResult r = run(make_requests(chat_traffic(5), 100, 1), engine);
  CHECK(r.summary.stopped == "stopped after 50 steps with 0 of 100 requests finished");
  CHECK(simulate({}, plain_times(), {}).summary.stopped == "there are no requests");
}

TEST_CASE("the same seed gives the same bytes, another seed others", "[capacity]") {
  Traffic traffic = chat_traffic(10);
  traffic.arrivals.kind = ArrivalKind::gamma, traffic.arrivals.cv = 2.5;
  const auto bytes = [&](std::uint64_t seed) {
    const std::vector<Request> requests = make_requests(traffic, 500, seed);
    return run(requests).requests;
  };
  const auto a = bytes(1), b = bytes(1), c = bytes(2);
  CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0);
  CHECK(a.back().e2e_s != c.back().e2e_s);
}

TEST_CASE("latency rises with load; overload is told, a closed loop and an offline run are none", "[capacity]") {
  double last_ttft = 0, last_tpot = 0;
  for (const double rate : {1.0, 5.0, 10.0, 15.0, 20.0, 25.0}) {
    const SimulationSummary s = run(make_requests(chat_traffic(rate), 2000, 3), {}, 0.1).summary;
    CHECK(s.ttft_s.mean > last_ttft);
    CHECK(s.tpot_s.mean > last_tpot);
    CHECK_FALSE(s.saturated);
    last_ttft = s.ttft_s.mean, last_tpot = s.tpot_s.mean;
  }
  const SimulationSummary over = run(make_requests(chat_traffic(120), 2000, 3), {}, 0.1).summary;
  CHECK(over.saturated);
  CHECK(over.growth > 100);
  const std::vector<Request> requests = make_requests(chat_traffic(1), 500, 3);
  SimulationQuery loop{requests, ArrivalKind::closed};
  loop.concurrency = 32, loop.warm_up = 0.2;
  const SimulationSummary closed = simulate(loop, plain_times(), {}).summary;
  CHECK_FALSE(closed.saturated);
  CHECK(closed.in_system == Approx(32).epsilon(0.01));
  // Closed loop: concurrency = throughput x residence.
  CHECK(closed.request_rate_per_s * closed.e2e_s.mean == Approx(32).epsilon(0.05));
  const SimulationSummary offline = simulate({requests, ArrivalKind::offline}, plain_times(), {}).summary;
  CHECK_FALSE(offline.saturated);
  CHECK(offline.utilisation == Approx(1));
  CHECK(offline.output_tokens_per_s == Approx(static_cast<double>(output_tokens(requests)) / offline.end_s));
}

TEST_CASE("prompts first stalls decodes, chunks do not", "[capacity]") {
  const std::vector<Request> requests = make_requests(chat_traffic(15, 1500, 100), 500, 9);
  EngineSettings first;
  first.prefill = Prefill::first;
  const SimulationSummary stalled = run(requests, first).summary, chunked = run(requests).summary;
  CHECK(stalled.tpot_s.p99 > chunked.tpot_s.p99);
}

TEST_CASE("a scheduler that looks for requests now and then lets them wait for it, not for longer", "[capacity]") {
  // A long answer decodes all the while; short ones come in one by one.
  std::vector<Request> requests{{0, 100, 4000, 0, -1}};
  for (int i = 1; i <= 40; ++i) requests.push_back({0.337 * i, 100, 2, 0, -1});
  const auto ttft = [&](EngineSettings engine) {
    double sum = 0, most = 0;
    const std::vector<RequestOutcome> out = run(requests, engine).requests;
    for (std::size_t i = 1; i < out.size(); ++i) sum += out[i].ttft_s, most = std::max(most, out[i].ttft_s);
    return std::pair(sum / 40, most);
  };
  EngineSettings now, seldom;
  seldom.poll_steps = 20;
  const double step = plain_seconds(1, 150, 0, 0);
  CHECK(ttft(seldom).first - ttft(now).first == Approx(9.5 * step).epsilon(0.15));
  CHECK(ttft(seldom).second < ttft(now).second + 20.5 * step);
  EngineSettings one_by_one = seldom;
  one_by_one.join_steps = false;
  CHECK(ttft(one_by_one).first == Approx(ttft(seldom).first).epsilon(1e-9));
}

TEST_CASE("an output side that is slower than the steps holds tokens back, and in a closed loop the requests with them", "[capacity]") {
  const std::vector<Request> requests(320, Request{0, 100, 200, 0, -1});
  SimulationQuery query{requests};
  query.arrivals = ArrivalKind::closed, query.concurrency = 32;
  const auto loop = [&](double token_s) {
    EngineSettings engine;
    engine.output_token_s = token_s;
    return simulate(query, plain_times(), engine).summary;
  };
  const SimulationSummary free = loop(0), fast = loop(1e-4), slow = loop(5e-4);  // a step of 32 takes 6.6 ms
  CHECK(fast.ttft_s.mean > free.ttft_s.mean);
  CHECK(fast.tpot_s.mean == Approx(free.tpot_s.mean).epsilon(0.02));
  CHECK(slow.e2e_s.mean == Approx(32 * 200 * 5e-4).epsilon(0.1));
  CHECK(slow.batch < 0.6 * free.batch);                                         // the others wait for their answers to be given out
  CHECK(static_cast<double>(slow.output_tokens) / slow.end_s == Approx(1 / 5e-4).epsilon(0.05));
}

TEST_CASE("a cold engine compiles in its first step, or in the first that is full", "[capacity]") {
  const std::vector<Request> alone(4, Request{0, 1000, 20, 0, -1}), crowd(12, Request{0, 1000, 20, 0, -1});
  EngineSettings engine;
  engine.prefill = Prefill::first, engine.max_batched_tokens = 4096, engine.cold_start_s = 10;
  const auto first = [&](const std::vector<Request>& requests) { return run(requests, engine).requests[0].ttft_s; };
  CHECK(first(alone) > 10);
  CHECK(first(crowd) > 10);
  engine.cold_when_full = true;
  CHECK(first(alone) < 1);
  CHECK(first(crowd) > 10);
}

TEST_CASE("prompts that wait for company go when enough have come, or after the last step that they wait", "[capacity]") {
  std::vector<Request> requests{{0, 100, 4000, 0, -1}, {1, 100, 2, 0, -1}, {5, 100, 2, 0, -1}, {5.01, 100, 2, 0, -1}};
  EngineSettings engine;
  engine.gather_steps = 30, engine.gather_tokens = 200;
  const std::vector<RequestOutcome> waits = run(requests, engine).requests, goes = run(requests).requests;
  const double step = plain_seconds(1, 400, 0, 0);
  CHECK(waits[0].ttft_s == Approx(goes[0].ttft_s));                                             // nobody decodes
  CHECK(waits[1].ttft_s - goes[1].ttft_s == Approx(30 * step).epsilon(0.05));                  // nobody else comes
  CHECK(waits[2].start_s == waits[3].start_s);
  CHECK(waits[3].ttft_s < goes[3].ttft_s + 1.5 * step);                                        // the second completes the company
  engine.join_steps = false;
  CHECK(run(requests, engine).requests[1].ttft_s == Approx(waits[1].ttft_s).epsilon(1e-9));
}

TEST_CASE("speculative decoding shortens the time per token by the expected tokens of a step", "[capacity]") {
  CHECK(tokens_per_step(3, 0.7) == Approx((1 - std::pow(0.7, 4)) / 0.3));
  CHECK(tokens_per_step(0, 0.7) == 1);
  CHECK(tokens_per_step(4, 1) == 5);
  std::vector<Request> requests;
  for (int i = 0; i < 200; ++i) requests.push_back({10.0 * i, 100, 401, 0, -1});
  EngineSettings engine;
  engine.draft_tokens = 3;
  const SimulationSummary drafted = run(requests, engine).summary;
  const double step = 5e-3 + 50e-6;
  CHECK(drafted.tpot_s.mean == Approx(step / tokens_per_step(3, 0.7)).epsilon(0.01));
  CHECK(drafted.tpot_s.p99 > 1.05 * drafted.tpot_s.mean);
}
