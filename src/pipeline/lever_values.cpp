#include "lever_values.hpp"

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::pipeline {

std::optional<std::string> set_path(const std::vector<std::string>& path) {
  for (const std::string& key : path)
    if (key.empty() || key.find('=') != std::string::npos) return std::nullopt;
  return join(path, ".");
}

namespace {

/// "460 k USD" is 460 and " k USD".
std::optional<std::pair<double, std::string>> number_and_unit(const std::string& text) {
  const std::size_t end = std::min(text.find_first_not_of("+-.0123456789"), text.size());
  const std::string_view digits = std::string_view(text).substr(!text.empty() && text[0] == '+' ? 1 : 0, end - (!text.empty() && text[0] == '+' ? 1 : 0));
  const auto number = parse_double(digits);
  const bool exponent = end < text.size() && (text[end] == 'e' || text[end] == 'E') && end + 1 < text.size() && (text[end + 1] == '-' || text[end + 1] == '+' || (text[end + 1] >= '0' && text[end + 1] <= '9'));
  if (!number || exponent || (end < text.size() && (text[end] == '_' || text[end] == ','))) return std::nullopt;
  return std::pair{*number, text.substr(end)};
}

void change_all(const scenario::Node& node, const std::string& path, const std::function<double(double)>& change, std::vector<std::string>& out) {
  if (node.kind == scenario::Node::Kind::scalar && node.number)
    if (const auto parts = number_and_unit(node.text)) out.push_back(path + "=" + significant(change(parts->first), 9) + parts->second);
  for (const scenario::Entry& entry : node.entries) change_all(entry.value, path + "." + entry.key, change, out);
  for (std::size_t i = 0; i < node.items.size(); ++i) change_all(node.items[i], path + "." + std::to_string(i), change, out);
}

/// A number in the unit in which one of those of a distribution is written.
std::optional<std::string> in_unit_of(const scenario::Node& node, double value) {
  if (node.kind == scenario::Node::Kind::scalar && node.number && *node.number != 0)
    if (const auto parts = number_and_unit(node.text)) return significant(value * parts->first / *node.number, 9) + parts->second;
  for (const char* middle : {"mid", "mean", "median"})
    if (const scenario::Node* one = node.find(middle))
      if (const auto text = in_unit_of(*one, value)) return text;
  for (const scenario::Entry& entry : node.entries)
    if (const auto text = in_unit_of(entry.value, value)) return text;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> value_set(const scenario::Node& root, const scenario::UncertainNumber& number, double value) {
  const std::vector<std::string_view> keys = split(number.path, '.');
  const std::vector<std::string> path(keys.begin(), keys.end());
  const scenario::Node* node = value_at(root, path);
  const auto text = set_path(path);
  const auto written = node != nullptr && node->kind == scenario::Node::Kind::mapping ? in_unit_of(*node, value) : std::nullopt;
  return text && written ? std::optional(*text + "=" + *written) : std::nullopt;
}

std::vector<std::string> changed_sets(const scenario::Node& root, const std::vector<std::string>& path, const std::function<double(double)>& change) {
  std::vector<std::string> out;
  const scenario::Node* node = value_at(root, path);
  const auto text = set_path(path);
  if (node != nullptr && text) change_all(*node, *text, change, out);
  return out;
}

}  // namespace tonnage::pipeline
