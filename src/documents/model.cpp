#include "tonnage/documents/model.hpp"

#include <array>
#include <utility>

namespace tonnage {

namespace {

constexpr std::array<std::pair<ModelKind, const char*>, 7> model_kinds = {{
    {ModelKind::decoder, "decoder"},
    {ModelKind::encoder, "encoder"},
    {ModelKind::speech, "speech"},
    {ModelKind::vision, "vision"},
    {ModelKind::diffusion, "diffusion"},
    {ModelKind::recommender, "recommender"},
    {ModelKind::measured, "measured"},
}};

constexpr std::array<std::pair<Precision, const char*>, 7> precisions = {{
    {Precision::fp32, "fp32"},
    {Precision::bf16, "bf16"},
    {Precision::fp8, "fp8"},
    {Precision::int8, "int8"},
    {Precision::int4, "int4"},
    {Precision::mxfp4, "mxfp4"},
    {Precision::nvfp4, "nvfp4"},
}};

}  // namespace

const char* to_string(ModelKind kind) {
  for (const auto& [value, name] : model_kinds)
    if (value == kind) return name;
  return "unknown";
}

std::optional<ModelKind> parse_model_kind(const std::string& text) {
  for (const auto& [value, name] : model_kinds)
    if (text == name) return value;
  return std::nullopt;
}

const char* to_string(Precision precision) {
  for (const auto& [value, name] : precisions)
    if (value == precision) return name;
  return "unknown";
}

std::optional<Precision> parse_precision(const std::string& text) {
  for (const auto& [value, name] : precisions)
    if (text == name) return value;
  return std::nullopt;
}

}  // namespace tonnage
