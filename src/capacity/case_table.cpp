#include "tonnage/capacity/case_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "published.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/catalog/catalog.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::capacity {
namespace {

/// What a public server is started with when a test does not say so.
constexpr int default_sequences = 1024, trtllm_sequences = 2048;
/// Prompts that inference-perf makes for shared prefixes, as the configurations say that its runs keep: 10 prefixes with 10 questions each.
constexpr int shared_prefix_prompts = 100;
constexpr int default_batched_tokens = 8192, sglang_blackwell_batched_tokens = 16384;

std::string engine_family(const std::string& text) {
  for (const char* known : {"vllm", "sglang"})
    if (text.find(known) != std::string::npos) return known;
  if (text.find("trt") != std::string::npos || text.find("tensorrt") != std::string::npos) return "trtllm";
  return text.empty() ? planning_engine : "other";
}

/// "vllm 0.15.1" -> "0.15", "0.5.10.post1" with `numbers` of 3 -> "0.5.10"; empty without such a number: a nightly build's day or hash is
/// no version.
std::string version_in(const std::string& text, int numbers) {
  const auto begin = text.find_first_of("0123456789");
  if (begin == std::string::npos) return {};
  std::string version = text.substr(begin, text.find_first_not_of("0123456789.", begin) - begin);
  auto end = version.find('.');
  if (end == std::string::npos) return {};
  for (int more = 1; more < numbers && end != std::string::npos; ++more) end = version.find('.', end + 1);
  version = version.substr(0, end);
  while (version.ends_with('.')) version.pop_back();
  return version;
}

class Reader {
 public:
  Reader(const CsvTable& table, int file, Diagnostics& diagnostics) : table_(table), diagnostics_(diagnostics) {
    for (const char* needed : {"model", "accelerator|hardware", "input_tokens|isl|question_tokens", "output_tokens|osl"})
      if (find(needed) < 0 && !table.header.fields.empty())
        diagnostics.error("csv-column", fmt::format("column '{}' is missing", split(needed, '|').front()), {file, 1, 1, 0});
  }

  /// Nothing when the row has a mistake.
  std::optional<CaseRow> read(const CsvRow& row) {
    row_ = &row;
    sound_ = true;
    CaseRow out;
    out.name = text("case|id|name");
    if (out.name.empty()) out.name = fmt::format("line {}", row.fields.front().mark.line);
    out.experiment = text("experiment");
    out.group = text("source_group");
    out.test.stated = !text("max_batched_tokens|max_num_batched_tokens").empty();
    ServingCase& test = out.test;
    set_served(out);
    set_engine(test);
    set_requests(test);
    set_load(out);
    const auto published = published_settings(out.group, text("date"), lower(text("engine_version")), test);
    if (published && published->layout) test.layout = *published->layout;
    set_limits(test, published.value_or(PublishedSettings{}));
    if (published) set_scheduling(test, *published);
    set_measured(out);
    if (!sound_) return std::nullopt;
    return out;
  }

