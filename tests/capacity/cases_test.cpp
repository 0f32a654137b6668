// Load-test cases: prediction, reading, constants, calibration.
#include <cmath>

#include "models.hpp"
#include "test.hpp"
#include "tonnage/capacity/calibrate.hpp"
#include "tonnage/capacity/efficiency.hpp"

using namespace tonnage;
using namespace tonnage::capacity;
using namespace tonnage::capacity::testing;

namespace {

ServingCase chat_case(double rate = 8) {
  ServingCase c;
  c.model = *shipped_catalog().find_model("llama-2-7b");
  c.accelerator = *shipped_catalog().find_accelerator("h100-sxm");
  c.engine_version = "0.15";
  c.input_tokens = 447, c.cached_tokens = 96, c.output_tokens = 248;
  c.load = CaseLoad::constant, c.rate_per_s = rate;
  c.max_sequences = 128;
  return c;
}

std::vector<CaseRow> read(const std::string& text, Diagnostics& diagnostics) {
  const int file = diagnostics.sources.add("cases.csv", text);
  const CsvTable table = read_csv(text, file, diagnostics);
  return read_cases(table, file, diagnostics);
}

/// Rows with "measurements" made by the simulator itself with other constants than the shipped ones.
std::vector<CaseRow> made_rows(double memory, double layer) {
  std::vector<CaseRow> rows;
  for (const double rate : {2.0, 5.0, 10.0, 16.0})
    for (const double input : {200.0, 900.0}) {
      CaseRow row;
      row.name = "made " + std::to_string(rows.size());
      row.test = chat_case(rate);
      row.test.input_tokens = input, row.test.cached_tokens = 0, row.test.stated = true;
      EngineConstants truth = shipped_constants({"vllm", "0.15", &row.test.accelerator, &row.test.model, Precision::bf16});
      truth.memory_efficiency *= memory, truth.layer_s *= layer;
      const CasePrediction p = simulate_case(row.test, truth);
      REQUIRE(p.valid());
      for (const CaseMetric m : {CaseMetric::tpot_mean, CaseMetric::ttft_mean}) row.measured[static_cast<std::size_t>(m)] = p[m].value;
      rows.push_back(row);
    }
  return rows;
}

}  // namespace

TEST_CASE("Llama 2 7B on one H100 decodes at about 8.2 ms and answers after 27 ms, as measured", "[capacity]") {
  const CasePrediction p = predict_case(chat_case());
  REQUIRE(p.valid());
  CHECK_FALSE(p.saturated);
  CHECK(p[CaseMetric::tpot_mean].value == Approx(8.22e-3).epsilon(0.08));
  CHECK(p[CaseMetric::ttft_mean].value == Approx(27e-3).epsilon(0.2));
  CHECK(p[CaseMetric::e2e_mean].value == Approx(p[CaseMetric::ttft_mean].value + 247 * p[CaseMetric::tpot_mean].value).epsilon(0.01));
  CHECK(p[CaseMetric::tpot_mean].low < p[CaseMetric::tpot_mean].value);
  CHECK(p[CaseMetric::tpot_mean].value < p[CaseMetric::tpot_mean].high);
  CHECK(p.evidence == "same setup measured");
}

TEST_CASE("a case that cannot run says why", "[capacity]") {
  CHECK(predict_case(chat_case(100)).saturated);
  ServingCase small = chat_case();
  small.accelerator.memory_bytes = 14e9;
  CHECK(predict_case(small).reason.find("not one request fits") != std::string::npos);
  ServingCase vision = chat_case();
  vision.model = *shipped_catalog().find_model("vit-l-16");
  CHECK_FALSE(predict_case(vision).valid());
  ServingCase idle = chat_case(0);
  CHECK(predict_case(idle).reason == "the request rate is not known");
}

TEST_CASE("more load, longer prompts and slower chips make no case faster", "[capacity]") {
  const auto tpot = [](const ServingCase& c) { return predict_case(c)[CaseMetric::tpot_mean].value; };
  double last = 0;
  for (const double rate : {1.0, 4.0, 8.0, 12.0, 16.0}) {
    const double now = tpot(chat_case(rate));
    CHECK(now >= 0.999 * last);
    last = now;
  }
  ServingCase longer = chat_case(), slower = chat_case();
  longer.input_tokens = 1500;
  slower.accelerator.bandwidth_bytes_per_s *= 0.5;
  CHECK(tpot(longer) > tpot(chat_case()));
  CHECK(tpot(slower) > 1.5 * tpot(chat_case()));
}

