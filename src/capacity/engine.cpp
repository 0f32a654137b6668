#include "engine.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace tonnage::capacity {
namespace {

constexpr double forever = std::numeric_limits<double>::infinity();

}  // namespace

EngineSettings host_settings(const EngineConstants& e) {
  EngineSettings s;
  s.front_end_s = s.output_delay_s = 0.5 * e.front_end_s;
  s.front_end_token_s = e.front_end_token_s;
  s.front_end_serial_s = 0.5 * e.front_end_serial_s;
  s.front_end_serial_token_s = 0.5e-3 * e.front_end_serial_s;
  s.output_delay_steps = e.output_delay_steps;
  s.output_token_s = e.output_token_s;
  return s;
}

Engine::Engine(const StepTimes& times, const EngineSettings& settings, std::vector<Job>& jobs, std::uint64_t seed)
    : times_(times), settings_(settings), jobs_(jobs), drafts_(seed, "simulation drafts"), block_(std::max(settings.block_tokens, 1)) {
  per_step_ = tokens_per_step(settings.draft_tokens, settings.acceptance);
  per_step_sd_ = std::sqrt(tokens_per_step_variance(settings.draft_tokens, settings.acceptance));
  blocks_ = settings.kv_tokens > 0 ? std::floor(settings.kv_tokens / block_) : forever;
  phases_.assign(static_cast<std::size_t>(block_), 0);
}

bool Engine::fits(int input, int output) const { return held_by_prompt(input + output) + (drafting() ? 1 : 0) <= blocks_; }

double Engine::held_by_decoder(double tokens) const {
  // With drafts the tokens of a step are not whole on average: half a block stands for the last one.
  return drafting() ? tokens / block_ + 0.5 : std::ceil(tokens / block_);
}

std::size_t Engine::phase_of(const Job& job) const {
  const long long phase = (job.decode_start + 1 - job.prompt) % block_;
  return static_cast<std::size_t>(phase < 0 ? phase + block_ : phase);
}

double Engine::growth() const {
  if (drafting()) return decoding_ * per_step_ / block_;
  return phases_[static_cast<std::size_t>((decode_step_ + 1) % block_)];
}

double Engine::next_step_s() const {
  if (running_ > 0 || visible_ > 0) return clock_;
  return waiting_.empty() ? forever : std::max(clock_, jobs_[static_cast<std::size_t>(waiting_.front())].entry_s);
}

void Engine::submit(int id) {
  Job& job = jobs_[static_cast<std::size_t>(id)];
  job.prompt = std::max(job.input, 1);
  job.cached = std::clamp(job.cached, 0, job.prompt - 1);  // the last token is always computed: it gives the logits
  job.computed = job.generated = 0;
  outstanding_tokens_ += job.input + job.output;
  waiting_.push_back(id);
  for (std::size_t at = waiting_.size() - 1; at > visible_ && jobs_[static_cast<std::size_t>(waiting_[at - 1])].entry_s > job.entry_s; --at)
    std::swap(waiting_[at], waiting_[at - 1]);
}

/// Some schedulers look for new requests only now and then while they decode; after a prompt, or with nothing to do, they look.
void Engine::look_for_arrivals() {
  if (settings_.poll_steps > 1 && decoding_ > 0 && unpolled_ < settings_.poll_steps) return;
  unpolled_ = 0;
  see_arrivals();
}

void Engine::see_arrivals() {
  while (visible_ < waiting_.size()) {
    const double entry = jobs_[static_cast<std::size_t>(waiting_[visible_])].entry_s;
    if (entry > clock_) return;
    // Between two steps the queue only grows, so that its length at the arrival is what has been seen so far.
    if (settings_.max_waiting > 0 && visible_ >= static_cast<std::size_t>(settings_.max_waiting)) {
      turn_away();
      continue;
    }
    ++visible_;
    totals_.in_system_s += clock_ - entry;
  }
}

/// The next to arrive finds the queue full.
void Engine::turn_away() {
  const int id = waiting_[visible_];
  Job& job = jobs_[static_cast<std::size_t>(id)];
  job.turned_away = true;
  outstanding_tokens_ -= job.input + job.output;
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(visible_));
  finished_.push_back(id);
}

void Engine::advance(double until_s, bool until_finish) {
  const std::size_t before = finished_.size();
  while (!stuck_) {
    const double begin = next_step_s();
    if (!(begin < until_s)) return;
    clock_ = begin;
    look_for_arrivals();
    if (totals_.steps >= settings_.max_steps || !step(until_s)) stuck_ = true;
    if (until_finish && finished_.size() > before) return;
  }
}

