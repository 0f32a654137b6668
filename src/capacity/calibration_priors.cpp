#include "calibration_priors.hpp"

#include <cmath>
#include <utility>

#include "tonnage/capacity/calibrate.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::capacity {
namespace {

constexpr FactorPrior one_set[] = {
    {"compute_16bit", "all", 0.2},    {"compute_8bit", "all", 0.2},       {"compute_4bit", "all", 0.2},      {"weights_memory", "all", 0.1},
    {"experts_compute", "all", 0.3},  {"experts_memory", "all", 0.2},     {"attention_compute", "all", 0.2}, {"attention_memory", "all", 0.2},
    {"link", "all", 0.2},             {"collective_s", "all", 0.3},       {"step_s", "all", 0.4},            {"layer_s", "all", 0.3},
    {"expert_layer_s", "all", 0.4},   {"sequence_s", "all", 0.4},         {"front_end_s", "all", 0.5},       {"prompt_step_s", "all", 0.5},
    {"front_end_serial_s", "all", 0.5}, {"output_token_s", "all", 0.5}, {"output_delay_steps", "all", 0.3}, {"cold_start_s", "all", 1.0}, {"time", "all", 0.1},
    {"tail_warm", "all", 0.3},        {"tail_cold", "all", 0.3},
};

constexpr FactorPrior hierarchy[] = {
    // Constants of all: how sure data sheets, operator timings and experience make them.
    {"compute_16bit", "all", 0.2}, {"compute_8bit", "all", 0.2}, {"compute_4bit", "all", 0.3}, {"weights_memory", "all", 0.1},
    {"experts_compute", "all", 0.5}, {"experts_memory", "all", 0.4}, {"attention_compute", "all", 0.5}, {"attention_memory", "all", 0.4},
    {"overlap_power", "all", 0.15}, {"link", "all", 0.4}, {"collective_s", "all", 0.5}, {"collective_growth", "all", 0.15},
    {"step_s", "all", 0.7}, {"layer_s", "all", 0.7}, {"expert_layer_s", "all", 1}, {"sequence_s", "all", 1},
    {"front_end_s", "all", 0.7}, {"front_end_token_s", "all", 1}, {"prompt_step_s", "all", 1}, {"imbalance", "all", 0.05},
    {"front_end_serial_s", "all", 1}, {"output_token_s", "all", 0.7}, {"output_delay_steps", "all", 0.4}, {"cold_start_s", "all", 1.2},
    // Engines differ in kernels and above all in what they do on the host.
    {"compute_16bit", "engine", 0.12}, {"compute_8bit", "engine", 0.12}, {"compute_4bit", "engine", 0.12},
    {"experts_compute", "engine", 0.3}, {"experts_memory", "engine", 0.3}, {"attention_compute", "engine", 0.3},
    {"attention_memory", "engine", 0.3}, {"collective_s", "engine", 0.3}, {"step_s", "engine", 0.4}, {"layer_s", "engine", 0.4},
    {"expert_layer_s", "engine", 0.4}, {"sequence_s", "engine", 0.4}, {"front_end_s", "engine", 0.4},
    {"front_end_token_s", "engine", 0.4}, {"prompt_step_s", "engine", 0.8}, {"front_end_serial_s", "engine", 0.4},
    {"output_token_s", "engine", 0.7}, {"output_delay_steps", "engine", 0.3}, {"cold_start_s", "engine", 1},
    // One version whose tests state all settings.
    {"compute_16bit", "version", 0.1}, {"compute_8bit", "version", 0.1}, {"weights_memory", "version", 0.1},
    {"attention_memory", "version", 0.1}, {"attention_compute", "version", 0.1}, {"experts_memory", "version", 0.3},
    {"experts_compute", "version", 0.3}, {"step_s", "version", 0.3}, {"layer_s", "version", 0.3}, {"expert_layer_s", "version", 0.3},
    {"sequence_s", "version", 0.3}, {"front_end_s", "version", 0.6}, {"front_end_token_s", "version", 0.3},
    {"prompt_step_s", "version", 0.3}, {"front_end_serial_s", "version", 0.3}, {"output_delay_steps", "version", 0.3},
    {"output_token_s", "version", 0.3}, {"collective_s", "version", 0.3}, {"cold_start_s", "version", 1},
    // Chips: an architecture's chips are alike.
    {"compute_16bit", "generation", 0.15}, {"compute_8bit", "generation", 0.15}, {"compute_4bit", "generation", 0.15},
    {"weights_memory", "generation", 0.08}, {"attention_compute", "generation", 0.25}, {"attention_memory", "generation", 0.25},
    {"link", "generation", 0.25}, {"collective_s", "generation", 0.25}, {"experts_memory", "generation", 0.25},
    {"experts_compute", "generation", 0.25}, {"layer_s", "generation", 0.25}, {"step_s", "generation", 0.25},
    {"compute_16bit", "accelerator", 0.08}, {"compute_8bit", "accelerator", 0.08}, {"compute_4bit", "accelerator", 0.08},
    {"weights_memory", "accelerator", 0.08}, {"attention_memory", "accelerator", 0.15}, {"link", "accelerator", 0.15},
    {"collective_s", "accelerator", 0.15},
    // Forms of weights and of attention.
    {"experts_memory", "precision", 0.3}, {"experts_compute", "precision", 0.3}, {"weights_memory", "precision", 0.1},
    {"layer_s", "precision", 0.15}, {"expert_layer_s", "precision", 0.15},
    {"attention_compute", "attention", 0.35}, {"attention_memory", "attention", 0.35}, {"layer_s", "attention", 0.35},
    // Kernels are written for a form of weights on a generation of chips: four-bit weights are multiplied as such, or unpacked.
    {"experts_memory", "precision+generation", 0.3}, {"experts_compute", "precision+generation", 0.3},
    {"weights_memory", "precision+generation", 0.1}, {"layer_s", "precision+generation", 0.2}, {"expert_layer_s", "precision+generation", 0.3},
    // An engine's kernels suit one generation better than another, and models whose layers it has fused.
    {"collective_s", "engine+generation", 0.25}, {"layer_s", "engine+generation", 0.2}, {"step_s", "engine+generation", 0.3},
    {"attention_compute", "engine+generation", 0.2}, {"attention_memory", "engine+generation", 0.2},
    // Kernels that read a cache in 8 bits are others than those that read one in 16.
    {"attention_memory", "engine+generation+kv", 0.3}, {"attention_compute", "engine+generation+kv", 0.2},
    {"time", "family+engine", 0.1}, {"prompt_step_s", "attention+engine", 0.6},
    // Groups of rows of one publication, chip and model: a bias of their own, which no prediction uses. Small for the time of a step:
    // the larger it may be, the less of what chips and models share is found (left-out groups were predicted worse).
    {"time", "group", 0.03}, {"cold_start_s", "group", 0.3}, {"front_end_s", "group", 0.2}, {"front_end_serial_s", "group", 0.2},
    {"tail_warm", "all", 0.2}, {"tail_cold", "all", 0.3}, {"tail_cold", "experts", 0.5}, {"tail_cold", "version", 0.2},
    {"cold_start_s", "experts", 0.5}, {"front_end_s", "experts", 0.5}, {"prompt_step_s", "experts", 0.5},
};

/// Where the fit starts: operator timings (docs/methods-capacity.md, section 2) and round numbers for the host.
constexpr std::pair<const char*, double> centres[] = {
    {"compute_16bit", 0.7}, {"compute_8bit", 0.6}, {"compute_4bit", 0.42}, {"weights_memory", 0.82}, {"experts_compute", 0.7},
    {"experts_memory", 0.7}, {"attention_compute", 0.4}, {"attention_memory", 0.6}, {"overlap_power", 2.0}, {"link", 0.7},
    {"collective_s", 8e-6}, {"collective_growth", 1.4}, {"step_s", 1e-3}, {"layer_s", 12e-6}, {"expert_layer_s", 15e-6},
    {"sequence_s", 12e-6}, {"front_end_s", 12e-3}, {"front_end_token_s", 2e-6}, {"prompt_step_s", 2e-3}, {"imbalance", 1.1},
    {"time", 1}, {"tail_warm", 1.1}, {"tail_cold", 1.4}, {"front_end_serial_s", 3e-3}, {"output_token_s", 2e-5}, {"output_delay_steps", 0.5}, {"cold_start_s", 0.4},
};

}  // namespace

