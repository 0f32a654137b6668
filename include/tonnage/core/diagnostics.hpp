// Diagnostics: mistakes are collected, each with its place, and shown together like a compiler's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tonnage {

/// A range in a source file. Lines and columns count from 1; columns count characters, not bytes.
/// `file` is an index into SourceMap; -1 means "nowhere in particular".
struct Mark {
  int file = -1;
  int line = 0;
  int column = 0;
  int end_column = 0;  ///< one past the last marked column; 0 when only a point is known

  bool known() const { return file >= 0 && line > 0; }
};

/// The texts that marks point into, kept so that a message can show the offending line.
class SourceMap {
 public:
  /// Registers a text under the name that messages show. Returns its index.
  int add(std::string name, std::string text);
  const std::string& name(int file) const { return files_[static_cast<std::size_t>(file)].name; }
  /// The text of a line without its end-of-line mark; empty when there is no such line.
  std::string_view line(int file, int line) const;
  int size() const { return static_cast<int>(files_.size()); }
  /// "file:line:column", or the file's name alone when the line is unknown.
  std::string place(const Mark& mark) const;

 private:
  struct File {
    std::string name;
    std::string text;
    std::vector<std::size_t> starts;  ///< byte offset of each line
  };
  std::vector<File> files_;
};

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;     ///< stable, e.g. "unknown-key"; each has an entry in docs/errors.md
  std::string message;  ///< what was found and what is allowed
  Mark mark;
  std::string hint;     ///< shown beside the marker, e.g. "did you mean 'power'?"
  std::string note;     ///< shown below the excerpt, e.g. "'gaps: interpolate' accepts it"
};

/// Collects the diagnostics of one run.
class Diagnostics {
 public:
  SourceMap sources;

  void error(std::string code, std::string message, Mark mark, std::string hint = {}, std::string note = {});
  void warning(std::string code, std::string message, Mark mark, std::string hint = {}, std::string note = {});
  bool has_errors() const { return errors_ > 0; }
  int error_count() const { return errors_; }
  int warning_count() const { return static_cast<int>(items_.size()) - errors_; }
  const std::vector<Diagnostic>& items() const { return items_; }

  /// Errors first, then warnings, each in order of file, line and column.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> items_;
  int errors_ = 0;
};

/// All diagnostics as text, at most `limit` of them and then a count; ANSI colours when `color`.
std::string render(const Diagnostics& diagnostics, bool color, int limit = 50);

/// One diagnostic as "error: …\n  --> place\n excerpt".
std::string render(const Diagnostic& diagnostic, const SourceMap& sources, bool color);

/// The closest of `candidates` to `word` by edit distance with transpositions (Damerau-Levenshtein, restricted),
/// or empty when none is close, or the closest is not unique.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

/// Restricted Damerau-Levenshtein distance (optimal string alignment).
int edit_distance(std::string_view a, std::string_view b);

/// "'a', 'b' or 'c'": a list for a message, cut after `limit` names.
std::string name_list(const std::vector<std::string>& names, std::size_t limit = 8);

}  // namespace tonnage
