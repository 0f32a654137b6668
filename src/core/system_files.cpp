#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonnage/core/io.hpp"

namespace tonnage {

namespace {

int checked(int result) { return result < 0 ? -errno : result; }

class SystemFiles final : public FileSystem {
 public:
  int open_read(const std::string& path) override {
    const int file = checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file >= 0 && ::fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
      ::close(file);
      return -EISDIR;
    }
    return file;
  }

  int open_unnamed([[maybe_unused]] const std::string& folder) override {
#ifdef O_TMPFILE
    return checked(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
#else
    return -EOPNOTSUPP;
#endif
  }

  int create(const std::string& path) override { return checked(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)); }
  int open_write(const std::string& path) override { return checked(::open(path.c_str(), O_WRONLY | O_CLOEXEC)); }

  long read(int file, char* buffer, std::size_t size) override {
    const ssize_t got = ::read(file, buffer, size);
    return got < 0 ? -errno : got;
  }

  long write(int file, const char* data, std::size_t size) override {
    const ssize_t written = ::write(file, data, size);
    return written < 0 ? -errno : written;
  }

  int fsync(int file) override { return checked(::fsync(file)); }
  int close(int file) override { return checked(::close(file)); }

  int link(int file, const std::string& path) override {
    const std::string open_file = "/proc/self/fd/" + std::to_string(file);
    return checked(::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW));
  }

  int rename(const std::string& from, const std::string& to) override { return checked(::rename(from.c_str(), to.c_str())); }
  int remove(const std::string& path) override { return checked(::unlink(path.c_str())); }

  Kind kind(const std::string& path) override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return Kind::missing;
    return S_ISREG(status.st_mode) ? Kind::file : S_ISDIR(status.st_mode) ? Kind::folder : Kind::other;
  }

  std::string canonical(const std::string& path) override {
    char* resolved = ::realpath(path.c_str(), nullptr);
    if (resolved == nullptr) return {};
    std::string out = resolved;
    std::free(resolved);
    return out;
  }
};

}  // namespace

FileSystem& system_files() {
  static SystemFiles files;
  return files;
}

}  // namespace tonnage
