// One simulated engine: the scheduler's state and its steps. Private to the module.
#pragma once

#include <cmath>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "tonnage/capacity/simulation.hpp"
#include "tonnage/core/random.hpp"

namespace tonnage::capacity {

/// A request on its way through an engine.
struct Job {
  double entry_s = 0;           ///< reaches the engine's queue
  double start_s = -1;          ///< its first step begins
  double first_token_s = -1;    ///< end of the step that gave the first token
  double finish_s = -1;         ///< end of the step that gave the last token
  long long decode_start = 0;   ///< decode steps of the engine when it began to decode
  int input = 0, output = 1;    ///< tokens
  int cached = 0;               ///< of the input
  int prompt = 0;               ///< tokens to be in the KV cache before it decodes: the input, and what a preemption lost
  int computed = 0;             ///< of the prompt, in the KV cache
  int generated = 0;            ///< output tokens when it began to decode
  int decode_steps = 0;         ///< from there to its end
  int before = -1, after = -1;  ///< neighbours in order of admission
  int version = 0;              ///< counts preemptions
  bool keeps_cached = true;     ///< its cached tokens are still there after a preemption
  bool turned_away = false;     ///< found the queue full
};

/// What an engine has done so far; differences of two are what it did in between.
struct EngineTotals {
  double busy_s = 0;            ///< time with a step under way
  double running_s = 0;         ///< integral of running requests
  double in_system_s = 0;       ///< the same with those that wait
  double kv_blocks_s = 0;       ///< integral of KV blocks in use
  double tokens = 0;            ///< output tokens
  long long steps = 0, preemptions = 0;
};

class Engine {
 public:
  /// `jobs` outlives the engine and is shared by the engines of a fleet: each holds other jobs.
  Engine(const StepTimes& times, const EngineSettings& settings, std::vector<Job>& jobs, std::uint64_t seed);

  /// Whether a request of so many tokens fits into the KV cache at all.
  bool fits(int input, int output) const;
  /// Puts a job that fits into the queue at its `entry_s`, which is not before the engine's last step began.
  void submit(int id);
  /// Runs all steps that begin before `until_s`; with `until_finish` at most up to the first that finishes a request.
  void advance(double until_s, bool until_finish = false);

  double clock_s() const { return clock_; }         ///< end of the last step
  /// When the next step begins; infinite when there is nothing to do.
  double next_step_s() const;
  int outstanding() const { return running_ + static_cast<int>(waiting_.size()); }
  double outstanding_tokens() const { return outstanding_tokens_; }  ///< input and output tokens of outstanding jobs
  const EngineTotals& totals() const { return totals_; }
  double kv_blocks() const { return blocks_; }      ///< of the cache; infinite without a limit
  double kv_peak() const { return peak_; }          ///< most blocks in use
  bool stuck() const { return stuck_; }             ///< stopped at the limit of steps
  std::vector<int>& finished() { return finished_; }  ///< jobs finished or turned away since it was last cleared

 private:
  struct Finish {
    long long step;
    int id, version;
    bool operator>(const Finish& o) const { return step != o.step ? step > o.step : id > o.id; }
  };
  struct Chunk {
    int id, tokens;
  };

  bool drafting() const { return per_step_ > 1; }
  double held_by_prompt(int tokens) const { return std::ceil(static_cast<double>(tokens) / block_); }
  double held_by_decoder(double tokens) const;
  double growth() const;        ///< blocks that the decoding requests need for the next step
  std::size_t phase_of(const Job& job) const;
  int prompt_room() const;      ///< prompt tokens that the step can still take
  bool gathers() const;         ///< prompts wait for others to come

  void look_for_arrivals();
  void see_arrivals();
  void turn_away();
  bool step(double until_s);
  void make_room();
  void continue_prompt();
  void admit();
  bool admit_front();
  void add_chunk(int id, int tokens);
  void preempt_newest();
  void mixed_step(bool decodes);
  void decode_steps(double until_s);
  long long joined_steps(double until_s, const StepTimes::Line& line) const;
  void pass(double seconds, long long steps);
  void end_chunks();
  void end_decodes();
  void begin_decoding(int id);
  void finish(int id);
  void give_out(double first_s, double last_s, double answers, double steps);
  double given_out_s() const;   ///< when the client's side gets what the last step made
  void append(int id);
  void unlink(int id);
  void drop_stale();

  const StepTimes& times_;
  const EngineSettings settings_;
  std::vector<Job>& jobs_;
  RandomStream drafts_;
  double per_step_ = 1, per_step_sd_ = 0;  ///< tokens that a sequence gets in a step
  int block_ = 16;
  double blocks_;               ///< KV blocks there are
  double clock_ = 0;
  long long decode_step_ = 0;   ///< steps in which decoding requests got a token
  std::deque<int> waiting_;     ///< by entry; preempted ones first
  std::size_t visible_ = 0;     ///< of waiting_, those that have entered by now
  int running_ = 0;             ///< decoding, and the prompts begun
  int decoding_ = 0;
  int partial_ = -1;            ///< the prompt that is begun and not complete
  int newest_ = -1;             ///< last of the list of running jobs
  double context_ = 0;          ///< sum of decoding requests' tokens in the KV cache
  double used_ = 0, peak_ = 0;  ///< KV blocks
  double reserved_ = 0;         ///< KV blocks that running requests need by their ends
  double outstanding_tokens_ = 0;
  double output_free_s_ = 0;    ///< when the output side has given out what the steps made so far
  bool cold_ = true;            ///< has compiled nothing yet
  bool full_ = false;           ///< the step has no room for a prompt that waits
  bool stuck_ = false;
  bool preempted_ = false;      ///< in this step: nothing is admitted in it
  long long unpolled_ = 0;      ///< steps since new requests were looked at
  long long gathered_ = 0;      ///< steps that the prompts that are there have waited for others
  std::vector<int> phases_;     ///< decoding requests by the step, modulo the block, in which they need a block
  std::vector<Finish> ends_;    ///< heap; stale entries are dropped when they come up
  std::vector<Chunk> chunks_;   ///< prompts of the step
  int prefill_ = 0;
  double attended_ = 0;         ///< sum over prompt tokens of what they attend to
  EngineTotals totals_;
  std::vector<int> finished_;
};

}  // namespace tonnage::capacity
