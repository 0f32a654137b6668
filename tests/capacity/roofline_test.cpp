#include "models.hpp"
#include "capacity/overlap.hpp"
#include "test.hpp"

using namespace tonnage;
using namespace tonnage::capacity;
using namespace tonnage::capacity::testing;

TEST_CASE("weights and KV cache of Llama 3.1 8B are those of its configuration", "[capacity]") {
  const ModelSize size = size_of(llama_8b());
  CHECK(size.parameters == Approx(8.03e9).epsilon(0.001));
  CHECK(kv_bytes(size, 1) == 131072);  // 32 layers x 2 x 8 heads x 128 x 2 bytes
  CHECK(kv_bytes(size, 1000) == 131072000);
  // 32 x (2 x 4096^2 + 2 x 4096 x 1024 + 3 x 4096 x 14336)
  CHECK(size.dense == Approx(32.0 * (33554432 + 8388608 + 176160768)));
}

TEST_CASE("multi-head latent attention caches the compressed vector and the rotary part", "[capacity]") {
  const ModelSize size = size_of(deepseek_v3());
  CHECK(kv_bytes(size, 1) == 61 * (512 + 64) * 2);
  CHECK(size.parameters == Approx(671e9).epsilon(0.015));
  CHECK(size.kv_shards == 1);
}

TEST_CASE("mixture of experts: parameters, and experts that a batch wakes", "[capacity]") {
  CHECK(size_of(mixtral_8x7b()).parameters == Approx(46.7e9).epsilon(0.01));
  CHECK(distinct_experts(8, 2, 1) == Approx(2));
  CHECK(distinct_experts(8, 2, 2) == Approx(8 * (1 - 0.75 * 0.75)));
  CHECK(distinct_experts(8, 2, 1000) == Approx(8));
  CHECK(distinct_experts(0, 0, 10) == 0);
}

TEST_CASE("a sliding window bounds the KV cache of its layers", "[capacity]") {
  ModelArchitecture model = llama_8b();
  model.window = 1024;
  model.window_full_every = 2;
  const ModelSize size = size_of(model);
  CHECK(kv_bytes(size, 1024) == 131072.0 * 1024);
  CHECK(kv_bytes(size, 4096) == 0.5 * 131072 * 4096 + 0.5 * 131072 * 1024);
}

TEST_CASE("without fp8 units, fp8 weights are read as bytes and multiplied in bf16", "[capacity]") {
  const Accelerator old = a100(), recent = h100();
  CHECK(peak_flops(old, Precision::fp8) == old.bf16_flops);
  CHECK(peak_flops(recent, Precision::fp8) == recent.fp8_flops);
  CHECK(bytes_per_weight(Precision::fp8) == 1);
  const EngineConstants engine;
  CHECK(reached_flops(old, Precision::nvfp4, engine) == engine.compute_efficiency * old.bf16_flops);
}

namespace {

Placement placed(const ModelArchitecture& model, const Accelerator& chip, Layout layout = {}) {
  Placement p;
  p.model = model, p.size = size_of(model), p.accelerator = chip, p.layout = layout;
  return p;
}

}  // namespace

TEST_CASE("a lone decode step reads the weights: hand-worked Llama 3.1 8B on H100", "[capacity]") {
  const Placement placement = placed(llama_8b(), h100());
  const StepTime step = step_time(placement, 1, 500, 0, 0);
  const double rate = 0.82 * 3.35e12;
  const double weights = 2 * (32.0 * 218103808 + 128256.0 * 4096) / rate, cache = 131072.0 * 500 / (0.7 * 3.35e12);
  const double elementwise = 32 * 12 * 4096.0 * 2 / rate;
  const double fixed = 0.5e-3 + 32 * 15e-6 + 10e-6;
  CHECK(step.memory_s == Approx(weights + cache + elementwise));
  CHECK(step.fixed_s == Approx(fixed));
  CHECK(step.total_s == Approx(weights + cache + elementwise + fixed).epsilon(0.002));  // compute hides behind memory
  CHECK(placement.kv_capacity_bytes() == Approx(0.9 * 85.9e9 - 1.5e9 - 2 * size_of(llama_8b()).parameters));
}

TEST_CASE("tensor parallelism divides work, adds collectives, and copies KV heads that do not divide", "[capacity]") {
  const Placement one = placed(llama_8b(), h100()), two = placed(llama_8b(), h100(), {2}), sixteen = placed(llama_8b(), h100(), {16});
  // All but the elementwise traffic, which every accelerator does for all tokens.
  CHECK(step_time(two, 8, 500, 0, 0).memory_s == Approx(0.5 * step_time(one, 8, 500, 0, 0).memory_s).epsilon(0.01));
  CHECK(step_time(two, 8, 500, 0, 0).link_s > 64 * 7e-6);
  CHECK(two.kv_bytes_per_sequence(100) == one.kv_bytes_per_sequence(100));
  CHECK(sixteen.kv_bytes_per_sequence(100) == 2 * one.kv_bytes_per_sequence(100));
}

TEST_CASE("data parallelism copies attention and spreads experts; pipelines share a step's sequences out", "[capacity]") {
  const ModelArchitecture model = deepseek_v3();
  Placement spread = placed(model, h100(), {1, 1, 16, 16}), together = placed(model, h100(), {16});
  spread.precision = together.precision = Precision::fp8;
  const double attention = size_of(model).attention;
  CHECK(spread.weight_bytes() - together.weight_bytes() > 15 * attention * 0.99);
  // Latent attention keeps one copy of the cache on every tensor-parallel accelerator, and none twice between data-parallel ones.
  CHECK(together.kv_bytes_per_sequence(1000) == Approx(16 * spread.kv_bytes_per_sequence(1000)));
  CHECK(step_time(spread, 256, 2000, 0, 0).link_s > 0);
  const Placement whole = placed(llama_70b(), h100(), {4}), piped = placed(llama_70b(), h100(), {4, 2});
  CHECK(step_time(piped, 128, 1000, 0, 0).total_s == Approx(step_time(whole, 64, 1000, 0, 0).total_s).epsilon(0.02));
}

TEST_CASE("slower hardware makes no step faster", "[capacity]") {
  for (const ModelArchitecture& model : {llama_8b(), mixtral_8x7b(), deepseek_v3()})
    for (const double prompt : {0.0, 512.0, 4096.0}) {
      const Placement base = placed(model, h100(), {8});
      const double before = step_time(base, 32, 2000, prompt, 1000).total_s;
      for (double Accelerator::*field : {&Accelerator::bandwidth_bytes_per_s, &Accelerator::bf16_flops, &Accelerator::link_bytes_per_s}) {
        Placement half = base;
        half.accelerator.*field *= 0.5;
        CHECK(step_time(half, 32, 2000, prompt, 1000).total_s >= before);
      }
    }
}

TEST_CASE("the time of two resources at once is the power mean of both", "[capacity]") {
  for (const double power : {1.0, 1.7, 2.0, 2.18, 3.4, 8.0}) {
    const Overlap both(power);
    for (const double share : {0.0, 1e-9, 1e-3, 0.003, 0.1, 0.47, 0.9, 0.9999, 1.0}) {
      CHECK(both(3, 3 * share) == Approx(3 * std::pow(1 + std::pow(share, power), 1 / power)).epsilon(1e-6));
      CHECK(both(3 * share, 3) == both(3, 3 * share));
    }
    CHECK(both(0, 0) == 0);
  }
}
