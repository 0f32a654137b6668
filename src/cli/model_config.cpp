#include "model_config.hpp"

#include <initializer_list>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::cli {

namespace {

using Json = nlohmann::json;

/// The first of several keys that holds a whole number from 0 to 1e9; `otherwise` when none does.
int count(const Json& j, std::initializer_list<const char*> keys, int otherwise = 0) {
  for (const char* key : keys)
    if (j.contains(key) && j[key].is_number_integer() && j[key].get<long long>() >= 0 && j[key].get<long long>() <= 1'000'000'000) return j[key].get<int>();
  return otherwise;
}

std::string word(const Json& j, const char* key) { return j.contains(key) && j[key].is_string() ? j[key].get<std::string>() : ""; }

Precision precision_of(const Json& j) {
  if (j.contains("quantization_config") && j["quantization_config"].is_object()) {
    const Json& quantized = j["quantization_config"];
    const std::string method = lower(word(quantized, "quant_method"));
    if (method.find("mxfp4") != std::string::npos) return Precision::mxfp4;
    if (method.find("fp8") != std::string::npos) return Precision::fp8;
    if (method.find("awq") != std::string::npos || method.find("gptq") != std::string::npos) return count(quantized, {"bits"}, 4) == 8 ? Precision::int8 : Precision::int4;
  }
  return lower(word(j, "torch_dtype")) == "float32" ? Precision::fp32 : Precision::bf16;
}

}  // namespace

ModelArchitecture model_from_config(const std::string& name, const std::string& text) {
  Json j = Json::parse(text, nullptr, false);
  if (j.is_discarded() || !j.is_object()) throw InputError{"model-config", "'" + name + "' is not a JSON object"};
  if (j.contains("text_config") && j["text_config"].is_object()) j = Json(j["text_config"]);  // models that also see
  ModelArchitecture m;
  m.name = name;
  m.family = lower(word(j, "model_type"));
  m.layers = count(j, {"num_hidden_layers", "n_layer", "num_layers"});
  m.hidden = count(j, {"hidden_size", "n_embd", "d_model"});
  m.heads = count(j, {"num_attention_heads", "n_head", "num_heads"});
  m.vocabulary = count(j, {"vocab_size"});
  std::string wrong;
  for (const auto& [what, value] : {std::pair{"num_hidden_layers", m.layers}, {"hidden_size", m.hidden}, {"num_attention_heads", m.heads}, {"vocab_size", m.vocabulary}})
    if (value < 1) wrong += (wrong.empty() ? "" : "; ") + (j.contains(what) ? what + (" is " + j[what].dump()) + ", allowed is 1 to 1000000000" : std::string("no ") + what);
  if (!wrong.empty()) throw InputError{"model-config", "'" + name + "': " + wrong + ": is it the config.json of a decoder?"};
  m.kv_heads = count(j, {"num_key_value_heads", "num_kv_heads"}, m.heads);
  m.head_dim = count(j, {"head_dim"}, m.hidden / m.heads);
  m.ffn_dim = count(j, {"intermediate_size", "n_inner"}, 4 * m.hidden);
  m.ffn_matrices = word(j, "hidden_act").find("gelu_new") != std::string::npos ? 2 : 3;
  m.tied_embeddings = j.contains("tie_word_embeddings") && j["tie_word_embeddings"].is_boolean() && j["tie_word_embeddings"].get<bool>();
  m.experts = count(j, {"num_local_experts", "n_routed_experts", "num_experts"});
  m.experts_per_token = count(j, {"num_experts_per_tok", "num_experts_per_token", "experts_per_token"});
  m.shared_experts = count(j, {"n_shared_experts", "num_shared_experts"});
  if (m.experts > 0) m.expert_ffn_dim = count(j, {"moe_intermediate_size"}, m.ffn_dim);
  m.dense_layers = count(j, {"first_k_dense_replace"});
  m.q_lora_rank = count(j, {"q_lora_rank"});
  m.kv_lora_rank = count(j, {"kv_lora_rank"});
  m.rope_head_dim = count(j, {"qk_rope_head_dim"});
  m.nope_head_dim = count(j, {"qk_nope_head_dim"});
  m.value_head_dim = count(j, {"v_head_dim"});
  const bool windowed = !j.contains("use_sliding_window") || (j["use_sliding_window"].is_boolean() && j["use_sliding_window"].get<bool>());
  if (windowed) m.window = count(j, {"sliding_window"});
  m.sparse_attention_tokens = count(j, {"index_topk"});
  m.max_context_tokens = count(j, {"max_position_embeddings", "n_positions"});
  m.native_precision = precision_of(j);
  m.source = {name, ""};
  return m;
}

}  // namespace tonnage::cli