/// One step, or several alike; false when there is nothing that can run.
bool Engine::step(double until_s) {
  chunks_.clear();
  full_ = false;
  prefill_ = 0;
  attended_ = 0;
  if (visible_ == 0) gathered_ = 0;
  const bool gathering = gathers();
  if (settings_.prefill == Prefill::first && !gathering) admit();
  const bool decodes = chunks_.empty() && decoding_ > 0;
  const bool together = settings_.prefill != Prefill::first;
  preempted_ = false;
  if ((together || decodes) && decoding_ > 0) make_room();
  if (together) {
    continue_prompt();
    if (!preempted_ && !gathering) admit();
  }
  if (chunks_.empty() && decoding_ == 0) return false;
  if (!chunks_.empty()) gathered_ = 0;
  if (chunks_.empty() && !drafting()) decode_steps(until_s);
  else mixed_step(together || decodes);
  return true;
}

/// Preempts the newest until the decoding requests have their blocks for the step.
void Engine::make_room() {
  while (used_ + growth() > blocks_ && running_ > 1) preempt_newest();
  used_ += growth();
  peak_ = std::max(peak_, used_);
}

int Engine::prompt_room() const {
  const double per_sequence = 1 + std::clamp(std::floor(settings_.draft_tokens), 0.0, 64.0);
  const double decodes = settings_.prefill == Prefill::chunked ? decoding_ * per_sequence : 0;
  return static_cast<int>(std::max(settings_.max_batched_tokens - decodes - prefill_, 0.0));
}

bool Engine::gathers() const {
  if (settings_.gather_steps <= gathered_ || visible_ == 0 || decoding_ == 0 || partial_ >= 0) return false;
  double tokens = 0;
  for (std::size_t i = 0; i < visible_ && tokens < settings_.gather_tokens; ++i) {
    const Job& job = jobs_[static_cast<std::size_t>(waiting_[i])];
    tokens += job.prompt - job.cached;
  }
  return tokens < settings_.gather_tokens;
}

void Engine::add_chunk(int id, int tokens) {
  chunks_.push_back({id, tokens});
  attended_ += tokens * (jobs_[static_cast<std::size_t>(id)].computed + 0.5 * tokens);
  prefill_ += tokens;
  peak_ = std::max(peak_, used_);
}

void Engine::continue_prompt() {
  if (partial_ < 0) return;
  const Job& job = jobs_[static_cast<std::size_t>(partial_)];
  const int tokens = std::min(job.prompt - job.computed, prompt_room());
  if (tokens <= 0) return;
  const double more = held_by_prompt(job.computed + tokens) - held_by_prompt(job.computed);
  if (used_ + more > blocks_) return preempt_newest();  // it is the newest itself
  used_ += more;
  add_chunk(partial_, tokens);
}

void Engine::admit() {
  while (visible_ > 0 && running_ < settings_.max_sequences && admit_front()) {
  }
}

bool Engine::admit_front() {
  const int id = waiting_.front();
  Job& job = jobs_[static_cast<std::size_t>(id)];
  const int fresh = job.prompt - job.cached, room = prompt_room();
  const bool chunked = settings_.prefill == Prefill::chunked;
  const int tokens = chunked ? std::min(fresh, room) : fresh;
  full_ = tokens <= 0 || (!chunked && tokens > room && !chunks_.empty());
  if (full_) return false;
  const double more = held_by_prompt(job.cached + tokens);
  if (used_ + more > blocks_) return false;
  const double whole = held_by_prompt(job.input + job.output);
  if (settings_.reserve_output && running_ > 0 && reserved_ + whole > blocks_) return false;
  reserved_ += whole;
  used_ += more;
  job.computed = job.cached;
  if (job.start_s < 0) job.start_s = clock_;
  waiting_.pop_front();
  --visible_;
  append(id);
  add_chunk(id, tokens);
  return true;
}

void Engine::preempt_newest() {
  const int id = newest_;
  Job& job = jobs_[static_cast<std::size_t>(id)];
  if (id == partial_) {
    partial_ = -1;
    used_ -= held_by_prompt(job.computed);
  } else {
    const double got = static_cast<double>(decode_step_ - job.decode_start) * per_step_;
    used_ -= held_by_decoder(job.prompt + got);
    context_ -= job.prompt + got;
    --decoding_;
    --phases_[phase_of(job)];
    const int whole = std::min(static_cast<int>(got), job.output - job.generated - 1);
    totals_.tokens += whole - got;
    job.generated += whole;
    job.prompt = job.input + job.generated;
  }
  job.computed = 0;
  if (!job.keeps_cached) job.cached = 0;
  preempted_ = true;
  ++job.version;
  ++totals_.preemptions;
  unlink(id);
  waiting_.push_front(id);
  ++visible_;
}