TEST_CASE("names of model hubs and benchmark tables are found in the catalogue", "[capacity][catalog]") {
  const Catalog& catalog = shipped_catalog();
  const std::pair<const char*, const char*> models[] = {{"meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"},
                                                        {"RedHatAI/Llama-4-Scout-17B-16E-Instruct-FP8-dynamic", "llama-4-scout"},
                                                        {"codellama/CodeLlama-34b-Instruct-hf", "codellama-34b"},
                                                        {"mistralai/Mistral-Nemo-Instruct-2407", "mistral-nemo-12b"},
                                                        {"01-ai/Yi-34B", "yi-34b"},
                                                        {"DeepSeek-R1", "deepseek-r1"}};
  for (const auto& [written, name] : models) {
    INFO(written);
    REQUIRE(resolve_model(catalog, written) != nullptr);
    CHECK(resolve_model(catalog, written)->name == name);
  }
  CHECK(resolve_model(catalog, "some/Unheard-Of-3B") == nullptr);
  const std::pair<const char*, const char*> chips[] = {{"a100-sxm-80", "a100-80gb-sxm"}, {"H100-SXM", "h100-sxm"}, {"RTX-PRO-6000-BSE", "rtx-pro-6000"}, {"MI300X", "mi300x"}};
  for (const auto& [written, name] : chips) {
    INFO(written);
    REQUIRE(resolve_accelerator(catalog, written) != nullptr);
    CHECK(resolve_accelerator(catalog, written)->name == name);
  }
  CHECK(resolve_accelerator(catalog, "h1000") == nullptr);
}

TEST_CASE("a table of cases is read in order, unknown names are reasons and bad numbers are errors", "[capacity]") {
  Diagnostics good;
  const auto rows = read("case,experiment,model,hardware,tp,isl,osl,concurrency,rate_rps,ttft_mean_ms\n"
                         "a,e1,meta-llama/Llama-3.1-8B-Instruct,h100-sxm,1,900,200,16,,31\n"
                         "b,e1,meta-llama/Llama-3.1-8B-Instruct,h100-sxm,1,900,200,,4,\n"
                         "c,e2,what-is-this,h100-sxm,1,900,200,,4,\n"
                         "d,e2,llama-3.1-8b,abacus,1,900,200,,4,\n", good);
  CHECK_FALSE(good.has_errors());
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].test.load == CaseLoad::closed);
  CHECK(rows[0].measured[static_cast<std::size_t>(CaseMetric::ttft_mean)] == Approx(0.031));
  CHECK(rows[0].test.cold);
  CHECK(rows[1].test.load == CaseLoad::poisson);
  CHECK_FALSE(rows[1].test.cold);  // the second of its experiment
  CHECK(rows[2].reason.find("what-is-this") != std::string::npos);
  CHECK(rows[3].reason.find("abacus") != std::string::npos);
  Diagnostics bad;
  CHECK(read("case,model,hardware,isl,osl,rate_rps\na,llama-3.1-8b,h100-sxm,many,200,1\nb,llama-3.1-8b,h100-sxm,900,-3,1\n", bad).empty());
  CHECK(bad.error_count() == 2);
  Diagnostics without;
  CHECK(read("case,model\na,b\n", without).empty());
  CHECK(without.error_count() == 3);
}

