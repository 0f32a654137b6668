// Reads the files that a scenario names: within its folder, once each, remembered with their hashes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/core/csv.hpp"
#include "tonnage/core/diagnostics.hpp"
#include "tonnage/core/io.hpp"
#include "tonnage/scenario/load.hpp"

namespace tonnage::scenario {

struct OpenedFile {
  int source = -1;       ///< index in the diagnostics' source map
  std::string path;      ///< as opened
  std::string text;
};

struct ParsedTable {
  int source = -1;       ///< of its file
  CsvTable table;
  bool sound = true;     ///< without mistakes of form
};

class FileReader {
 public:
  FileReader(FileSystem& files, std::string root_folder, bool allow_outside, Diagnostics& diagnostics)
      : files_(files), root_(std::move(root_folder)), allow_outside_(allow_outside), diagnostics_(diagnostics) {}

  /// Opens `name` relative to `folder`. Reports at `mark` and returns nothing when it lies outside the root folder, is
  /// absolute, is missing, is not a file, or is too large.
  std::optional<OpenedFile> open(const std::string& name, const std::string& folder, const Mark& mark);
  /// Takes a text that was read elsewhere (standard input).
  OpenedFile adopt(const std::string& name, std::string text);

  /// The file as a table, parsed once and its mistakes of form reported once, however many workloads have rows in it.
  const ParsedTable& table(const OpenedFile& file);

  const std::vector<InputFile>& inputs() const { return inputs_; }
  /// What open() gave before, or null.
  const OpenedFile* opened(const std::string& name, const std::string& folder) const;
  /// A path relative to the root folder.
  std::string relative(const std::string& path) const;

 private:
  FileSystem& files_;
  std::string root_;
  bool allow_outside_;
  Diagnostics& diagnostics_;
  std::vector<InputFile> inputs_;
  std::vector<OpenedFile> opened_;
  std::map<int, ParsedTable> tables_;    ///< by source
};

}  // namespace tonnage::scenario
