// Small text helpers that several modules share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tonnage/core/diagnostics.hpp"

namespace tonnage {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// A key as words: "lead_time" is "lead time".
std::string spaced(std::string key);
/// Lower case for ASCII letters only.
std::string lower(std::string_view text);

/// Display width in columns: one per code point, two for East Asian wide ones, none for combining marks.
int display_width(std::string_view utf8);
/// Number of code points.
int code_points(std::string_view utf8);

/// True when `text` is valid UTF-8 without NUL; else reports "encoding" at the first bad byte.
bool check_encoding(std::string_view text, int file, Diagnostics& diagnostics);

/// Control characters and direction marks made visible (\x1b, \u202e), so that a name cannot steer a terminal.
std::string printable(std::string_view utf8);

}  // namespace tonnage
