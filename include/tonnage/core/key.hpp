// Key of a computation: what it reads, as bytes. Equal keys mean equal inputs to the bit; nothing is hashed away.
#pragma once

#include <concepts>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tonnage {

class Key {
 public:
  template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  Key& add(T value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes_.append(raw, sizeof(T));
    return *this;
  }
  Key& add(std::string_view text) {
    add(text.size());
    bytes_.append(text);
    return *this;
  }
  Key& add(const std::string& text) { return add(std::string_view(text)); }
  template <class T>
  Key& add(const std::vector<T>& items) {
    add(items.size());
    if constexpr (std::is_arithmetic_v<T>) bytes_.append(reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T));
    else for (const T& item : items) add_to(*this, item);
    return *this;
  }
  template <class T>
  Key& add(const std::optional<T>& value) {
    add(value.has_value());
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) return value ? add(*value) : *this;
    else if (value) add_to(*this, *value);
    return *this;
  }
  template <class T>
  Key& add(const std::map<std::string, T>& entries) {
    add(entries.size());
    for (const auto& [name, value] : entries) add(name).add(value);
    return *this;
  }
  template <class... T>
    requires(sizeof...(T) > 1)
  Key& add(const T&... values) {
    (add(values), ...);
    return *this;
  }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace tonnage
