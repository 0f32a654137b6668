// A file system in memory for tests of the loader: reading only, every write is refused.
#pragma once

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tonnage/core/io.hpp"

namespace tonnage::testing {

/// Files in memory: only reading.
class MemoryFiles final : public FileSystem {
 public:
  std::map<std::string, std::string> files;

  int open_read(const std::string& path) override {
    const auto found = files.find(path);
    if (found == files.end()) return -ENOENT;
    open_.push_back({&found->second, 0});
    return static_cast<int>(open_.size()) + 9;
  }
  int open_unnamed(const std::string&) override { return -EROFS; }
  int create(const std::string&) override { return -EROFS; }
  int open_write(const std::string&) override { return -EROFS; }
  long read(int file, char* buffer, std::size_t size) override {
    auto& [text, at] = open_[static_cast<std::size_t>(file - 10)];
    const std::size_t count = std::min(size, text->size() - at);
    text->copy(buffer, count, at);
    at += count;
    return static_cast<long>(count);
  }
  long write(int, const char*, std::size_t) override { return -EROFS; }
  int fsync(int) override { return -EROFS; }
  int close(int) override { return 0; }
  int link(int, const std::string&) override { return -EROFS; }
  int rename(const std::string&, const std::string&) override { return -EROFS; }
  int remove(const std::string&) override { return -EROFS; }
  Kind kind(const std::string& path) override { return files.count(path) > 0 ? Kind::file : path == "." ? Kind::folder : Kind::missing; }
  std::string canonical(const std::string& path) override { return path == "." ? "/here" : "/here/" + path; }

 private:
  std::vector<std::pair<const std::string*, std::size_t>> open_;
};

}  // namespace tonnage::testing