/// Time passes: `steps` steps that take `seconds` in all.
void Engine::pass(double seconds, long long steps) {
  clock_ += seconds;
  totals_.steps += steps;
  unpolled_ = chunks_.empty() ? unpolled_ + steps : settings_.poll_steps;
  if (visible_ > 0 && running_ < settings_.max_sequences) gathered_ += steps;
  totals_.busy_s += seconds;
  totals_.running_s += seconds * running_;
  totals_.in_system_s += seconds * (running_ + static_cast<double>(visible_));
  totals_.kv_blocks_s += seconds * used_;
}

void Engine::mixed_step(bool decodes) {
  const int n = decodes ? decoding_ : 0;
  const double context = n > 0 ? context_ / n + per_step_ : 0;
  const double seconds = prefill_ > 0 ? times_.mixed(n, context, prefill_, attended_ / prefill_) : times_.decode(n, context);
  const bool compiles = cold_ && (full_ || !settings_.cold_when_full);
  if (compiles) cold_ = false;
  pass(seconds + (compiles ? settings_.cold_start_s : 0), 1);
  const auto done = [&](const Chunk& chunk) { return jobs_[static_cast<std::size_t>(chunk.id)].computed + chunk.tokens >= jobs_[static_cast<std::size_t>(chunk.id)].prompt; };
  give_out(clock_, clock_, n + std::count_if(chunks_.begin(), chunks_.end(), done), 1);
  if (decodes) {
    ++decode_step_;
    context_ += n * per_step_;
    totals_.tokens += n * per_step_;
    end_decodes();
  }
  end_chunks();
}

/// How many of the coming steps are alike: none finishes a request, needs blocks that are not there, leaves the cell of the
/// table or begins after the next arrival.
long long Engine::joined_steps(double until_s, const StepTimes::Line& line) const {
  double most = static_cast<double>(std::min(ends_.front().step - decode_step_, settings_.max_steps - totals_.steps));
  if (blocks_ < forever) most = std::min(most, 1 + std::floor((blocks_ - used_) / decoding_) * block_);
  most = std::min(most, std::floor(line.end - context_ / decoding_ - 1) + 1);
  if (settings_.poll_steps > 1) most = std::min(most, static_cast<double>(settings_.poll_steps - unpolled_));
  const bool gathering = gathers();
  if (gathering) most = std::min(most, static_cast<double>(settings_.gather_steps - gathered_));
  if (most < 2 || preempted_ || !settings_.join_steps) return 1;
  double bound = until_s;
  if ((visible_ == 0 || gathering) && visible_ < waiting_.size()) bound = std::min(bound, jobs_[static_cast<std::size_t>(waiting_[visible_])].entry_s);
  const double left = bound - clock_, half = 0.5 * line.slope;
  const auto sum = [&](double k) { return k * line.value + half * k * (k - 1); };
  if (sum(most) < left) return static_cast<long long>(most);
  // The fewest steps that reach the bound: the larger root of half k^2 + (value - half) k = left.
  const double b = line.value - half, root = half > 1e-18 ? (std::sqrt(b * b + 4 * half * left) - b) / (2 * half) : left / std::max(b, 1e-18);
  double k = std::clamp(std::ceil(root), 1.0, most);
  while (k > 1 && sum(k - 1) >= left) --k;
  while (k < most && sum(k) < left) ++k;
  return static_cast<long long>(k);
}

/// Steps without prompts. The mean context grows by one a step, so their times form an arithmetic series.
void Engine::decode_steps(double until_s) {
  drop_stale();
  const StepTimes::Line line = times_.decode_line(decoding_, context_ / decoding_ + 1);
  const long long count = joined_steps(until_s, line);
  const double k = static_cast<double>(count);
  const double first_end = clock_ + line.value;
  pass(k * line.value + 0.5 * line.slope * k * (k - 1), count);
  give_out(first_end, clock_, decoding_, k);
  ++decode_step_;  // the blocks of the first step are there already
  const long long rest = (count - 1) % block_;
  double more = decoding_ * static_cast<double>((count - 1) / block_);
  for (long long i = 1; i <= rest; ++i) more += phases_[static_cast<std::size_t>((decode_step_ + i) % block_)];
  used_ += more;
  peak_ = std::max(peak_, used_);
  decode_step_ += count - 1;
  context_ += k * decoding_;
  totals_.tokens += k * decoding_;
  end_decodes();
}

