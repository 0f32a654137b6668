// Runs of scenarios that a test holds as text.
#pragma once

#include <string>
#include <vector>

#include "memory_files.hpp"
#include "test.hpp"
#include "tonnage/pipeline/pipeline.hpp"

namespace tonnage::testing {

inline scenario::LoadOptions options_of(const char* text, std::vector<std::string> sets = {}) {
  scenario::LoadOptions out;
  out.path = "-";
  out.text = text;
  out.sets = std::move(sets);
  return out;
}

inline pipeline::Run run_of(const scenario::LoadOptions& load, const pipeline::RunOptions& options = {}) {
  MemoryFiles files;
  Diagnostics diagnostics;
  auto loaded = scenario::load_scenario(load, shipped_catalog(), files, diagnostics);
  INFO(render(diagnostics, false));
  REQUIRE(loaded);
  return pipeline::run(std::move(*loaded), pipeline::Stage::tco, options);
}

}  // namespace tonnage::testing
