#include "tonnage/documents/plan.hpp"

namespace tonnage {

std::string named_limit(const std::string& kind, const std::string& name) {
  const bool of_place = kind == "power" || kind == "space" || kind == "power offer";
  return kind + (of_place ? " in " : " of ") + name;
}

}  // namespace tonnage