 private:
  int find(std::string_view names) const {
    for (const std::string_view name : split(names, '|'))
      if (const int at = table_.column(name); at >= 0) return at;
    return -1;
  }
  std::string text(std::string_view names) const {
    const int at = find(names);
    return at < 0 ? std::string() : std::string(trim(row_->fields[static_cast<std::size_t>(at)].text));
  }
  void range(std::string_view names, const std::string& message) {
    diagnostics_.error("csv-range", message, row_->fields[static_cast<std::size_t>(find(names))].mark);
    sound_ = false;
  }
  /// 0 when the cell is empty or there is no such column.
  double number(std::string_view names, double least = 0, double most = 1e12) {
    const int at = find(names);
    double value = 0;
    if (at < 0 || text(names).empty()) return 0;
    if (!read_number(row_->fields[static_cast<std::size_t>(at)], value, diagnostics_)) sound_ = false;
    else if (value < least || value > most) range(names, fmt::format("'{}' is not a number from {:g} to {:g}", text(names), least, most));
    return value;
  }
  int whole(std::string_view names, int otherwise, int most) {
    if (text(names).empty() || text(names) == "0") return otherwise;
    const double value = number(names, 1, most);
    if (sound_ && value != std::floor(value)) range(names, fmt::format("'{}' is not a whole number", text(names)));
    return static_cast<int>(std::clamp(value, 1.0, static_cast<double>(most)));
  }
  Precision precision(std::string_view names, Precision otherwise) {
    const std::string written = lower(text(names));
    if (written.empty() || written == "auto") return otherwise;
    const std::pair<const char*, const char*> also[] = {{"fp16", "bf16"}, {"half", "bf16"}, {"float16", "bf16"}, {"bfloat16", "bf16"}, {"fp4", "nvfp4"}, {"awq", "int4"}, {"gptq", "int4"}};
    std::string plain = written;
    for (const auto& [name, known] : also)
      if (written == name) plain = known;
    if (const auto found = parse_precision(plain)) return *found;
    range(names, "unknown precision '" + written + "', expected fp32, bf16, fp8, int8, int4, mxfp4 or nvfp4");
    return otherwise;
  }

  void set_served(CaseRow& out) {
    const Catalog& catalog = shipped_catalog();
    const std::string chip_name = text("accelerator|hardware"), model_name = text("model");
    const ModelArchitecture* model = resolve_model(catalog, model_name);
    const Accelerator* chip = resolve_accelerator(catalog, chip_name);
    const auto unknown = [&](const char* what, const std::string& name, const std::vector<std::string>& names) {
      const std::string close = suggest(lower(name), names);
      out.reason = fmt::format("there is no {} '{}' in the catalogue{}", what, name, close.empty() ? "" : "; did you mean '" + close + "'?");
    };
    if (model != nullptr) out.test.model = *model;
    else unknown("model", model_name, catalog.model_names());
    if (chip != nullptr) out.test.accelerator = *chip;
    else if (model != nullptr) unknown("accelerator", chip_name, catalog.accelerator_names());
    out.test.precision = precision("precision", out.test.model.native_precision);
    Layout& layout = out.test.layout;
    layout.tensor = whole("tensor_parallel|tp", 1, 1024);
    layout.pipeline = whole("pipeline_parallel|pp", 1, 1024);
    layout.expert = whole("expert_parallel|ep", 1, 1024);
    layout.data = whole("data_parallel|dp", 1, 1024);
    const std::string mode = lower(text("disagg"));
    if (out.reason.empty() && !mode.empty() && mode != "0" && mode != "agg" && mode != "false") out.reason = "prefill and decode on separate accelerators: not predicted by cases";
  }

  void set_engine(ServingCase& test) {
    const std::string written = lower(text("engine"));
    test.engine = engine_family(written);
    const int numbers = test.engine == "sglang" ? 3 : 2;  // all of SGLang's releases of a year are 0.5
    test.engine_version = version_in(lower(text("engine_version")), numbers);
    if (test.engine_version.empty()) test.engine_version = version_in(written, numbers);
    if (test.engine_version.empty() && table_.column("engine_version") < 0 && test.engine == planning_engine) test.engine_version = planning_version;
    if (test.engine == "sglang") test.prefill = Prefill::first;
    const bool eight = (test.engine == "trtllm" && test.precision != Precision::bf16) || (test.model.kv_lora_rank > 0 && test.engine != "vllm");
    test.kv_precision = precision("kv_precision", eight ? Precision::fp8 : Precision::bf16);
  }

  void set_requests(ServingCase& test) {
    test.input_tokens = number("input_tokens|isl", 0, 1e7);
    if (const double question = number("question_tokens", 0, 1e7); test.input_tokens == 0 && question > 0) test.input_tokens = question + number("shared_prefix_tokens", 0, 1e7);
    test.output_tokens = number("output_tokens|osl", 0, 1e7);
    test.cached_tokens = std::min(16 * std::floor(number("cached_tokens|shared_prefix_tokens", 0, 1e7) / 16), test.input_tokens);
    test.distinct_prompts = whole("distinct_prompts", text("shared_prefixes").empty() ? 0 : shared_prefix_prompts, 10'000'000);
    test.uniform_lengths = text("len_dist").starts_with("uniform");
  }

