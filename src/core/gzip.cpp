#include "tonnage/core/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace tonnage {

bool is_gzip(std::string_view bytes) { return bytes.size() >= 2 && bytes[0] == '\x1F' && bytes[1] == '\x8B'; }

std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit, std::string& problem) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) {
    problem = "out of memory";
    return std::nullopt;
  }
  std::string out;
  std::array<char, 1 << 16> buffer{};
  std::size_t at = 0;
  int status = Z_OK;
  problem = "is cut off";
  while (at < bytes.size() || status == Z_OK) {
    const std::size_t part = std::min<std::size_t>(bytes.size() - at, std::numeric_limits<int>::max());
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data() + at));  // NOLINT: zlib does not write there
    stream.avail_in = static_cast<uInt>(part);
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream, Z_NO_FLUSH);
    at += part - stream.avail_in;
    out.append(buffer.data(), buffer.size() - stream.avail_out);
    if (status == Z_STREAM_END && at < bytes.size()) {
      // Another member follows, as gzip allows; anything else is damage.
      if (!is_gzip(bytes.substr(at)) || inflateReset(&stream) != Z_OK) status = Z_DATA_ERROR;
    }
    if (out.size() > limit) problem = "unpacks to more than " + std::to_string(limit >> 20) + " MB", status = Z_MEM_ERROR;
    else if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) problem = "is damaged";
    if (status != Z_OK && !(status == Z_STREAM_END && at < bytes.size())) break;
  }
  inflateEnd(&stream);
  if (status == Z_STREAM_END) return out;
  return std::nullopt;
}

}  // namespace tonnage
