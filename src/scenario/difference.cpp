#include "tonnage/scenario/difference.hpp"

#include <algorithm>

#include "tonnage/core/io.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/scenario/fields.hpp"

namespace tonnage::scenario {

namespace {

FieldType type_of(const Node& node) { return node.field >= 0 ? field_table()[static_cast<std::size_t>(node.field)].type : FieldType::text; }

void name_files_by_contents(Node& node, const std::vector<DataFile>& files, std::vector<DataFile>& out) {
  if (node.kind == Node::Kind::scalar && type_of(node) == FieldType::file)
    for (const DataFile& file : files)
      if (file.name == node.text) {
        node.text = sha256(file.text);
        const bool known = std::any_of(out.begin(), out.end(), [&](const DataFile& one) { return one.name == node.text; });
        if (!known) out.push_back({node.text, file.text});
        break;
      }
  for (Node& item : node.items) name_files_by_contents(item, files, out);
  for (Entry& entry : node.entries) name_files_by_contents(entry.value, files, out);
}

bool same(const Node& a, const Node& b) {
  if (a.number && b.number && a.entries.empty() && b.entries.empty()) return *a.number == *b.number && a.dimension == b.dimension;
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i)
    if (!same(a.items[i], b.items[i])) return false;
  return std::all_of(a.entries.begin(), a.entries.end(), [&](const Entry& entry) {
    const Node* other = b.find(entry.key);
    return other != nullptr && same(entry.value, *other);
  });
}

std::string shortened(const Node& node) {
  constexpr std::size_t longest = 120;
  const std::string text = written(node);
  return text.size() <= longest ? text : text.substr(0, text.rfind(' ', longest)) + " ...";
}

/// Mappings that are one value: an uncertain number.
bool whole(const Node& node) { return node.kind != Node::Kind::mapping || type_of(node) == FieldType::quantity; }

void compare(const Node* a, const Node* b, KeyPath& path, std::vector<Change>& out) {
  if (a != nullptr && b != nullptr && same(*a, *b)) return;
  if (a == nullptr || b == nullptr || whole(*a) || whole(*b)) {
    out.push_back({path, a != nullptr ? shortened(*a) : "", b != nullptr ? shortened(*b) : "", "", ""});
    return;
  }
  const auto descend = [&](const std::string& key) {
    path.push_back(key);
    compare(a->find(key), b->find(key), path, out);
    path.pop_back();
  };
  for (const Entry& entry : a->entries) descend(entry.key);
  for (const Entry& entry : b->entries)
    if (a->find(entry.key) == nullptr) descend(entry.key);
}

void place(Node& target, const Node& source, const KeyPath& path, std::size_t depth) {
  const std::string& key = path[depth];
  const Node* from = source.find(key);
  Node* to = target.find(key);
  if (from == nullptr) {
    std::erase_if(target.entries, [&](const Entry& entry) { return entry.key == key; });
  } else if (to == nullptr) {
    target.entries.push_back({key, from->mark, *from});
  } else if (depth + 1 == path.size()) {
    *to = *from;
  } else {
    place(*to, *from, path, depth + 1);
  }
}

}  // namespace

std::string to_string(const KeyPath& path) {
  std::string out;
  for (const std::string& key : path) out += (out.empty() ? "" : ".") + key;
  return out;
}

std::string written(const Node& node) {
  std::string out;
  if (node.kind == Node::Kind::scalar) {
    const bool hash = type_of(node) == FieldType::file && node.text.size() == 64;
    return hash ? "a file with hash " + node.text.substr(0, 12) : node.text;
  }
  for (const Node& item : node.items) out += (out.empty() ? "" : ", ") + written(item);
  for (const Entry& entry : node.entries) out += (out.empty() ? "" : ", ") + entry.key + ": " + written(entry.value);
  return node.kind == Node::Kind::sequence ? "[" + out + "]" : node.kind == Node::Kind::mapping ? "{" + out + "}" : "null";
}

Comparable comparable(const LoadedScenario& a, const LoadedScenario& b) {
  Comparable out{a.tree, b.tree, {}};
  name_files_by_contents(out.a, a.files, out.files);
  name_files_by_contents(out.b, b.files, out.files);
  return out;
}

std::vector<Change> changes(const Comparable& both) {
  std::vector<Change> out;
  KeyPath path;
  compare(&both.a, &both.b, path, out);
  std::sort(out.begin(), out.end(), [](const Change& x, const Change& y) { return x.path < y.path; });
  return out;
}

Node mixed(const Comparable& both, const std::vector<KeyPath>& from_b) {
  Node out = both.a;
  for (const KeyPath& path : from_b) place(out, both.b, path, 0);
  return out;
}

}  // namespace tonnage::scenario
