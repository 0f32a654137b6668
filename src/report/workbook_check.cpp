#include <cerrno>

#include <zlib.h>

#include "tonnage/core/io.hpp"
#include "workbook.hpp"

namespace tonnage::report {

namespace {

std::size_t little(const std::string& bytes, std::size_t at, int count) {
  std::size_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8U | static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(i)));
  return value;
}

[[noreturn]] void lost() { throw IoError("write", "the temporary files of a workbook", ENOSPC); }

std::string inflated(const std::string& bytes, std::size_t at, std::size_t packed, std::size_t size) {
  std::string out(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) lost();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + at));
  stream.avail_in = static_cast<uInt>(packed);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(size);
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.total_out != size) lost();
  return out;
}

/// "<?xml …?>", "<worksheet …>", …, "</worksheet>".
bool whole_xml(const std::string& xml) {
  const auto declaration = xml.find("?>");
  const auto root = declaration == std::string::npos ? declaration : xml.find('<', declaration);
  if (root == std::string::npos) return false;
  const std::string name = xml.substr(root + 1, xml.find_first_of(" />\n", root + 1) - root - 1);
  const auto last = xml.find_last_not_of(" \r\n");
  const std::string end = "</" + name + ">";
  return last != std::string::npos && last + 1 >= end.size() && (xml.compare(last + 1 - end.size(), end.size(), end) == 0 || xml.compare(last - 1, 2, "/>") == 0);
}

}  // namespace

void check_workbook(const std::string& bytes) {
  const auto end = bytes.rfind("PK\x05\x06");  // end of the central directory
  if (end == std::string::npos || bytes.size() < end + 22) lost();
  std::size_t entry = little(bytes, end + 16, 4);
  for (std::size_t left = little(bytes, end + 10, 2); left > 0; --left) {
    if (bytes.size() < entry + 46) lost();
    const std::size_t method = little(bytes, entry + 10, 2), packed = little(bytes, entry + 20, 4), size = little(bytes, entry + 24, 4);
    const std::size_t name = little(bytes, entry + 28, 2), extra = little(bytes, entry + 30, 2), comment = little(bytes, entry + 32, 2);
    const std::size_t local = little(bytes, entry + 42, 4);
    if (bytes.size() < local + 30) lost();
    const std::size_t data = local + 30 + little(bytes, local + 26, 2) + little(bytes, local + 28, 2);
    if (bytes.size() < data + packed) lost();
    const std::string part = method == 0 ? bytes.substr(data, packed) : inflated(bytes, data, packed, size);
    const bool same = crc32(0, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size())) == little(bytes, entry + 16, 4);
    if (!same || !whole_xml(part)) lost();
    entry += 46 + name + extra + comment;
  }
}

}  // namespace tonnage::report
