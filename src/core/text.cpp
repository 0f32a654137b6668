#include "tonnage/core/text.hpp"

#include <algorithm>

#include <cstdint>

#include <fmt/format.h>

namespace tonnage {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string spaced(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

namespace {

/// Length of the UTF-8 sequence at `text[at]`, or 0 when it is not valid (overlong, surrogate, beyond U+10FFFF, NUL).
std::size_t decode(std::string_view text, std::size_t at, std::uint32_t& point) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[at + k]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    point = first;
    return first == 0 ? 0 : 1;
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  point = first & (0xFFU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xC0U) != 0x80U) return 0;
    point = (point << 6) | (byte(k) & 0x3FU);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  return overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF) ? 0 : length;
}

bool is_combining(std::uint32_t c) { return (c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200D) || c == 0xFE0F; }

bool is_wide(std::uint32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

bool is_steering(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200E && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
}

}  // namespace

int display_width(std::string_view utf8) {
  int width = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    std::uint32_t point = 0;
    const std::size_t length = decode(utf8, at, point);
    at += length == 0 ? 1 : length;
    width += is_combining(point) ? 0 : is_wide(point) ? 2 : 1;
  }
  return width;
}

int code_points(std::string_view utf8) {
  int count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  return count;
}

bool check_encoding(std::string_view text, int file, Diagnostics& diagnostics) {
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") {
    diagnostics.error("encoding", "this file is UTF-16; UTF-8 is expected", {file, 1, 1, 0}, "", "convert it: iconv -f UTF-16 -t UTF-8");
    return false;
  }
  int line = 1;
  int column = 1;
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t point = 0;
    const std::size_t length = decode(text, at, point);
    if (length == 0) {
      const unsigned value = static_cast<unsigned char>(text[at]);
      diagnostics.error("encoding", value == 0 ? "a NUL byte is not allowed" : fmt::format("byte 0x{:02X} is not valid UTF-8", value),
                        {file, line, column, 0}, "", "save the file as UTF-8");
      return false;
    }
    at += length;
    ++column;
    if (point == '\n') {
      ++line;
      column = 1;
    }
  }
  return true;
}

std::string printable(std::string_view utf8) {
  std::string out;
  for (std::size_t at = 0; at < utf8.size();) {
    std::uint32_t point = 0;
    const std::size_t length = decode(utf8, at, point);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(utf8[at]));
      ++at;
      continue;
    }
    if (is_steering(point))
      out += point < 0x100 ? fmt::format("\\x{:02x}", point) : fmt::format("\\u{:04x}", point);
    else
      out += utf8.substr(at, length);
    at += length;
  }
  return out;
}

}  // namespace tonnage
