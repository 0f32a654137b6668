// Hides the difference between Catch2 2 and 3; offers the shared reference data where it is present.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace tonnage::testing {

inline std::filesystem::path source_dir() { return TONNAGE_SOURCE_DIR; }

/// Path of a reference file beside the checkout; prints a line that the case is skipped when it is absent.
inline bool reference_file(const std::string& relative, std::filesystem::path& path) {
  path = source_dir().parent_path() / "shared" / "data" / relative;
  if (std::filesystem::exists(path)) return true;
  std::printf("SKIPPED: reference data %s is not here\n", relative.c_str());
  return false;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tonnage::testing
