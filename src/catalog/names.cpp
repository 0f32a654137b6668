// Names as others write them: model hubs, benchmark tables, data sheets.
#include <algorithm>

#include "tonnage/catalog/catalog.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage {
namespace {

std::vector<std::string> parts_of(std::string_view name) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(name, '-')) parts.push_back(lower(part));
  return parts;
}

/// "a100-sxm-80" and "a100-80gb-sxm" are one: parts without "gb", sorted.
std::vector<std::string> chip_parts(std::string_view name) {
  std::vector<std::string> parts = parts_of(name);
  for (std::string& part : parts)
    if (part.size() > 2 && part.ends_with("gb")) part.resize(part.size() - 2);
  std::sort(parts.begin(), parts.end());
  return parts;
}

/// "8b", "30b", "1.5b": the size that a name states.
bool is_size(const std::string& part) {
  return part.size() > 1 && part.back() == 'b' && part.find_first_not_of("0123456789.") == part.size() - 1;
}

/// Whether all parts of `known` but its size stand in `name`, in their order.
bool names_without_size(const std::vector<std::string>& known, const std::vector<std::string>& name) {
  std::size_t at = 0;
  bool sized = false;
  for (const std::string& part : known) {
    if (is_size(part)) {
      sized = true;
      continue;
    }
    while (at < name.size() && name[at] != part) ++at;
    if (at++ == name.size()) return false;
  }
  return sized && std::none_of(name.begin(), name.end(), is_size);
}

}  // namespace

const ModelArchitecture* resolve_model(const Catalog& catalog, std::string_view written) {
  std::string name = lower(trim(written));
  if (const auto slash = name.rfind('/'); slash != std::string::npos) name.erase(0, slash + 1);
  if (name.starts_with("meta-")) name.erase(0, 5);
  const ModelArchitecture* found = nullptr;
  for (const ModelArchitecture& model : catalog.models) {
    const bool begins = name.starts_with(model.name) && (name.size() == model.name.size() || name[model.name.size()] == '-');
    if (begins && (found == nullptr || model.name.size() > found->name.size())) found = &model;
  }
  if (found != nullptr) return found;
  std::size_t most = 0;
  for (const ModelArchitecture& model : catalog.models) {
    const std::vector<std::string> parts = parts_of(model.name);
    if (parts.size() < most || !names_without_size(parts, parts_of(name))) continue;
    found = parts.size() > most ? &model : nullptr;  // two would do: no guess
    most = parts.size();
  }
  return found;
}

const Accelerator* resolve_accelerator(const Catalog& catalog, std::string_view written) {
  const std::string name = lower(trim(written));
  if (name.empty()) return nullptr;
  if (const Accelerator* exact = catalog.find_accelerator(name)) return exact;
  for (const Accelerator& a : catalog.accelerators)
    if (chip_parts(a.name) == chip_parts(name)) return &a;
  for (const Accelerator& a : catalog.accelerators)
    if (a.name.starts_with(name + "-") || name.starts_with(a.name + "-")) return &a;
  return nullptr;
}

}  // namespace tonnage
