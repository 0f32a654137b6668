// The one seam to the file system. Everything that reads or writes goes through a FileSystem, so that tests can make every
// call fail; nothing else in Tonnage opens a file.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace tonnage {

/// The calls of the operating system that Tonnage needs. Each returns a value >= 0, or -errno.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual int open_read(const std::string& path) = 0;
  /// Opens an unnamed file in `folder` (O_TMPFILE); -EOPNOTSUPP where there is no such thing.
  virtual int open_unnamed(const std::string& folder) = 0;
  /// Creates `path`, which must not exist.
  virtual int create(const std::string& path) = 0;
  /// Opens an existing device or pipe for writing.
  virtual int open_write(const std::string& path) = 0;
  virtual long read(int file, char* buffer, std::size_t size) = 0;
  virtual long write(int file, const char* data, std::size_t size) = 0;
  virtual int fsync(int file) = 0;
  virtual int close(int file) = 0;
  /// Gives an unnamed file a name that must not exist.
  virtual int link(int file, const std::string& path) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int remove(const std::string& path) = 0;
  enum class Kind { missing, file, folder, other };
  virtual Kind kind(const std::string& path) = 0;
  /// The path with symbolic links resolved, or empty when it does not exist.
  virtual std::string canonical(const std::string& path) = 0;
};

/// The real one.
FileSystem& system_files();

/// A call failed. what() is one clear line: "cannot write plan.json: No space left on device".
class IoError : public std::runtime_error {
 public:
  IoError(const std::string& doing, const std::string& path, int error_number);
  int error_number() const { return error_number_; }

 private:
  int error_number_;
};

/// The whole file. Throws IoError; EFBIG when it is larger than `limit` bytes.
std::string read_file(FileSystem& files, const std::string& path, std::size_t limit);

/// Replaces `path` with `contents` as a whole, or leaves it as it was: written beside, synced, renamed. Devices and pipes
/// are written in place. Throws IoError; no temporary file is left.
void write_file(FileSystem& files, const std::string& path, std::string_view contents);

/// Writes to an open descriptor (1: standard output) until all is written. Throws IoError.
void write_all(FileSystem& files, int file, const std::string& name, std::string_view contents);

/// Reads an open descriptor (0: standard input) to its end. Throws IoError; EFBIG beyond `limit` bytes.
std::string read_all(FileSystem& files, int file, const std::string& name, std::size_t limit);

/// SHA-256 as 64 hexadecimal digits.
std::string sha256(std::string_view data);

/// The folder of a path: "." when it has none.
std::string folder_of(const std::string& path);

}  // namespace tonnage
