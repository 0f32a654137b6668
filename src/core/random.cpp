#include "tonnage/core/random.hpp"

#include <cmath>
#include <numbers>

#include <Random123/philox.h>

namespace tonnage {

namespace {

/// FNV-1a, 64 bits.
std::uint64_t hash(std::string_view text, std::uint64_t basis) {
  for (const char c : text) basis = (basis ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return basis;
}

struct Block {
  std::uint64_t a, b;
};

Block philox(std::uint64_t key, std::uint64_t salt, std::uint64_t index) {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), static_cast<std::uint32_t>(salt), static_cast<std::uint32_t>(salt >> 32)}};
  const r123::Philox4x32::key_type keys = {{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
  const auto out = r123::Philox4x32()(counter, keys);
  return {std::uint64_t{out[0]} << 32 | out[1], std::uint64_t{out[2]} << 32 | out[3]};
}

double to_unit(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53; }

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name) : key_(seed), salt_(hash(name, 0xcbf29ce484222325ULL)) {}

std::uint64_t RandomStream::bits(std::uint64_t index) const { return philox(key_, salt_, index).a; }

double RandomStream::uniform(std::uint64_t index) const { return to_unit(bits(index)); }

double RandomStream::normal(std::uint64_t index) const {
  const Block block = philox(key_, salt_, index);
  return std::sqrt(-2 * std::log(to_unit(block.a))) * std::cos(2 * std::numbers::pi * to_unit(block.b));
}

}  // namespace tonnage
