#include "published.hpp"

#include <algorithm>

namespace tonnage::capacity {
namespace {

constexpr std::string_view first_warm_up = "2026-01-21";  ///< InferenceX sends twice the concurrency first since then
constexpr std::string_view first_b300 = "2026-04-16";     ///< scripts of its own for B300; before that it runs those of B200

bool on_blackwell(const ServingCase& c) { return c.accelerator.generation == "blackwell"; }
bool is_model(const ServingCase& c, std::string_view family) { return c.model.name.starts_with(family); }

int rounded_up(double tokens, int unit) { return (static_cast<int>(tokens) + unit - 1) / unit * unit; }

void set_vllm(std::string_view date, const ServingCase& c, PublishedSettings& s) {
  const bool later = date >= first_warm_up;
  const bool minimax = is_model(c, "minimax") && on_blackwell(c);
  s.max_batched_tokens = minimax ? static_cast<int>(2 * c.input_tokens) : 8192;
  const bool kimi = is_model(c, "kimi"), h200 = c.accelerator.name.starts_with("h200");
  const bool minimax_h200 = is_model(c, "minimax") && h200, four_bit = c.precision == Precision::nvfp4;
  if (minimax || minimax_h200 || is_model(c, "llama") || (kimi && four_bit)) s.kv_precision = Precision::fp8;
  if (is_model(c, "gpt-oss") && on_blackwell(c) && later) s.kv_precision = Precision::fp8;
  if (minimax_h200 || (kimi && !four_bit)) s.usable_memory = 0.95;
}

void set_sglang(std::string_view date, const ServingCase& c, PublishedSettings& s) {
  const bool glm = is_model(c, "glm"), qwen = is_model(c, "qwen");
  const bool small = on_blackwell(c) && c.precision == Precision::fp8 && c.layout.tensor == 4 && is_model(c, "deepseek");
  s.usable_memory = small ? 0.95 : qwen ? 0.8 : glm && c.precision == Precision::nvfp4 ? 0.9 : on_blackwell(c) || glm ? 0.85 : 0.82;
  if (!on_blackwell(c)) {
    s.max_batched_tokens = glm ? 8192 : qwen ? 16384 : 32768;
    s.kv_precision = qwen ? Precision::fp8 : Precision::bf16;  // none is asked for, and the engine takes the model's
    return;
  }
  const bool b300 = qwen && c.precision == Precision::fp8 && c.accelerator.name.starts_with("b300") && date >= first_b300;
  s.max_batched_tokens = small ? 8192 : b300 || (is_model(c, "deepseek") && c.precision != Precision::fp8) ? 16384 : 32768;
  s.poll_steps = glm && c.precision == Precision::fp8 ? 1 : c.concurrency < 16 || small || b300 || glm ? 10 : 30;
  if (c.precision != Precision::bf16) s.kv_precision = Precision::fp8;
  // Cold four-bit runs answer 16 requests of 1,024 tokens at once in 0.6 s and 32 in 7 s: the kernels of a full step are compiled late.
  if (c.precision == Precision::nvfp4) s.cold_when_full = true;
}

/// Attention in parallel on data: no rank takes in a prompt until each has one, for at most 60 steps.
void set_trtllm(std::string_view date, const ServingCase& c, PublishedSettings& s) {
  s.prefill = Prefill::whole;
  const bool gpt_oss = is_model(c, "gpt-oss"), llama = is_model(c, "llama"), blackwell = on_blackwell(c);
  const bool chat = c.input_tokens == c.output_tokens;
  const int fitted = rounded_up(c.concurrency + c.input_tokens + 64, 64);
  s.max_batched_tokens = gpt_oss ? 20000 : llama ? 16384 : date < first_warm_up ? fitted : std::max(fitted, 8192);
  s.kv_precision = gpt_oss && !blackwell ? Precision::bf16 : Precision::fp8;
  s.free_memory = gpt_oss ? 0.85 : !is_model(c, "deepseek") ? 0.9 : blackwell ? 0.8 : 0.75;
  s.stream_interval = gpt_oss ? 20 : 10;
  if (c.layout.data > 1) {
    s.gather_steps = 60;
    s.gather_tokens = 0.9 * c.layout.data * c.input_tokens;
  } else if (llama && chat && c.layout.tensor < 8) {
    s.gather_steps = 20;
    s.gather_tokens = 0.9 * s.max_batched_tokens - c.concurrency;
  } else if (is_model(c, "deepseek") && c.precision == Precision::fp8 && blackwell && chat && c.concurrency >= 64 && date >= "2026-02") {
    s.gather_steps = 40;
    s.gather_tokens = 0.8 * s.max_batched_tokens - c.concurrency;
  }
}

/// Runs of the scripts *_mtp.sh: the model's own multi-token prediction drafts three tokens a step, one where attention is
/// data-parallel. The tables do not tell those runs apart; the image or the layout that only they have does. How many drafts are
/// accepted no script says: with these shares the times per token of those runs and of the others agree with one set of constants.
Speculation drafts_of(std::string_view date, std::string_view version, const ServingCase& c) {
  const bool data_parallel = c.layout.data > 1;
  if (c.engine == "trtllm" && is_model(c, "deepseek") && (version == "1.2.0rc6.post3" || (version == "1.1.0rc2.post2" && date >= "2026-01-14")))
    return data_parallel ? Speculation{1, 0.8, 0.05} : Speculation{3, 0.65, 0.05};
  const bool narrow = c.layout.tensor == 4 && c.layout.expert == 1;
  if (c.engine == "sglang" && is_model(c, "qwen3.5") && c.precision == Precision::fp8 && on_blackwell(c) && version == "0.5.9" && narrow)
    return {3, 0.6, 0.1};  // SGLang drafts and schedules one after the other
  return {};
}

/// "tp: 2, ep: 2" of a script is experts spread over the two accelerators of its group. The table multiplies the two: its rows of four
/// accelerators with experts in two parts, or with two data ranks, were measured on two (no script had such a layout on four).
std::optional<Layout> measured_layout(const Layout& told) {
  if (told == Layout{4, 1, 2, 1}) return Layout{2, 1, 2, 1};
  if (told == Layout{2, 1, 4, 2}) return Layout{1, 1, 2, 2};
  return std::nullopt;
}

PublishedSettings inferencex(std::string_view date, std::string_view version, const ServingCase& c) {
  PublishedSettings s;
  s.speculation = drafts_of(date, version, c);
  s.layout = measured_layout(c.layout);
  s.warm = date >= first_warm_up;
  if (c.engine == "vllm") set_vllm(date, c, s);
  else if (c.engine == "sglang") set_sglang(date, c, s);
  else if (c.engine == "trtllm") set_trtllm(date, c, s);
  return s;
}

/// The generator sizes a step for one prompt beside the batch and leaves 1,500 tokens to spare by its rules of 2026. A second prompt of 1,024
/// would fit into those; the times to first token of all but the runs of Llama with TensorRT-LLM are those of one prompt a step. Of those
/// they hold the time of an answer over the requests in flight: one of these has no slot.
PublishedSettings aiconfigurator(const ServingCase& c) {
  PublishedSettings s;
  s.warm = true;
  s.requests_per_slot = 20;
  const bool trtllm = c.engine == "trtllm", slot_short = trtllm && is_model(c, "llama");
  if (slot_short) s.max_sequences = std::max(c.concurrency - 1, 1);
  const double prompt = c.input_tokens + (slot_short ? 1500 : 512);
  s.max_batched_tokens = c.engine == "sglang" ? static_cast<int>(prompt) : rounded_up(c.concurrency + prompt, 32);
  s.prefill = trtllm ? Prefill::whole : Prefill::chunked;  // SGLang is started with mixed chunks
  return s;
}

/// NIM's page: GenAI-Perf, which measures in windows until its figures are stable.
PublishedSettings nim() {
  PublishedSettings s;
  s.warm = s.ramps = true;
  return s;
}

/// TensorRT-LLM's page of version 0.14: "with 500 requests".
PublishedSettings trtllm_online() {
  PublishedSettings s;
  s.requests = 500;
  return s;
}

}  // namespace

std::optional<PublishedSettings> published_settings(std::string_view group, std::string_view date, std::string_view version, const ServingCase& c) {
  if (group.starts_with("inferencex/")) return inferencex(date, version, c);
  if (group.starts_with("nim-docs/")) return nim();
  if (group.starts_with("trtllm-online/")) return trtllm_online();
  if (!group.starts_with("aicgap/")) return std::nullopt;
  // Some of its rows are runs of InferenceX of March 2026.
  if (!is_model(c, "kimi") && !is_model(c, "qwen3.5")) return aiconfigurator(c);
  PublishedSettings borrowed = inferencex("2026-03-24", version, c);
  borrowed.uniform_lengths = true;
  return borrowed;
}

}  // namespace tonnage::capacity
