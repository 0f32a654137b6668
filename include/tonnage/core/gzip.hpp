// Gzip (RFC 1952) to bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tonnage {

/// Whether the bytes begin with gzip's mark (1F 8B).
bool is_gzip(std::string_view bytes);

/// The unpacked bytes of all members. Nothing when the data are cut off or damaged, or would unpack to more than `limit` bytes;
/// `problem` then says which.
std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit, std::string& problem);

}  // namespace tonnage
