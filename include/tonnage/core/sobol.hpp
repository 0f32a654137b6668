// Sobol' points with Owen scrambling. Direction numbers: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better
// two-dimensional projections", SIAM J. Sci. Comput. 30 (2008), file new-joe-kuo-6.21201, first 64 dimensions. Scrambling: nested
// uniform by hash (S. Laine and T. Karras 2011, in the form of B. Burley, "Practical hash-based Owen scrambling", JCGT 9 (2020)).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tonnage {

class SobolSequence {
 public:
  static constexpr int max_dimensions = 64;

  /// Another `name` or `seed` is an independent scrambling. Throws std::out_of_range beyond `max_dimensions`.
  SobolSequence(int dimensions, std::uint64_t seed, std::string_view name);

  /// Coordinate `dimension` of points first .. first + count - 1, each in (0, 1).
  void fill(int dimension, std::uint32_t first, int count, double* out) const;

 private:
  struct Dimension {
    std::array<std::uint32_t, 32> reversed;  ///< direction numbers, lowest bit first
    std::uint32_t scramble = 0;
  };
  std::vector<Dimension> dimensions_;
};

}  // namespace tonnage
