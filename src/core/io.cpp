#include "tonnage/core/io.hpp"

#include <cerrno>
#include <cstring>

#include <sys/types.h>

#include <sha256.h>

namespace tonnage {

IoError::IoError(const std::string& doing, const std::string& path, int error_number)
    : std::runtime_error("cannot " + doing + " " + path + ": " + std::strerror(error_number)), error_number_(error_number) {}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string read_all(FileSystem& files, int file, const std::string& name, std::size_t limit) {
  std::string out;
  std::string buffer(std::size_t{1} << 16, '\0');
  for (;;) {
    const long got = files.read(file, buffer.data(), buffer.size());
    if (got == -EINTR) continue;
    if (got < 0) throw IoError("read", name, static_cast<int>(-got));
    if (got == 0) return out;
    if (out.size() + static_cast<std::size_t>(got) > limit) throw IoError("read", name, EFBIG);
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string read_file(FileSystem& files, const std::string& path, std::size_t limit) {
  const int file = files.open_read(path);
  if (file < 0) throw IoError("read", path, -file);
  std::string out;
  try {
    out = read_all(files, file, path, limit);
  } catch (...) {
    files.close(file);
    throw;
  }
  files.close(file);  // nothing can be lost by closing what was only read
  return out;
}

void write_all(FileSystem& files, int file, const std::string& name, std::string_view contents) {
  while (!contents.empty()) {
    const long written = files.write(file, contents.data(), contents.size());
    if (written == -EINTR) continue;
    if (written < 0) throw IoError("write", name, static_cast<int>(-written));
    if (written == 0) throw IoError("write", name, EIO);
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
}

namespace {

/// Closes once; the error of a close is an error of the write.
void close_or_throw(FileSystem& files, int file, const std::string& path) {
  const int result = files.close(file);
  if (result < 0) throw IoError("write", path, -result);
}

void write_in_place(FileSystem& files, const std::string& path, std::string_view contents) {
  const int file = files.open_write(path);
  if (file < 0) throw IoError("write", path, -file);
  try {
    write_all(files, file, path, contents);
  } catch (...) {
    files.close(file);
    throw;
  }
  close_or_throw(files, file, path);
}

/// Writes and syncs an open new file and closes it. With an unnamed file, `name` is given to it before it is closed.
void fill(FileSystem& files, int file, const std::string& path, std::string_view contents, const std::string* name) {
  try {
    write_all(files, file, path, contents);
    if (const int synced = files.fsync(file); synced < 0) throw IoError("write", path, -synced);
    if (name != nullptr)
      if (const int linked = files.link(file, *name); linked < 0) throw IoError("write", path, -linked);
  } catch (...) {
    files.close(file);
    throw;
  }
  close_or_throw(files, file, path);
}

}  // namespace

void write_file(FileSystem& files, const std::string& path, std::string_view contents) {
  if (files.kind(path) == FileSystem::Kind::other) return write_in_place(files, path, contents);
  if (files.kind(path) == FileSystem::Kind::folder) throw IoError("write", path, EISDIR);
  const std::string target = files.kind(path) == FileSystem::Kind::file ? files.canonical(path) : path;
  const std::string folder = folder_of(target);
  const std::string base = target.substr(target.rfind('/') == std::string::npos ? 0 : target.rfind('/') + 1);
  // One fixed name: what a power cut left behind, the next run removes.
  const std::string beside = folder + "/." + base + ".tonnage-new";
  if (files.kind(beside) != FileSystem::Kind::missing) files.remove(beside);
  int file = files.open_unnamed(folder);
  const bool unnamed = file >= 0;
  if (file == -EOPNOTSUPP || file == -EISDIR || file == -ENOENT || file == -EINVAL) file = files.create(beside);
  if (file < 0) throw IoError("write", path, -file);
  try {
    fill(files, file, path, contents, unnamed ? &beside : nullptr);
    if (const int renamed = files.rename(beside, target); renamed < 0) throw IoError("write", path, -renamed);
  } catch (...) {
    files.remove(beside);
    throw;
  }
}

std::string sha256(std::string_view data) {
  char digest[SHA256_DIGEST_STRING_LENGTH];
  SHA256Data(reinterpret_cast<const std::uint8_t*>(data.data()), data.size(), digest);
  return digest;
}

}  // namespace tonnage
