#include "tonnage/documents/hardware.hpp"

#include <array>
#include <utility>

namespace tonnage {

namespace {

constexpr std::array<std::pair<OfferKind, const char*>, 8> offer_kinds = {{
    {OfferKind::owned, "owned"},
    {OfferKind::purchase, "purchase"},
    {OfferKind::lease, "lease"},
    {OfferKind::colocation, "colocation"},
    {OfferKind::on_demand, "on-demand"},
    {OfferKind::reserved, "reserved"},
    {OfferKind::spot, "spot"},
    {OfferKind::api, "api"},
}};

}  // namespace

const char* to_string(OfferKind kind) {
  for (const auto& [value, name] : offer_kinds)
    if (value == kind) return name;
  return "unknown";
}

std::optional<OfferKind> parse_offer_kind(const std::string& text) {
  for (const auto& [value, name] : offer_kinds)
    if (text == name) return value;
  return std::nullopt;
}

}  // namespace tonnage
