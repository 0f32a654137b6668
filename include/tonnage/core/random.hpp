// Named random streams by counter (Philox 4x32-10; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
// the i-th value depends on seed, name and i alone, whatever the number of threads.
#pragma once

#include <cstdint>
#include <string_view>

namespace tonnage {

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);

  /// 64 random bits.
  std::uint64_t bits(std::uint64_t index) const;
  /// Uniform on (0, 1), never 0 or 1.
  double uniform(std::uint64_t index) const;
  /// Standard normal (Box-Muller on two words of one block).
  double normal(std::uint64_t index) const;

 private:
  std::uint64_t key_;
  std::uint64_t salt_;
};

}  // namespace tonnage