void Engine::end_chunks() {
  for (const Chunk& chunk : chunks_) {
    Job& job = jobs_[static_cast<std::size_t>(chunk.id)];
    job.computed += chunk.tokens;
    partial_ = job.computed < job.prompt ? chunk.id : -1;
    if (partial_ >= 0) continue;
    ++job.generated;
    totals_.tokens += 1;
    if (job.first_token_s < 0) job.first_token_s = given_out_s();
    if (job.generated >= job.output) {
      used_ -= held_by_prompt(job.prompt);
      finish(chunk.id);
    } else {
      begin_decoding(chunk.id);
    }
  }
}

void Engine::begin_decoding(int id) {
  Job& job = jobs_[static_cast<std::size_t>(id)];
  const double left = job.output - job.generated;
  double steps = left;
  if (drafting()) {
    // A renewal count: mean left / m, variance left v / m^3.
    const double z = std::clamp(drafts_.normal(static_cast<std::uint64_t>(id) * 1024 + static_cast<std::uint64_t>(job.version)), -3.0, 3.0);
    steps = std::clamp(std::round(left / per_step_ + z * per_step_sd_ * std::sqrt(left / per_step_) / per_step_), 1.0, left);
    used_ += held_by_decoder(job.prompt) - held_by_prompt(job.prompt);
  }
  job.decode_start = decode_step_;
  job.decode_steps = static_cast<int>(steps);
  ++decoding_;
  context_ += job.prompt;
  ++phases_[phase_of(job)];
  ends_.push_back({decode_step_ + job.decode_steps, id, job.version});
  std::push_heap(ends_.begin(), ends_.end(), std::greater<>());
}

void Engine::drop_stale() {
  while (!ends_.empty() && jobs_[static_cast<std::size_t>(ends_.front().id)].version != ends_.front().version) {
    std::pop_heap(ends_.begin(), ends_.end(), std::greater<>());
    ends_.pop_back();
  }
}

void Engine::end_decodes() {
  for (drop_stale(); !ends_.empty() && ends_.front().step <= decode_step_; drop_stale()) {
    const int id = ends_.front().id;
    std::pop_heap(ends_.begin(), ends_.end(), std::greater<>());
    ends_.pop_back();
    const Job& job = jobs_[static_cast<std::size_t>(id)];
    const double got = job.decode_steps * per_step_;
    used_ -= held_by_decoder(job.prompt + got);
    context_ -= job.prompt + got;
    totals_.tokens += job.output - job.generated - got;
    --decoding_;
    --phases_[phase_of(job)];
    finish(id);
  }
  if (decoding_ == 0) context_ = 0;
}

/// The output side takes up what `steps` steps made for `answers` requests each; the first ended at `first_s`, the last at `last_s`. Steps
/// grow longer, so that their ends are convex in their number: the queue is longest counted from one of the two.
void Engine::give_out(double first_s, double last_s, double answers, double steps) {
  const double each = settings_.output_token_s * answers;
  output_free_s_ = std::max(std::max(output_free_s_, first_s) + steps * each, last_s + each);
}

double Engine::given_out_s() const {
  if (!(settings_.output_delay_steps > 0)) return std::max(clock_, output_free_s_);
  const int n = std::max(decoding_, 1);
  return std::max(clock_ + settings_.output_delay_steps * times_.decode(n, context_ / n), output_free_s_);
}

void Engine::finish(int id) {
  Job& job = jobs_[static_cast<std::size_t>(id)];
  job.finish_s = std::max(given_out_s(), job.first_token_s);
  job.version = -1 - job.version;  // no entry of the heap is its own any more
  outstanding_tokens_ -= job.input + job.output;
  unlink(id);
  finished_.push_back(id);
}

void Engine::append(int id) {
  Job& job = jobs_[static_cast<std::size_t>(id)];
  job.before = newest_;
  job.after = -1;
  if (newest_ >= 0) jobs_[static_cast<std::size_t>(newest_)].after = id;
  newest_ = id;
  ++running_;
}

void Engine::unlink(int id) {
  const Job& job = jobs_[static_cast<std::size_t>(id)];
  reserved_ -= held_by_prompt(job.input + job.output);
  if (job.before >= 0) jobs_[static_cast<std::size_t>(job.before)].after = job.after;
  if (job.after >= 0) jobs_[static_cast<std::size_t>(job.after)].before = job.before;
  if (newest_ == id) newest_ = job.before;
  if (--running_ == 0) used_ = reserved_ = 0;  // no rounding is carried on
}

}  // namespace tonnage::capacity
