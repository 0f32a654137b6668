#include "tonnage/core/sobol.hpp"

#include <bit>
#include <cmath>
#include <stdexcept>

#include "tonnage/core/random.hpp"

namespace tonnage {

namespace {

struct Row {
  std::uint32_t polynomial;
  std::array<std::uint32_t, 10> initial;
};

/// Dimensions 2 to 64; the first is van der Corput's.
constexpr std::array<Row, 63> rows = {{
    {3, {1}},
    {7, {1, 3}},
    {11, {1, 3, 1}},
    {13, {1, 1, 1}},
    {19, {1, 1, 3, 3}},
    {25, {1, 3, 5, 13}},
    {37, {1, 1, 5, 5, 17}},
    {41, {1, 1, 5, 5, 5}},
    {47, {1, 1, 7, 11, 19}},
    {55, {1, 1, 5, 1, 1}},
    {59, {1, 1, 1, 3, 11}},
    {61, {1, 3, 5, 5, 31}},
    {67, {1, 3, 3, 9, 7, 49}},
    {91, {1, 1, 1, 15, 21, 21}},
    {97, {1, 3, 1, 13, 27, 49}},
    {103, {1, 1, 1, 15, 7, 5}},
    {109, {1, 3, 1, 15, 13, 25}},
    {115, {1, 1, 5, 5, 19, 61}},
    {131, {1, 3, 7, 11, 23, 15, 103}},
    {137, {1, 3, 7, 13, 13, 15, 69}},
    {143, {1, 1, 3, 13, 7, 35, 63}},
    {145, {1, 3, 5, 9, 1, 25, 53}},
    {157, {1, 3, 1, 13, 9, 35, 107}},
    {167, {1, 3, 1, 5, 27, 61, 31}},
    {171, {1, 1, 5, 11, 19, 41, 61}},
    {185, {1, 3, 5, 3, 3, 13, 69}},
    {191, {1, 1, 7, 13, 1, 19, 1}},
    {193, {1, 3, 7, 5, 13, 19, 59}},
    {203, {1, 1, 3, 9, 25, 29, 41}},
    {211, {1, 3, 5, 13, 23, 1, 55}},
    {213, {1, 3, 7, 3, 13, 59, 17}},
    {229, {1, 3, 1, 3, 5, 53, 69}},
    {239, {1, 1, 5, 5, 23, 33, 13}},
    {241, {1, 1, 7, 7, 1, 61, 123}},
    {247, {1, 1, 7, 9, 13, 61, 49}},
    {253, {1, 3, 3, 5, 3, 55, 33}},
    {285, {1, 3, 1, 15, 31, 13, 49, 245}},
    {299, {1, 3, 5, 15, 31, 59, 63, 97}},
    {301, {1, 3, 1, 11, 11, 11, 77, 249}},
    {333, {1, 3, 1, 11, 27, 43, 71, 9}},
    {351, {1, 1, 7, 15, 21, 11, 81, 45}},
    {355, {1, 3, 7, 3, 25, 31, 65, 79}},
    {357, {1, 3, 1, 1, 19, 11, 3, 205}},
    {361, {1, 1, 5, 9, 19, 21, 29, 157}},
    {369, {1, 3, 7, 11, 1, 33, 89, 185}},
    {391, {1, 3, 3, 3, 15, 9, 79, 71}},
    {397, {1, 3, 7, 11, 15, 39, 119, 27}},
    {425, {1, 1, 3, 1, 11, 31, 97, 225}},
    {451, {1, 1, 1, 3, 23, 43, 57, 177}},
    {463, {1, 3, 7, 7, 17, 17, 37, 71}},
    {487, {1, 3, 1, 5, 27, 63, 123, 213}},
    {501, {1, 1, 3, 5, 11, 43, 53, 133}},
    {529, {1, 3, 5, 5, 29, 17, 47, 173, 479}},
    {539, {1, 3, 3, 11, 3, 1, 109, 9, 69}},
    {545, {1, 1, 1, 5, 17, 39, 23, 5, 343}},
    {557, {1, 3, 1, 5, 25, 15, 31, 103, 499}},
    {563, {1, 1, 1, 11, 11, 17, 63, 105, 183}},
    {601, {1, 1, 5, 11, 9, 29, 97, 231, 363}},
    {607, {1, 1, 5, 15, 19, 45, 41, 7, 383}},
    {617, {1, 3, 7, 7, 31, 19, 83, 137, 221}},
    {623, {1, 1, 1, 3, 23, 15, 111, 223, 83}},
    {631, {1, 1, 5, 13, 31, 15, 55, 25, 161}},
    {637, {1, 1, 3, 13, 25, 47, 39, 87, 257}},
}};

std::uint32_t reverse_bits(std::uint32_t x) {
  x = (x >> 1 & 0x55555555U) | (x & 0x55555555U) << 1;
  x = (x >> 2 & 0x33333333U) | (x & 0x33333333U) << 2;
  x = (x >> 4 & 0x0f0f0f0fU) | (x & 0x0f0f0f0fU) << 4;
  x = (x >> 8 & 0x00ff00ffU) | (x & 0x00ff00ffU) << 8;
  return x >> 16 | x << 16;
}

/// Flips each bit by a hash of the bits below it: on a reversed word, Owen's nested scrambling.
std::uint32_t scramble_reversed(std::uint32_t x, std::uint32_t seed) {
  x ^= x * 0x3d20adeaU;
  x += seed;
  x *= (seed >> 16) | 1;
  x ^= x * 0x05526c56U;
  x ^= x * 0x53a22864U;
  return x;
}

std::array<std::uint32_t, 32> directions(int dimension) {
  std::array<std::uint32_t, 32> v{};
  if (dimension == 0) {
    for (int j = 0; j < 32; ++j) v[static_cast<std::size_t>(j)] = 1U << (31 - j);
    return v;
  }
  const Row& row = rows[static_cast<std::size_t>(dimension - 1)];
  const int degree = std::bit_width(row.polynomial) - 1;
  for (int j = 0; j < 32; ++j) {
    const auto at = [&](int k) -> std::uint32_t& { return v[static_cast<std::size_t>(k)]; };
    if (j < degree) {
      at(j) = row.initial[static_cast<std::size_t>(j)] << (31 - j);
      continue;
    }
    at(j) = at(j - degree) ^ at(j - degree) >> degree;
    for (int k = 1; k < degree; ++k)
      if ((row.polynomial >> (degree - k) & 1) != 0) at(j) ^= at(j - k);
  }
  return v;
}

}  // namespace

SobolSequence::SobolSequence(int dimensions, std::uint64_t seed, std::string_view name) {
  if (dimensions < 0 || dimensions > max_dimensions) throw std::out_of_range("a Sobol' sequence has at most 64 dimensions here");
  const RandomStream stream(seed, name);
  for (int d = 0; d < dimensions; ++d) {
    Dimension one;
    one.reversed = directions(d);
    for (std::uint32_t& v : one.reversed) v = reverse_bits(v);
    one.scramble = static_cast<std::uint32_t>(stream.bits(static_cast<std::uint64_t>(d)) >> 32);
    dimensions_.push_back(one);
  }
}

void SobolSequence::fill(int dimension, std::uint32_t first, int count, double* out) const {
  const Dimension& one = dimensions_.at(static_cast<std::size_t>(dimension));
  std::array<std::uint32_t, 32> step{};  // what changes from point i to i + 1, by the zeros at the end of i + 1
  std::uint32_t sum = 0, x = 0;
  for (std::size_t j = 0; j < 32; ++j) {
    step[j] = sum ^= one.reversed[j];
    if ((first >> j & 1) != 0) x ^= one.reversed[j];
  }
  for (int i = 0; i < count; ++i) {
    out[i] = (static_cast<double>(reverse_bits(scramble_reversed(x, one.scramble))) + 0.5) * 0x1p-32;
    const std::uint32_t next = first + static_cast<std::uint32_t>(i) + 1;
    if (next != 0) x ^= step[static_cast<std::size_t>(std::countr_zero(next))];
  }
}

}  // namespace tonnage