TEST_CASE("rows of a known publication run as its scripts say, unless they say otherwise", "[capacity]") {
  Diagnostics good;
  auto rows = read("source_group,date,model,hardware,engine,engine_version,precision,tp,dp,isl,osl,concurrency,kv_precision,max_batched_tokens\n"
                         "inferencex/DeepSeek-R1/b200_sxm,2026-03-25,DeepSeek-R1,B200-SXM,sglang,0.5.9,fp8,8,1,1024,1024,64,,\n"
                         "inferencex/DeepSeek-R1/b200_sxm,2025-11-10,DeepSeek-R1,B200-SXM,trtllm,,fp8,8,1,1024,1024,60,bf16,\n"
                         "inferencex/Llama-3.1-70B/h200_sxm,2025-10-20,Llama-3.1-70B,H200-SXM,trtllm,,fp8,2,1,1024,1024,64,,4000\n"
                         "aicgap/Qwen3-32B/h100_sxm,,Qwen3-32B,H100-SXM,vllm,0.12.0,bf16,2,1,1024,128,8,,\n"
                         "somebody/Qwen3-32B/h100_sxm,,Qwen3-32B,H100-SXM,vllm,nightly-20260402,bf16,2,1,1024,128,8,,\n"
                         "aicgap/Llama-3.1-8B/h100_sxm,,Llama-3.1-8B,H100-SXM,trtllm,1.0.0rc3,bf16,1,1,1024,128,8,,\n"
                         "inferencex/Qwen3.5-397B-A17B/b300_sxm,2026-04-03,Qwen3.5-397B-A17B,B300-SXM,sglang,0.5.9,fp8,8,1,1024,1024,64,,\n"
                         "inferencex/Qwen3.5-397B-A17B/b300_sxm,2026-04-17,Qwen3.5-397B-A17B,B300-SXM,sglang,0.5.10.post1,fp8,8,1,1024,1024,64,,\n"
                         "inferencex/DeepSeek-R1/b200_sxm,2025-11-10,DeepSeek-R1,B200-SXM,sglang,,fp4,8,1,1024,1024,64,,\n"
                         "inferencex/GLM-5/h200_sxm,2026-03-19,GLM-5,H200-SXM,sglang,glm5-hopper,fp8,8,1,1024,1024,64,,\n"
                         "nim-docs/Llama-3.1-70B/H100-SXM,2025,Llama-3.1-70B,H100-SXM,trtllm (NIM),NIM 1.8.0,fp8,2,1,500,2000,25,fp8,\n", good);
  CHECK_FALSE(good.has_errors());
  REQUIRE(rows.size() == 11);
  CHECK(rows[0].test.poll_steps == 30);
  CHECK(rows[0].test.engine_version == "0.5.9");
  CHECK(rows[3].test.engine_version == "0.12");
  CHECK_FALSE(rows[0].test.cold);  // the client warms up by then
  CHECK(rows[1].test.max_batched_tokens == 1152);  // 60 + 1024 + 64, in steps of 64
  CHECK(rows[1].test.cold);
  CHECK(rows[1].test.kv_precision == Precision::bf16);
  CHECK(rows[1].test.free_memory == 0.8);
  CHECK(rows[2].test.gather_steps == 20);
  CHECK(rows[2].test.max_batched_tokens == 4000);
  CHECK(rows[3].test.max_batched_tokens == 1568);  // 8 + 1024 + 512, in steps of 32: one prompt
  CHECK(rows[3].test.requests_per_slot == 20);
  CHECK(rows[4].test.max_batched_tokens == 8192);
  CHECK(rows[4].test.cold);
  CHECK(rows[4].test.engine_version.empty());
  CHECK(rows[5].test.max_sequences == 7);          // one of the eight has no slot
  CHECK(rows[5].test.max_batched_tokens == 2560);  // 8 + 1024 + 1500, in steps of 32
  CHECK(rows[6].test.poll_steps == 30);            // the script of B200
  CHECK(rows[7].test.poll_steps == 10);
  CHECK(rows[7].test.engine_version == "0.5.10");
  CHECK(rows[2].test.stream_interval == 10);
  CHECK(rows[5].test.stream_interval == 1);
  CHECK(rows[8].test.cold_when_full);
  CHECK(rows[9].test.kv_precision == Precision::bf16);  // no other is asked for
  CHECK(rows[10].test.ramps);
  const auto ttft = [&](std::size_t i) { return predict_case(rows[i].test)[CaseMetric::ttft_mean].value; };
  const double steady = ttft(10);
  rows[10].test.ramps = false;
  CHECK(ttft(10) > 2 * steady);                    // fixed lengths that begin together go on together
}

