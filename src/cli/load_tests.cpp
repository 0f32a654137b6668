#include "load_tests.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::cli {

namespace {

using Json = nlohmann::json;

constexpr const char* columns =
    "case,experiment,model,accelerator,tensor_parallel,precision,engine,input_tokens,output_tokens,rate_per_s,arrival,concurrency,"
    "ttft_mean_ms,ttft_p50_ms,ttft_p90_ms,ttft_p99_ms,tpot_mean_ms,e2e_mean_ms,output_tokens_per_s\n";

/// The value at a path of keys; null where there is none.
Json at(const Json& node, std::initializer_list<const char*> path) {
  const Json* here = &node;
  for (const char* key : path) {
    if (!here->is_object() || !here->contains(key)) return nullptr;
    here = &here->at(key);
  }
  return *here;
}

std::string number(const Json& node, std::initializer_list<const char*> path, double scale = 1) {
  const Json value = at(node, path);
  if (!value.is_number()) return "";
  const double v = value.get<double>() * scale;
  return std::isfinite(v) ? shortest(v) : "";
}

std::string word(const Json& node, std::initializer_list<const char*> path) {
  const Json value = at(node, path);
  return value.is_string() ? value.get<std::string>() : "";
}

/// A row in the order of the columns.
struct Row {
  std::string name, experiment, model, input, output, rate, arrival, concurrency, ttft, ttft50, ttft90, ttft99, tpot, e2e, throughput;

