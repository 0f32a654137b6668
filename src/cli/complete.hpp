// What may follow the words of a command line: names from the command, the catalogue and the scenario file that the line names.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tonnage/core/io.hpp"
#include "tonnage/scenario/load.hpp"

namespace tonnage::cli {

/// The hidden command that completion scripts call, with the words of the line up to the cursor.
inline constexpr const char* complete_command = "__complete";

struct Candidate {
  std::string text;
  std::string told;          ///< a few words for shells that show them; may be empty
};

/// What a word can become.
struct Completion {
  std::vector<Candidate> words;
  bool files = false;        ///< or a file's name
  bool open = false;         ///< the word goes on after a candidate: no space
};

/// Names of a scenario, from its file. Of a file with mistakes, what can be read of it.
class ScenarioNames {
 public:
  /// `path` may be empty, missing, or a plan in JSON; overlays are merged over it.
  ScenarioNames(const std::string& path, const std::vector<std::string>& overlays, FileSystem& files);

  /// Keys of a section: "pools", "regions", ...
  std::vector<std::string> of(const std::string& section) const;
  std::vector<std::string> providers() const;
  std::vector<std::string> periods() const;
  const scenario::Node& tree() const { return tree_; }

 private:
  scenario::Node tree_;
  std::vector<std::string> periods_;
};

/// Completes the last word, which may be empty; the words before it follow `tonnage`.
Completion complete(const CLI::App& app, const std::vector<std::string>& words, FileSystem& files);

/// A line for each candidate, with a tab before what is told of it, and one that begins with ':' and says what else: files, open.
std::string completion_lines(const Completion& completion);

/// Paths of --set and --over, and values where they are words.
Completion complete_path(const std::string& word, const ScenarioNames& names);
/// cost[PERIOD,POOL,CATEGORY] of `explain`.
Completion complete_cell(const std::string& word, const ScenarioNames& names);

}  // namespace tonnage::cli