TEST_CASE("published runs in which the model drafts tokens itself are told by their image, and take fewer steps", "[capacity]") {
  Diagnostics good;
  const auto rows = read("source_group,date,model,hardware,engine,engine_version,precision,tp,ep,dp,isl,osl,concurrency\n"
                         "inferencex/DeepSeek-R1/b200_sxm,2026-02-06,DeepSeek-R1,B200-SXM,trtllm,1.2.0rc6.post3,fp4,8,1,1,1024,1024,4\n"
                         "inferencex/DeepSeek-R1/b200_sxm,2026-02-03,DeepSeek-R1,B200-SXM,trtllm,1.2.0rc6.post2,fp4,8,1,1,1024,1024,4\n"
                         "inferencex/DeepSeek-R1/b200_sxm,2026-02-06,DeepSeek-R1,B200-SXM,trtllm,1.2.0rc6.post3,fp4,1,8,8,1024,1024,64\n"
                         "inferencex/Qwen3.5-397B-A17B/b200_sxm,2026-03-20,Qwen3.5-397B-A17B,B200-SXM,sglang,0.5.9,fp8,4,1,1,1024,1024,4\n"
                         "inferencex/Qwen3.5-397B-A17B/b200_sxm,2026-03-24,Qwen3.5-397B-A17B,B200-SXM,sglang,0.5.9,fp8,8,1,1,1024,1024,4\n"
                         "inferencex/Qwen3.5-397B-A17B/b300_sxm,2026-04-18,Qwen3.5-397B-A17B,B300-SXM,sglang,0.5.10.post1,fp4,4,2,1,1024,1024,4\n"
                         "inferencex/MiniMax-M2.5/b300_sxm,2026-04-21,MiniMax-M2.5,B300-SXM,vllm,0.19.0,fp4,2,4,2,1024,1024,256\n", good);
  REQUIRE(rows.size() == 7);
  CHECK(rows[5].test.layout == Layout{2, 1, 2, 1});  // the table multiplies what the script has side by side
  CHECK(rows[6].test.layout == Layout{1, 1, 2, 2});
  CHECK(rows[0].test.speculation.tokens == 3);
  CHECK(rows[1].test.speculation.tokens == 0);
  CHECK(rows[2].test.speculation.tokens == 1);
  CHECK(rows[3].test.speculation.tokens == 3);
  CHECK(rows[4].test.speculation.tokens == 0);
  const auto tpot = [&](std::size_t i) { return predict_case(rows[i].test)[CaseMetric::tpot_mean].value; };
  CHECK(tpot(0) < 0.8 * tpot(1));
}

TEST_CASE("prompts that come round again are in the prefix cache where it holds a round of them", "[capacity]") {
  ServingCase c = chat_case();
  const double once = simulate_case(c, {})[CaseMetric::ttft_mean].value;
  c.distinct_prompts = 100;
  c.kv_tokens = 100 * (c.input_tokens + c.output_tokens);
  const CasePrediction again = simulate_case(c, {});
  CHECK(again[CaseMetric::ttft_mean].value < 0.95 * once);
  c.kv_tokens -= 16;
  CHECK(simulate_case(c, {})[CaseMetric::ttft_mean].value == Approx(once).epsilon(1e-9));
  c.kv_tokens += 16, c.cold = true;  // the first round is not there
  CHECK(simulate_case(c, {})[CaseMetric::ttft_p99].value > again[CaseMetric::ttft_p99].value);
}

TEST_CASE("questions follow a shared prefix, and their client sends them again", "[capacity]") {
  Diagnostics diagnostics;
  const auto rows = read("model,hardware,question_tokens,shared_prefix_tokens,shared_prefixes,distinct_prompts,output_tokens,rate_rps\n"
                         "llama-2-7b,h100-sxm,447,100,9,,248,8\nllama-2-7b,h100-sxm,447,100,9,45,248,8\nllama-2-7b,h100-sxm,447,100,,,248,8\n", diagnostics);
  REQUIRE(rows.size() == 3);
  for (const CaseRow& row : rows) {
    CHECK(row.test.input_tokens == 547);
    CHECK(row.test.cached_tokens == 96);
  }
  CHECK(rows[0].test.distinct_prompts == 100);
  CHECK(rows[1].test.distinct_prompts == 45);
  CHECK(rows[2].test.distinct_prompts == 0);
}

