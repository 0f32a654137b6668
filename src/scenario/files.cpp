#include "files.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "tonnage/core/text.hpp"

namespace tonnage::scenario {

namespace {

bool starts_with_folder(const std::string& path, const std::string& folder) {
  return folder == "/" || path == folder || path.rfind(folder + "/", 0) == 0;
}

/// More steps up than down: outside, whatever is there.
bool climbs(const std::string& name) {
  int depth = 0;
  for (const std::string_view part : split(name, '/')) {
    if (part == "..") --depth;
    else if (!part.empty() && part != ".") ++depth;
    if (depth < 0) return true;
  }
  return false;
}

}  // namespace

std::string FileReader::relative(const std::string& path) const {
  const std::string root = files_.canonical(root_);
  const std::string full = files_.canonical(path);
  if (!root.empty() && !full.empty() && full.rfind(root + "/", 0) == 0) return full.substr(root.size() + 1);
  return path;
}

OpenedFile FileReader::adopt(const std::string& name, std::string text) {
  OpenedFile file{diagnostics_.sources.add(name, text), name, std::move(text)};
  inputs_.push_back({name, sha256(file.text)});
  opened_.push_back(file);
  return file;
}

const ParsedTable& FileReader::table(const OpenedFile& file) {
  const auto known = tables_.find(file.source);
  if (known != tables_.end()) return known->second;
  const int before = diagnostics_.error_count();
  CsvTable table = read_csv(file.text, file.source, diagnostics_);
  return tables_.emplace(file.source, ParsedTable{file.source, std::move(table), diagnostics_.error_count() == before}).first->second;
}

namespace {

std::string joined(const std::string& name, const std::string& folder) { return name.front() == '/' || folder == "." ? name : folder + "/" + name; }

}  // namespace

const OpenedFile* FileReader::opened(const std::string& name, const std::string& folder) const {
  if (name.empty()) return nullptr;
  const std::string path = joined(name, folder);
  const auto known = std::find_if(opened_.begin(), opened_.end(), [&](const OpenedFile& file) { return file.path == path; });
  return known == opened_.end() ? nullptr : &*known;
}

std::optional<OpenedFile> FileReader::open(const std::string& name, const std::string& folder, const Mark& mark) {
  const auto refuse = [&](std::string code, std::string message, std::string note = {}) {
    diagnostics_.error(std::move(code), std::move(message), mark, "", std::move(note));
    return std::nullopt;
  };
  if (name.empty()) return refuse("file", "a file's name is missing");
  const bool main_file = !mark.known();
  if (!main_file && !allow_outside_ && name.front() == '/')
    return refuse("outside", "'" + name + "' is an absolute path; files are named relative to the file that names them", "--allow-outside permits it");
  const std::string path = joined(name, folder);
  if (const OpenedFile* known = opened(name, folder)) return *known;
  if (!main_file && !allow_outside_ && climbs(folder.rfind(root_, 0) == 0 ? folder.substr(root_.size()) + "/" + name : name)) return refuse("outside", "'" + name + "' lies outside the scenario's folder", "--allow-outside permits it");
  const FileSystem::Kind kind = files_.kind(path);
  if (kind == FileSystem::Kind::missing) return refuse("missing-file", "there is no file '" + path + "'", main_file ? "" : "paths are relative to the file that names them");
  if (kind == FileSystem::Kind::folder) return refuse("file", "'" + path + "' is a folder");
  if (!main_file && kind == FileSystem::Kind::other) return refuse("file", "'" + path + "' is not a regular file");
  if (!main_file && !allow_outside_ && !starts_with_folder(files_.canonical(path), files_.canonical(root_)))
    return refuse("outside", "'" + name + "' lies outside the scenario's folder", "--allow-outside permits it");
  std::string text;
  try {
    text = read_file(files_, path, max_file_bytes);
  } catch (const IoError& failure) {
    if (failure.error_number() == EFBIG) return refuse("too-large", fmt::format("'{}' is larger than {} MB", path, max_file_bytes >> 20));
    if (failure.error_number() == EIO) throw;
    return refuse("file", failure.what());
  }
  OpenedFile file{diagnostics_.sources.add(path, text), path, std::move(text)};
  inputs_.push_back({relative(path), sha256(file.text)});
  opened_.push_back(file);
  return file;
}

}  // namespace tonnage::scenario
