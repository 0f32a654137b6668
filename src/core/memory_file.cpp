#include "tonnage/core/memory_file.hpp"

#include <cerrno>

#include <sys/mman.h>
#include <unistd.h>

#include "tonnage/core/io.hpp"

namespace tonnage {

MemoryFile::MemoryFile() : file_(::memfd_create("tonnage", MFD_CLOEXEC)) {
  if (file_ < 0) throw IoError("make", "a file in memory", errno);
}

MemoryFile::~MemoryFile() { ::close(file_); }

std::string MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(file_); }

std::string MemoryFile::contents() const {
  if (::lseek(file_, 0, SEEK_SET) != 0) throw IoError("read", "a file in memory", errno);
  return read_all(system_files(), file_, "a file in memory", std::size_t{1} << 31);
}

}  // namespace tonnage