TEST_CASE("rows of the table of efficiencies multiply, scope by scope", "[capacity]") {
  const auto row = [](const char* factor, const char* scope, const char* of, double value) {
    return EfficiencyFactor{std::string(factor) + "." + scope + "." + of, factor, scope, of, value, {}};
  };
  const std::vector<EfficiencyFactor> table = {row("weights_memory", "all", "", 0.8), row("weights_memory", "engine", "vllm", 1.1), row("weights_memory", "engine", "sglang", 0.5),
                                               row("weights_memory", "engine+precision", "vllm+fp8", 0.9),
                                               row("attention_memory", "all", "", 0.8), row("attention_memory", "engine+generation+kv", "vllm+hopper+fp8", 0.5), row("layer_s", "all", "", 1e-5), row("layer_s", "attention", "latent", 2)};
  Accelerator chip = h100();
  chip.generation = "hopper";
  const ModelArchitecture dense = llama_8b(), latent = deepseek_v3();
  CHECK(engine_constants(table, {"vllm", "", &chip, &dense, Precision::bf16}).memory_efficiency == Approx(0.88));
  CHECK(engine_constants(table, {"vllm", "", &chip, &dense, Precision::fp8}).memory_efficiency == Approx(0.792));
  CHECK(engine_constants(table, {"vllm", "", &chip, &dense, Precision::fp8, Precision::fp8}).attention_memory == Approx(0.4));
  CHECK(engine_constants(table, {"vllm", "", &chip, &dense, Precision::fp8, Precision::bf16}).attention_memory == Approx(0.8));
  CHECK(engine_constants(table, {"sglang", "", &chip, &dense, Precision::fp8, Precision::fp8}).attention_memory == Approx(0.8));
  CHECK(engine_constants(table, {"other", "", &chip, &dense, Precision::bf16}).memory_efficiency == Approx(0.8));
  CHECK(engine_constants(table, {"vllm", "", &chip, &latent, Precision::bf16}).layer_s == Approx(2e-5));
  CHECK(engine_constants(table, {"vllm", "", &chip, &dense, Precision::bf16}).step_s == EngineConstants{}.step_s);
  CHECK(evidence_of({"vllm", "", &chip, &dense, Precision::bf16}) == Evidence::same_chip);  // no family
  Accelerator unheard = chip;
  unheard.name = "unheard";
  CHECK(evidence_of({"vllm", "", &unheard, &dense, Precision::bf16}) == Evidence::new_chip);
  const CalibrationTable own = {{"h100-sxm", {{"layer_s", 2}}}, {"h100-sxm/other-model", {{"layer_s", 5}}}};
  ModelArchitecture named = dense;
  named.name = "llama-3.1-8b";
  const double shipped = shipped_constants({"vllm", "0.15", &chip, &named, Precision::bf16}).layer_s;
  CHECK(planning_constants({"vllm", "0.15", &chip, &named, Precision::bf16}, own).layer_s == Approx(2 * shipped));
}

TEST_CASE("a fit of the hierarchy tells apart what two scopes have together", "[capacity]") {
  CalibrationOptions options;
  options.scopes = FactorScopes::hierarchy;
  options.iterations = 1;
  options.leave_one_out = false;
  const Calibration c = calibrate(made_rows(0.85, 1.5), prior_table(), options);
  const auto scope_of = [&](const char* factor, const char* scope) {
    for (const FittedFactor& f : c.factors)
      if (f.factor == factor && f.scope == scope) return f.of;
    return std::string("none");
  };
  CHECK(scope_of("time", "family+engine") == "llama+vllm");
  CHECK(scope_of("experts_memory", "precision+generation") == "bf16+hopper");
  CHECK(scope_of("time", "group") == "none");
}

TEST_CASE("calibration finds the constants that made the measurements", "[capacity]") {
  CalibrationOptions options;
  const Calibration c = calibrate(made_rows(0.85, 1.5), shipped_catalog().efficiencies, options);
  CHECK(c.rows == 8);
  CHECK(c.before.tpot.mean > 0.05);
  CHECK(c.after.tpot.mean < 0.01);
  CHECK(c.after.ttft.mean < 0.03);
  CHECK(c.left_out.tpot.figures == 8);
  CHECK(c.left_out.tpot.mean < c.before.tpot.mean);
  CalibrationOptions other = options;
  other.threads = 2;
  const Calibration again = calibrate(made_rows(0.85, 1.5), shipped_catalog().efficiencies, other);
  for (std::size_t i = 0; i < c.factors.size(); ++i) CHECK(c.factors[i].log_value == again.factors[i].log_value);
}

TEST_CASE("calibration leaves out what says nothing, with the reason", "[capacity]") {
  std::vector<CaseRow> rows = made_rows(1, 1);
  rows[0].overloaded = true;
  rows[1].reason = "no such model";
  rows[2].measured = {};
  const Calibration c = calibrate(rows, shipped_catalog().efficiencies, {});
  CHECK(c.rows == 5);
  REQUIRE(c.unused.size() == 3);
  CHECK(c.unused[1].find("no such model") != std::string::npos);
  CHECK(c.before.tpot.mean < 1e-9);  // made by the shipped constants
}