std::span<const FactorPrior> one_set_priors() { return one_set; }
std::span<const FactorPrior> hierarchy_priors() { return hierarchy; }

std::string scope_value(std::string_view scope, const CaseRow& row) {
  if (scope == "group") return row.group.empty() ? "" : row.group + "/" + row.test.engine;
  const ServingSetup setup{row.test.engine, row.test.engine_version, &row.test.accelerator, &row.test.model, row.test.precision, row.test.kv_precision};
  const auto scopes = scopes_of(setup);
  std::string joined;
  for (const std::string_view part : split(scope, '+')) {
    std::string value;
    for (const auto& [name, of] : scopes)
      if (name == part) value = of;
    if (value.empty()) return {};
    joined += (joined.empty() ? "" : "+") + value;
  }
  return joined;
}

std::vector<EfficiencyFactor> prior_table() {
  std::vector<EfficiencyFactor> table;
  for (const auto& [factor, value] : centres) table.push_back({std::string(factor) + ".all", factor, "all", "", value, {"prior", ""}});
  return table;
}

std::vector<EfficiencyFactor> with_fitted(std::vector<EfficiencyFactor> table, std::span<const FittedFactor> fitted) {
  for (const FittedFactor& f : fitted) {
    if (f.scope == "group") continue;
    if (f.scope != "all") {
      table.push_back({f.factor + "." + f.scope + "." + f.of, f.factor, f.scope, f.of, std::exp(f.log_value), {}});
      continue;
    }
    for (EfficiencyFactor& row : table)
      if (row.factor == f.factor && row.scope == "all") row.value *= std::exp(f.log_value);
  }
  return table;
}

}  // namespace tonnage::capacity