  std::string text(const ServedAs& s) const {
    std::string out;
    for (const std::string& cell : {name, experiment, s.model.empty() ? model : s.model, s.accelerator, s.tensor_parallel, s.precision, s.engine, input, output, rate,
                                    arrival, concurrency, ttft, ttft50, ttft90, ttft99, tpot, e2e, throughput})
      out += (out.empty() ? "" : ",") + csv_escape(cell);
    return out + "\n";
  }
};

std::string quotient(const Json& node, const char* sum, const char* count) {
  const Json a = at(node, {sum}), b = at(node, {count});
  if (!a.is_number() || !b.is_number() || b.get<double>() <= 0) return "";
  return shortest(a.get<double>() / b.get<double>());
}

/// `vllm bench serve --save-result`: one object of flat figures.
std::string vllm_bench(const Json& j, const std::string& name, const ServedAs& served) {
  Row row;
  row.name = name, row.experiment = name;
  row.model = word(j, {"model_id"});
  row.input = quotient(j, "total_input_tokens", "completed");
  row.output = quotient(j, "total_output_tokens", "completed");
  const Json rate = at(j, {"request_rate"});
  const bool unlimited = !rate.is_number() || !std::isfinite(rate.get<double>());
  row.concurrency = number(j, {"max_concurrency"});
  if (!unlimited) row.rate = number(j, {"request_rate"}), row.concurrency.clear();
  else if (row.concurrency.empty()) row.rate = "inf";
  const Json burst = at(j, {"burstiness"});
  row.arrival = burst.is_number() && burst.get<double>() > 100 ? "constant" : "poisson";
  row.ttft = number(j, {"mean_ttft_ms"}), row.ttft50 = number(j, {"median_ttft_ms"}), row.ttft99 = number(j, {"p99_ttft_ms"});
  row.tpot = number(j, {"mean_tpot_ms"}), row.e2e = number(j, {"mean_e2el_ms"});
  row.throughput = number(j, {"output_throughput"});
  return columns + row.text(served);
}

/// A stage of inference-perf: "load_summary" and "successes".
std::string inference_perf(const Json& j, const std::string& name, const ServedAs& served) {
  Row row;
  row.name = name, row.experiment = name.substr(0, name.find("/stage"));
  row.input = number(j, {"successes", "prompt_len", "mean"});
  row.output = number(j, {"successes", "output_len", "mean"});
  row.rate = number(j, {"load_summary", "requested_rate"});
  if (row.rate.empty()) row.rate = number(j, {"load_summary", "achieved_rate"});
  row.arrival = "constant";
  row.ttft = number(j, {"successes", "latency", "time_to_first_token", "mean"}, 1e3);
  row.ttft50 = number(j, {"successes", "latency", "time_to_first_token", "median"}, 1e3);
  row.ttft90 = number(j, {"successes", "latency", "time_to_first_token", "p90"}, 1e3);
  row.ttft99 = number(j, {"successes", "latency", "time_to_first_token", "p99"}, 1e3);
  row.e2e = number(j, {"successes", "latency", "request_latency", "mean"}, 1e3);
  const Json e2e = at(j, {"successes", "latency", "request_latency", "mean"}), ttft = at(j, {"successes", "latency", "time_to_first_token", "mean"}), out = at(j, {"successes", "output_len", "mean"});
  // Its own time per output token counts a chunk of two tokens as two gaps: the mean follows from the ends instead.
  if (e2e.is_number() && ttft.is_number() && out.is_number() && out.get<double>() > 1)
    row.tpot = shortest(1e3 * (e2e.get<double>() - ttft.get<double>()) / (out.get<double>() - 1));
  row.throughput = number(j, {"successes", "throughput", "output_tokens_per_sec"});
  return columns + row.text(served);
}

/// GuideLLM: a list of benchmarks, each at one rate or concurrency.
std::string guidellm(const Json& j, const std::string& name, const ServedAs& served) {
  std::string out = columns;
  int index = 0;
  for (const Json& b : j.at("benchmarks")) {
    Row row;
    row.name = name + "/" + std::to_string(index++), row.experiment = name;
    const Json config = b.contains("config") ? at(b, {"config"}) : at(b, {"args"});
    const Json strategy = at(config, {"strategy"});
    const std::string type = word(strategy, {"type_"});
    row.model = word(b, {"worker", "backend_model"});
    if (type == "concurrent") row.concurrency = number(strategy, {"streams"});
    else if (type == "synchronous") row.concurrency = "1";
    else if (type == "throughput") row.rate = "inf";
    else row.rate = number(strategy, {"rate"});
    row.arrival = type == "poisson" ? "poisson" : "constant";
    const Json metrics = at(b, {"metrics"});
    const auto mean = [&](const char* metric, const char* statistic) { return number(metrics, {metric, "successful", statistic}); };
    row.input = mean("prompt_token_count", "mean"), row.output = mean("output_token_count", "mean");
    row.ttft = mean("time_to_first_token_ms", "mean"), row.ttft50 = mean("time_to_first_token_ms", "median");
    row.ttft90 = number(metrics, {"time_to_first_token_ms", "successful", "percentiles", "p90"});
    row.ttft99 = number(metrics, {"time_to_first_token_ms", "successful", "percentiles", "p99"});
    row.tpot = mean("inter_token_latency_ms", "mean");  // its time_per_output_token includes the first
    row.e2e = number(metrics, {"request_latency", "successful", "mean"}, 1e3);
    row.throughput = mean("output_tokens_per_second", "mean");
    out += row.text(served);
  }
  return out;
}

/// "runs/exp1/stage_0.json" -> "exp1/stage_0" for a stage, else "stage_0".
std::string name_of(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  return name;
}

}  // namespace

bool is_json(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != std::string::npos && (text[first] == '{' || text[first] == '[');
}

std::string load_test_cases(const std::string& path, const std::string& text, const ServedAs& served) {
  const Json j = Json::parse(text, nullptr, false);
  if (j.is_discarded()) throw InputError{"load-test", "'" + path + "' is not valid JSON"};
  if (served.accelerator.empty()) throw InputError{"load-test", "'" + path + "' does not say on what it ran: give --accelerator, and --tensor-parallel for more than one"};
  const std::string name = name_of(path);
  if (j.is_object() && j.contains("mean_ttft_ms") && j.contains("completed")) return vllm_bench(j, name, served);
  if (j.is_object() && j.contains("load_summary") && j.contains("successes")) {
    if (served.model.empty()) throw InputError{"load-test", "'" + path + "' does not name the model: give --model"};
    return inference_perf(j, name, served);
  }
  if (j.is_object() && j.contains("benchmarks") && j["benchmarks"].is_array()) return guidellm(j, name, served);
  throw InputError{"load-test", "'" + path + "' is no load test that is known: vllm bench serve, an inference-perf stage, GuideLLM, or a CSV of cases"};
}

}  // namespace tonnage::cli