  void set_load(CaseRow& out) {
    ServingCase& test = out.test;
    const bool all_at_once = lower(text("rate_per_s|rate_rps|request_rate")) == "inf";
    if (!all_at_once) test.rate_per_s = number("rate_per_s|rate_rps|request_rate", 0, 1e7);
    test.concurrency = whole("concurrency", whole("batch", 1, 1'000'000), 1'000'000);
    const double duration = number("duration_s", 0, 1e7);
    if (duration > 0) test.duration_s = duration;
    const std::string arrival = lower(text("arrival")), scenario = lower(text("scenario"));
    const bool loop = number("concurrency") > 0 || number("batch") > 0;
    test.load = arrival == "constant" ? CaseLoad::constant : CaseLoad::poisson;
    if (scenario == "closed" || scenario == "static_batch" || (scenario.empty() && test.rate_per_s <= 0 && loop)) test.load = CaseLoad::closed;
    else if (scenario == "offline_max" || scenario == "offline" || (scenario.empty() && all_at_once)) test.load = CaseLoad::offline;
    else if (!scenario.empty() && !scenario.starts_with("open") && out.reason.empty()) out.reason = "tests of kind '" + scenario + "' are not predicted";
    if (test.load == CaseLoad::closed && !loop && out.reason.empty()) out.reason = "the number of requests in flight is not known";
    const bool first = !out.experiment.empty() && started_.insert(out.experiment).second;
    test.cold = test.load == CaseLoad::closed || first;
  }

  void set_limits(ServingCase& test, const PublishedSettings& published) {
    const bool trtllm = test.engine == "trtllm", sglang = test.engine == "sglang";
    const bool says = !text("max_sequences|max_num_seqs|max_seqs").empty();
    test.max_sequences = whole("max_sequences|max_num_seqs|max_seqs", trtllm ? trtllm_sequences : default_sequences, 1'000'000);
    if (!says && published.max_sequences > 0) test.max_sequences = published.max_sequences;
    else if (!says && test.load == CaseLoad::closed) test.max_sequences = std::clamp(test.concurrency, 1, default_sequences);
    else if (!says) test.max_sequences *= test.layout.data;
    const int usual = sglang && test.accelerator.generation == "blackwell" ? sglang_blackwell_batched_tokens : default_batched_tokens;
    const int budget = published.max_batched_tokens > 0 ? published.max_batched_tokens : usual;
    test.max_batched_tokens = whole("max_batched_tokens|max_num_batched_tokens", budget * test.layout.data, 100'000'000);
    const double usable = number("gpu_memory_utilization|usable_memory", 0, 1);
    if (usable > 0) test.usable_memory = usable;
    else if (published.usable_memory > 0) test.usable_memory = published.usable_memory;
    else if (trtllm) test.free_memory = published.free_memory;
    test.kv_tokens = std::max(number("kv_tokens", 0, 1e12), 16 * number("kv_blocks", 0, 1e10));
  }

  void set_scheduling(ServingCase& test, const PublishedSettings& published) {
    test.prefill = published.prefill.value_or(test.prefill);
    if (text("kv_precision").empty()) test.kv_precision = published.kv_precision.value_or(test.kv_precision);
    test.speculation = published.speculation;
    test.poll_steps = published.poll_steps;
    test.gather_steps = published.gather_steps, test.gather_tokens = published.gather_tokens;
    test.requests_per_slot = published.requests_per_slot;
    if (published.requests > 0) test.requests = published.requests;
    if (published.warm) test.cold = false;
    test.stream_interval = published.stream_interval;
    test.cold_when_full = published.cold_when_full;
    test.ramps = test.load == CaseLoad::closed && published.ramps;
    if (published.uniform_lengths) test.uniform_lengths = true;
  }

