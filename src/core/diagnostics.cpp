#include "tonnage/core/diagnostics.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "tonnage/core/text.hpp"

namespace tonnage {

int SourceMap::add(std::string name, std::string text) {
  File file{std::move(name), std::move(text), {0}};
  for (std::size_t i = 0; i < file.text.size(); ++i)
    if (file.text[i] == '\n' || (file.text[i] == '\r' && (i + 1 >= file.text.size() || file.text[i + 1] != '\n'))) file.starts.push_back(i + 1);
  files_.push_back(std::move(file));
  return size() - 1;
}

std::string_view SourceMap::line(int file, int line) const {
  if (file < 0 || file >= size() || line < 1) return {};
  const File& f = files_[static_cast<std::size_t>(file)];
  if (static_cast<std::size_t>(line) > f.starts.size()) return {};
  const std::size_t begin = f.starts[static_cast<std::size_t>(line) - 1];
  const std::size_t end = f.text.find_first_of("\r\n", begin);
  std::string_view text = std::string_view(f.text).substr(begin, end == std::string::npos ? end : end - begin);
  if (line == 1 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  return text;
}

std::string SourceMap::place(const Mark& mark) const {
  if (mark.file < 0) return {};
  if (mark.line < 1) return printable(name(mark.file));
  return fmt::format("{}:{}:{}", printable(name(mark.file)), mark.line, std::max(1, mark.column));
}

void Diagnostics::error(std::string code, std::string message, Mark mark, std::string hint, std::string note) {
  items_.push_back({Severity::error, std::move(code), std::move(message), mark, std::move(hint), std::move(note)});
  ++errors_;
}

void Diagnostics::warning(std::string code, std::string message, Mark mark, std::string hint, std::string note) {
  items_.push_back({Severity::warning, std::move(code), std::move(message), mark, std::move(hint), std::move(note)});
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> out = items_;
  std::stable_sort(out.begin(), out.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.severity, a.mark.file, a.mark.line, a.mark.column) < std::tie(b.severity, b.mark.file, b.mark.line, b.mark.column);
  });
  return out;
}

namespace {

constexpr int excerpt_columns = 110;

/// Byte offset of the character `column` (from 1) of a line.
std::size_t offset_of(std::string_view line, int column) {
  std::size_t at = 0;
  for (int k = 1; k < column && at < line.size(); ++k) {
    ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U) ++at;
  }
  return at;
}

/// The offending line with a marker below it; long lines are cut around the marked range.
std::string excerpt(const Diagnostic& d, const SourceMap& sources, const std::string& strong, const std::string& reset) {
  const std::string_view line = sources.line(d.mark.file, d.mark.line);
  if (d.mark.line < 1 || trim(line).empty()) return d.hint.empty() ? "" : fmt::format("   = {}\n", d.hint);
  const std::string number = std::to_string(d.mark.line);
  const std::string pad(number.size(), ' ');
  int first = 1;
  const int length = code_points(line);
  if (length > excerpt_columns) first = std::max(1, std::min(d.mark.column - 40, length - excerpt_columns + 1));
  const std::size_t from = offset_of(line, first);
  const std::size_t to = offset_of(line, first + excerpt_columns);
  const std::string shown = printable(line.substr(from, to - from));
  const std::size_t mark_at = offset_of(line, d.mark.column);
  std::string before = mark_at > from ? printable(line.substr(from, mark_at - from)) : "";
  const int end_column = std::min(std::max(d.mark.end_column, d.mark.column + 1), first + excerpt_columns);
  const std::size_t mark_end = std::min(offset_of(line, end_column), to);
  const int width = std::max(1, mark_end > mark_at ? display_width(printable(line.substr(mark_at, mark_end - mark_at))) : 1);
  const std::string lead = first > 1 ? "…" : "";
  std::string out = fmt::format(" {} |\n {} | {}{}{}\n", pad, number, lead, shown, to < line.size() ? "…" : "");
  out += fmt::format(" {} | {}{}{}{}{}{}\n", pad, std::string(static_cast<std::size_t>(display_width(before)) + (first > 1 ? 1 : 0), ' '), strong,
                     std::string(static_cast<std::size_t>(width), '^'), d.hint.empty() ? "" : " ", d.hint, reset);
  return out;
}

}  // namespace

std::string render(const Diagnostic& d, const SourceMap& sources, bool color) {
  const bool error = d.severity == Severity::error;
  const std::string strong = color ? (error ? "\x1b[1;31m" : "\x1b[1;33m") : "";
  const std::string reset = color ? "\x1b[0m" : "";
  std::string out = fmt::format("{}{}{} [{}]: {}\n", strong, error ? "error" : "warning", reset, d.code, printable(d.message));
  const std::string place = sources.place(d.mark);
  if (!place.empty()) out += fmt::format("  --> {}\n", place);
  if (d.mark.known())
    out += excerpt(d, sources, strong, reset);
  else if (!d.hint.empty())
    out += fmt::format("   = {}\n", d.hint);
  if (!d.note.empty()) out += fmt::format("   = {}\n", printable(d.note));
  return out;
}

std::string render(const Diagnostics& diagnostics, bool color, int limit) {
  std::string out;
  const std::vector<Diagnostic> items = diagnostics.sorted();
  int shown = 0;
  for (const Diagnostic& d : items) {
    if (shown == limit) break;
    out += render(d, diagnostics.sources, color);
    ++shown;
  }
  if (static_cast<int>(items.size()) > limit) out += fmt::format("… and {} more\n", static_cast<int>(items.size()) - limit);
  return out;
}

int edit_distance(std::string_view a, std::string_view b) {
  const std::size_t columns = b.size() + 1;
  std::vector<int> before(columns), last(columns), row(columns);
  for (std::size_t j = 0; j < columns; ++j) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j < columns; ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string suggest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > 64) return {};
  const std::string wanted = lower(word);
  const int limit = std::max(1, static_cast<int>(word.size()) / 3);
  int best = limit + 1;
  std::string found;
  bool unique = false;
  for (const std::string& candidate : candidates) {
    const int distance = edit_distance(wanted, lower(candidate));
    if (distance < best) {
      best = distance;
      found = candidate;
      unique = true;
    } else if (distance == best && candidate != found) {
      unique = false;
    }
  }
  return unique && best <= limit ? found : std::string();
}

std::string name_list(const std::vector<std::string>& names, std::size_t limit) {
  std::string out;
  const std::size_t shown = std::min(names.size(), limit);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += "'" + names[i] + "'";
  }
  if (names.size() > shown) out += fmt::format(" … ({} in all)", names.size());
  return out;
}

}  // namespace tonnage
