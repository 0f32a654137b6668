// Sweeps: one plan for each combination of values.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "tonnage/pipeline/what_if.hpp"

namespace tonnage::pipeline {

inline constexpr std::size_t max_sweep_runs = 1000;

/// A path of the scenario and the values that it takes.
struct SweepAxis {
  std::string path;
  std::vector<std::string> values;   ///< as --set takes them
};

/// "path=v1,v2": commas within brackets, braces and quotes do not separate. "path=10:100:10 %" counts from 10 to 100 in steps of 10.
/// Throws std::invalid_argument that says what is wrong.
SweepAxis parse_sweep_axis(const std::string& text);

/// A combination, and what it came to.
struct SweepRun {
  std::vector<std::string> values;   ///< by axis
  WhatIfResult result;
};

/// The arguments of --set of every combination, the last axis fastest. Throws std::invalid_argument for more than max_sweep_runs.
std::vector<std::vector<std::string>> sweep_grid(const std::vector<SweepAxis>& axes);

std::vector<SweepRun> sweep(const std::vector<SweepAxis>& axes, const scenario::LoadOptions& base, const Catalog& catalog, FileSystem& files, const RunOptions& options,
                            StageCache& cache);

}  // namespace tonnage::pipeline
