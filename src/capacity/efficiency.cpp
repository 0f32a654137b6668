#include "tonnage/capacity/efficiency.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "tonnage/capacity/curve.hpp"

namespace tonnage::capacity {
namespace {

constexpr FactorField fields[] = {
    {"compute_16bit", &EngineConstants::compute_efficiency, 0.05, 1},
    {"compute_8bit", &EngineConstants::compute_efficiency_8bit, 0.05, 1},
    {"compute_4bit", &EngineConstants::compute_efficiency_4bit, 0.05, 1},
    {"weights_memory", &EngineConstants::memory_efficiency, 0.1, 1},
    {"experts_compute", &EngineConstants::expert_compute, 0.01, 2},
    {"experts_memory", &EngineConstants::expert_memory, 0.05, 1.2},
    {"attention_compute", &EngineConstants::attention_compute, 0.02, 1},
    {"attention_memory", &EngineConstants::attention_memory, 0.05, 1},
    {"overlap_power", &EngineConstants::roofline_power, 1, 8},
    {"link", &EngineConstants::link_efficiency, 0.02, 2},
    {"collective_s", &EngineConstants::collective_s, 1e-7, 1e-3},
    {"collective_growth", &EngineConstants::collective_growth, 1, 4},
    {"step_s", &EngineConstants::step_s, 0, 0.1},
    {"layer_s", &EngineConstants::layer_s, 0, 1e-3},
    {"expert_layer_s", &EngineConstants::expert_layer_s, 0, 1e-3},
    {"sequence_s", &EngineConstants::sequence_s, 0, 1e-3},
    {"front_end_s", &EngineConstants::front_end_s, 0, 1},
    {"front_end_token_s", &EngineConstants::front_end_token_s, 0, 1e-3},
    {"prompt_step_s", &EngineConstants::prompt_step_s, 0, 0.2},
    {"imbalance", &EngineConstants::expert_imbalance, 1, 2},
    {"front_end_serial_s", &EngineConstants::front_end_serial_s, 0, 0.1},
    {"output_delay_steps", &EngineConstants::output_delay_steps, 0, 10},
    {"output_token_s", &EngineConstants::output_token_s, 0, 0.01},
    {"cold_start_s", &EngineConstants::cold_start_s, 0, 60},
    {"tail_warm", &EngineConstants::tail_warm, 1, 10},
    {"tail_cold", &EngineConstants::tail_cold, 1, 10},
    {"time", &EngineConstants::time_scale, 0.1, 10},
};

std::string attention_kind(const ModelArchitecture& m) {
  if (m.sparse_attention_tokens > 0) return "sparse";
  if (m.kv_lora_rank > 0) return "latent";
  if (m.linear_full_every > 0) return "linear";
  return m.window > 0 ? "window" : "plain";
}

using Scopes = std::vector<std::pair<std::string, std::string>>;

std::string_view value_of(const Scopes& scopes, std::string_view scope) {
  for (const auto& [name, value] : scopes)
    if (name == scope) return value;
  return {};
}

bool matches(const EfficiencyFactor& row, const Scopes& scopes) {
  std::string_view scope = row.scope, of = row.of;
  for (auto plus = scope.find('+'); plus != std::string_view::npos; plus = scope.find('+')) {
    const std::string_view first = value_of(scopes, scope.substr(0, plus));
    if (!of.starts_with(first) || of.size() <= first.size() || of[first.size()] != '+') return false;
    scope.remove_prefix(plus + 1), of.remove_prefix(first.size() + 1);
  }
  return value_of(scopes, scope) == of;
}

/// One past the last when there is none.
std::size_t field_of(std::string_view factor) {
  const auto at = std::find_if(std::begin(fields), std::end(fields), [&](const FactorField& field) { return factor == field.name; });
  return static_cast<std::size_t>(at - std::begin(fields));
}

bool has_row(std::string_view scope, const std::string& of) {
  for (const EfficiencyFactor& row : shipped_catalog().efficiencies)
    if (row.scope == scope && row.of == of) return true;
  return false;
}

}  // namespace

std::span<const FactorField> factor_fields() { return fields; }

std::vector<std::pair<std::string, std::string>> scopes_of(const ServingSetup& s) {
  std::vector<std::pair<std::string, std::string>> scopes = {{"all", ""}, {"engine", s.engine}, {"precision", to_string(s.precision)}};
  if (bytes_per_weight(s.kv_precision) < 2) scopes.push_back({"kv", to_string(s.kv_precision)});
  if (!s.version.empty()) scopes.push_back({"version", s.engine + "-" + s.version});
  if (s.accelerator != nullptr) {
    scopes.push_back({"generation", s.accelerator->generation});
    scopes.push_back({"accelerator", s.accelerator->name});
  }
  if (s.model != nullptr) {
    scopes.push_back({"attention", attention_kind(*s.model)});
    scopes.push_back({"family", s.model->family});
    if (s.model->experts > 0) scopes.push_back({"experts", "yes"});
  }
  return scopes;
}

bool applies(const EfficiencyFactor& row, const ServingSetup& setup) { return matches(row, scopes_of(setup)); }

EngineConstants engine_constants(std::span<const EfficiencyFactor> table, const ServingSetup& setup) {
  EngineConstants out;
  const Scopes scopes = scopes_of(setup);
  std::array<double, std::size(fields)> values{}, products;
  products.fill(1);
  for (const EfficiencyFactor& row : table) {
    if (!matches(row, scopes)) continue;
    const std::size_t at = field_of(row.factor);
    if (at == std::size(fields)) continue;
    if (row.scope == "all") values[at] = row.value;
    else products[at] *= row.value;
  }
  for (std::size_t i = 0; i < std::size(fields); ++i)
    if (values[i] > 0) out.*fields[i].field = std::clamp(values[i] * products[i], fields[i].least, fields[i].most);
  return out;
}

EngineConstants shipped_constants(const ServingSetup& setup) { return engine_constants(shipped_catalog().efficiencies, setup); }

EngineConstants planning_constants(const ServingSetup& setup, const CalibrationTable& calibration) {
  EngineConstants out = shipped_constants(setup);
  if (setup.accelerator == nullptr) return out;
  const std::string model = setup.model != nullptr ? setup.model->name : "";
  for (const std::string& key : {setup.accelerator->name, setup.accelerator->name + "/" + model}) {
    const auto own = calibration.find(key);
    if (own == calibration.end()) continue;
    for (const FactorField& field : fields)
      if (const auto at = own->second.find(field.name); at != own->second.end())
        out.*field.field = std::clamp(out.*field.field * at->second, field.least, field.most);
  }
  return out;
}

EngineConstants planned_engine(const CurveQuery& query, const CalibrationTable& calibration) {
  const Precision precision = query.precision.value_or(query.model.native_precision);
  return planning_constants({planning_engine, planning_version, &query.accelerator, &query.model, precision, query.kv_precision}, calibration);
}

const char* to_string(Evidence evidence) {
  switch (evidence) {
    case Evidence::same_setup: return "same setup measured";
    case Evidence::same_chip: return "same chip measured";
    case Evidence::new_chip: return "new chip";
  }
  return "";
}

Evidence evidence_of(const ServingSetup& s) {
  if (s.accelerator == nullptr || !has_row("measured accelerator", s.accelerator->name)) return Evidence::new_chip;
  const std::string family = s.model != nullptr ? s.model->family : "";
  return has_row("measured setup", s.accelerator->name + "+" + s.engine + "+" + family) ? Evidence::same_setup : Evidence::same_chip;
}

}  // namespace tonnage::capacity