  void set_measured(CaseRow& out) {
    const auto put = [&](CaseMetric metric, std::string_view names, double scale) {
      if (const double value = number(names, 0, 1e12); value > 0) out.measured[static_cast<std::size_t>(metric)] = scale * value;
    };
    put(CaseMetric::ttft_mean, "ttft_mean_ms", 1e-3);
    put(CaseMetric::ttft_p50, "ttft_p50_ms", 1e-3);
    put(CaseMetric::ttft_p90, "ttft_p90_ms", 1e-3);
    put(CaseMetric::ttft_p99, "ttft_p99_ms", 1e-3);
    put(CaseMetric::tpot_mean, "tpot_mean_ms", 1e-3);
    put(CaseMetric::e2e_mean, "e2e_mean_ms", 1e-3);
    put(CaseMetric::e2e_p90, "e2e_p90_ms", 1e-3);
    put(CaseMetric::e2e_p99, "e2e_p99_ms", 1e-3);
    put(CaseMetric::output_tokens_per_s, "output_tokens_per_s|throughput_tok_s", 1);
    // Published tables: one figure a row, with its statistic beside it.
    put(text("ttft_stat") == "p50" ? CaseMetric::ttft_p50 : CaseMetric::ttft_mean, "ttft_ms", 1e-3);
    put(text("itl_stat").ends_with("p50") ? CaseMetric::tpot_p50 : CaseMetric::tpot_mean, "itl_ms|tpot_ms", 1e-3);
    out.overloaded = text("overloaded") == "1" || lower(text("overloaded")) == "true";
  }

  const CsvTable& table_;
  Diagnostics& diagnostics_;
  const CsvRow* row_ = nullptr;
  bool sound_ = true;
  std::set<std::string> started_;  ///< experiments of which a row was read
};

}  // namespace

const std::vector<CaseColumn>& case_columns() {
  static const std::vector<CaseColumn> columns = {
      {"case|id|name", "name of the row"},
      {"experiment", "rows of one server, in their order; the first finds it cold"},
      {"source_group", "rows of one publication on one model and chip: a fit allows them a bias of their own"},
      {"model", "name in the catalogue or on a model hub"},
      {"accelerator|hardware", "name in the catalogue"},
      {"tensor_parallel|tp, pipeline_parallel|pp, expert_parallel|ep, data_parallel|dp", "layout, 1 when not given"},
      {"precision, kv_precision", "fp32, bf16, fp8, int8, int4, mxfp4, nvfp4"},
      {"engine, engine_version", "vllm, sglang, trtllm"},
      {"input_tokens|isl", "tokens of a prompt, the cached ones among them"},
      {"cached_tokens|shared_prefix_tokens", "of these, found in the prefix cache"},
      {"question_tokens", "in place of input_tokens: those that follow the shared prefix"},
      {"distinct_prompts", "the client sends so many prompts over and over, in turn: the prefix cache finds them whole where it holds a round of them; 100 where 'shared_prefixes' is given, else no two are alike"},
      {"output_tokens|osl", "tokens of an answer"},
      {"len_dist", "'uniform…': lengths spread over [0.8 x, x]; else fixed"},
      {"rate_per_s|rate_rps|request_rate, arrival, duration_s", "open loop: constant or poisson arrivals"},
      {"concurrency|batch", "closed loop: requests in flight"},
      {"scenario", "closed, open…, offline_max; else by the columns given"},
      {"max_sequences|max_num_seqs|max_seqs, max_batched_tokens|max_num_batched_tokens", "limits of the engine"},
      {"kv_tokens, kv_blocks, gpu_memory_utilization|usable_memory", "KV cache as the engine reports it, or the share of memory"},
  };
  return columns;
}

std::vector<CaseRow> read_cases(const CsvTable& table, int file, Diagnostics& diagnostics) {
  std::vector<CaseRow> rows;
  const int before = diagnostics.error_count();
  Reader reader(table, file, diagnostics);
  if (diagnostics.error_count() > before) return rows;  // columns are missing
  for (const CsvRow& row : table.rows)
    if (auto read = reader.read(row)) rows.push_back(std::move(*read));
  return rows;
}

}  // namespace tonnage::capacity
