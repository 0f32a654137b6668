// A file that lives in memory: for libraries that write to a path only.
#pragma once

#include <string>

namespace tonnage {

class MemoryFile {
 public:
  /// Throws IoError.
  MemoryFile();
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  /// Opens for reading and writing, in this process only.
  std::string path() const;
  /// All that was written. Throws IoError.
  std::string contents() const;

 private:
  int file_;
};

}  // namespace tonnage
