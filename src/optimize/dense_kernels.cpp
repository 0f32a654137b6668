#include "dense_kernels.hpp"

#include <algorithm>

namespace tonnage::optimize {

namespace {

#define TONNAGE_INLINE inline __attribute__((always_inline))

template <int lanes>
struct VectorOf {
  typedef double Type __attribute__((vector_size(lanes * sizeof(double))));
};
template <int lanes>
using Lanes = typename VectorOf<lanes>::Type;

// Numbers need not lie where whole vectors would.
template <class Vector>
TONNAGE_INLINE void load(const double* from, Vector& to) {
  __builtin_memcpy(&to, from, sizeof(Vector));
}
template <class Vector>
TONNAGE_INLINE void store(const Vector& from, double* to) {
  __builtin_memcpy(to, &from, sizeof(Vector));
}

/// `lanes` x `stacked` rows of `columns` columns.
template <int lanes, int stacked, int columns>
TONNAGE_INLINE void tile(double* c, std::size_t c_stride, const double* a, std::size_t a_stride, int inner, const double* packed) {
  Lanes<lanes> sum[columns][stacked] = {};
  for (int k = 0; k < inner; ++k, a += a_stride, packed += packed_columns)
    for (int i = 0; i < stacked; ++i) {
      Lanes<lanes> left;
      load(a + i * lanes, left);
      for (int j = 0; j < columns; ++j) sum[j][i] += left * packed[j];
    }
  for (int j = 0; j < columns; ++j)
    for (int i = 0; i < stacked; ++i) {
      double* place = c + static_cast<std::size_t>(j) * c_stride + i * lanes;
      Lanes<lanes> out;
      load(place, out);
      store(out - sum[j][i], place);
    }
}

/// Rows of tiles, the highest that fit first.
template <int lanes, int columns>
TONNAGE_INLINE void strip(double* c, std::size_t c_stride, int rows, const double* a, std::size_t a_stride, int inner, const double* packed) {
  int i = 0;
  for (; i + 2 * lanes <= rows; i += 2 * lanes) tile<lanes, 2, columns>(c + i, c_stride, a + i, a_stride, inner, packed);
  for (; i + lanes <= rows; i += lanes) tile<lanes, 1, columns>(c + i, c_stride, a + i, a_stride, inner, packed);
  if constexpr (lanes > 2)
    for (; i + 2 <= rows; i += 2) tile<2, 1, columns>(c + i, c_stride, a + i, a_stride, inner, packed);
  for (; i < rows; ++i) tile<1, 1, columns>(c + i, c_stride, a + i, a_stride, inner, packed);
}

/// Rows [first, last) of the strip at column j of those up to `to`.
template <int lanes>
TONNAGE_INLINE void block(double* c, std::size_t c_stride, int j, int to, int first, int last, const double* a, std::size_t a_stride, int inner, const double* packed) {
  const int rows = last - first;
  c += static_cast<std::size_t>(j) * c_stride + first;
  a += first;
  packed += static_cast<std::size_t>(j) * static_cast<std::size_t>(inner);
  switch (std::min(packed_columns, to - j)) {
    case 1: strip<lanes, 1>(c, c_stride, rows, a, a_stride, inner, packed); break;
    case 2: strip<lanes, 2>(c, c_stride, rows, a, a_stride, inner, packed); break;
    case 3: strip<lanes, 3>(c, c_stride, rows, a, a_stride, inner, packed); break;
    default: strip<lanes, 4>(c, c_stride, rows, a, a_stride, inner, packed);
  }
}

/// The triangle strip by strip; below it all strips of a few rows, whose part of `a` stays near.
template <int lanes>
TONNAGE_INLINE void lower(double* c, std::size_t c_stride, int rows, int from, int to, const double* a, std::size_t a_stride, int inner, const double* packed) {
  constexpr int together = 2 * lanes;
  for (int j = from; j < to; j += packed_columns) block<lanes>(c, c_stride, j, to, j, to, a, a_stride, inner, packed);
  for (int i = to; i < rows; i += together)
    for (int j = from; j < to; j += packed_columns) block<lanes>(c, c_stride, j, to, i, std::min(i + together, rows), a, a_stride, inner, packed);
}

template <int lanes, int columns>
TONNAGE_INLINE void product_strip(double* y, const double* a, std::size_t stride, int rows, const double* x) {
  int i = 0;
  for (; i + lanes <= rows; i += lanes) {
    Lanes<lanes> sum, left;
    load(y + i, sum);
    for (int j = 0; j < columns; ++j) {
      load(a + static_cast<std::size_t>(j) * stride + i, left);
      sum -= left * x[j];
    }
    store(sum, y + i);
  }
  for (; i < rows; ++i)
    for (int j = 0; j < columns; ++j) y[i] -= a[static_cast<std::size_t>(j) * stride + i] * x[j];
}

template <int lanes>
TONNAGE_INLINE void product(double* y, const double* a, std::size_t stride, int rows, int columns, const double* x) {
  int j = 0;
  for (; j + 8 <= columns; j += 8) product_strip<lanes, 8>(y, a + static_cast<std::size_t>(j) * stride, stride, rows, x + j);
  for (; j + 4 <= columns; j += 4) product_strip<lanes, 4>(y, a + static_cast<std::size_t>(j) * stride, stride, rows, x + j);
  for (; j < columns; ++j) product_strip<lanes, 1>(y, a + static_cast<std::size_t>(j) * stride, stride, rows, x + j);
}

/// Eight sums a column, row i to sum i mod 8, whatever the width; then pairs of them.
template <int lanes, int columns>
TONNAGE_INLINE void dots(double* y, const double* a, std::size_t stride, int rows, const double* x) {
  constexpr int sums = 8, parts = sums / lanes;
  Lanes<lanes> sum[columns][parts] = {};
  int i = 0;
  for (; i + sums <= rows; i += sums)
    for (int part = 0; part < parts; ++part) {
      Lanes<lanes> left, right;
      load(x + i + part * lanes, right);
      for (int j = 0; j < columns; ++j) {
        load(a + static_cast<std::size_t>(j) * stride + i + part * lanes, left);
        sum[j][part] += left * right;
      }
    }
  for (int j = 0; j < columns; ++j) {
    double one[sums];
    for (int part = 0; part < parts; ++part) store(sum[j][part], one + part * lanes);
    for (int k = i; k < rows; ++k) one[k - i] += a[static_cast<std::size_t>(j) * stride + k] * x[k];
    y[j] -= ((one[0] + one[4]) + (one[2] + one[6])) + ((one[1] + one[5]) + (one[3] + one[7]));
  }
}

template <int lanes>
TONNAGE_INLINE void transposed(double* y, const double* a, std::size_t stride, int rows, int columns, const double* x) {
  constexpr int together = lanes == 2 ? 2 : 4;
  int j = 0;
  for (; j + together <= columns; j += together) dots<lanes, together>(y + j, a + static_cast<std::size_t>(j) * stride, stride, rows, x);
  for (; j < columns; ++j) dots<lanes, 1>(y + j, a + static_cast<std::size_t>(j) * stride, stride, rows, x);
}

/// Functions that the compiler makes for the processors that `attributes` names.
#define TONNAGE_KERNELS(name, lanes, attributes)                                                                                                                        \
  struct name {                                                                                                                                                        \
    attributes static void subtract_lower(double* c, std::size_t c_stride, int rows, int from, int to, const double* a, std::size_t a_stride, int inner, const double* packed) { \
      lower<lanes>(c, c_stride, rows, from, to, a, a_stride, inner, packed);                                                                                           \
    }                                                                                                                                                                  \
    attributes static void subtract_product(double* y, const double* a, std::size_t stride, int rows, int columns, const double* x) {                                 \
      product<lanes>(y, a, stride, rows, columns, x);                                                                                                                  \
    }                                                                                                                                                                  \
    attributes static void subtract_transposed(double* y, const double* a, std::size_t stride, int rows, int columns, const double* x) {                              \
      transposed<lanes>(y, a, stride, rows, columns, x);                                                                                                               \
    }                                                                                                                                                                  \
    static constexpr DenseKernels all{subtract_lower, subtract_product, subtract_transposed};                                                                          \
  };

TONNAGE_KERNELS(Two, 2, )
#if defined(__x86_64__)
TONNAGE_KERNELS(Four, 4, __attribute__((target("avx2"))))
TONNAGE_KERNELS(Eight, 8, __attribute__((target("avx2,avx512f"))))
#endif
#undef TONNAGE_KERNELS

}  // namespace

const DenseKernels* dense_kernels_of(int lanes) {
  if (lanes == 2) return &Two::all;
#if defined(__x86_64__)
  if (lanes == 4 && __builtin_cpu_supports("avx2")) return &Four::all;
  if (lanes == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512f")) return &Eight::all;
#endif
  return nullptr;
}

const DenseKernels& dense_kernels() {
  static const DenseKernels best = [] {
    for (const int lanes : {8, 4})
      if (const DenseKernels* found = dense_kernels_of(lanes)) return *found;
    return *dense_kernels_of(2);
  }();
  return best;
}

std::size_t packed_length(int width, int inner) { return static_cast<std::size_t>((width + packed_columns - 1) / packed_columns * packed_columns) * static_cast<std::size_t>(inner); }

void pack_scaled(const double* a, std::size_t stride, int width, int inner, const double* scale, std::size_t scale_stride, double* packed) {
  for (int from = 0; from < width; from += packed_columns) {
    const int columns = std::min(packed_columns, width - from);
    for (int k = 0; k < inner; ++k, packed += packed_columns)
      for (int j = 0; j < packed_columns; ++j)
        packed[j] = j < columns ? a[static_cast<std::size_t>(k) * stride + static_cast<std::size_t>(from + j)] * scale[static_cast<std::size_t>(k) * scale_stride] : 0;
  }
}

}  // namespace tonnage::optimize
