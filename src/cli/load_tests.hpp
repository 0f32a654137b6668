// Load tests as tools write them, turned into rows of cases. Private to the module.
#pragma once

#include <string>

namespace tonnage::cli {

/// What a tool's file does not say of itself; columns of a table of cases (capacity/case_table.hpp).
struct ServedAs {
  std::string model, accelerator, tensor_parallel, precision, engine;
};

/// True for a text that is JSON.
bool is_json(const std::string& text);

/// A file of `vllm bench serve`, of an inference-perf stage or of GuideLLM as a table of cases: CSV that read_cases()
/// takes. Throws InputError when it is none of them or lacks what a case needs.
std::string load_test_cases(const std::string& path, const std::string& text, const ServedAs& served);

}  // namespace tonnage::cli
