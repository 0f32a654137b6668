// Products of dense blocks, for the factor of a sparse matrix and its solves. Matrices are stored column by column.
// Written out because every machine must give the same bits: each sum runs in one order whatever the width of the
// processor's vectors, and nothing is fused. A library that picks its kernels by the processor does not promise that.
#pragma once

#include <cstddef>

namespace tonnage::optimize {

/// One set of kernels for each width of vectors.
struct DenseKernels {
  /// Columns [from, to) of the lower trapezoid of `c` (`rows` x `to`) minus `a` (`rows` x `inner`) times the transposed of what
  /// `pack_scaled` made. `from` is a multiple of `packed_columns`. What is above the diagonal is left in disorder.
  void (*subtract_lower)(double* c, std::size_t c_stride, int rows, int from, int to, const double* a, std::size_t a_stride, int inner, const double* packed);
  /// y (`rows`) minus `a` (`rows` x `columns`) times x.
  void (*subtract_product)(double* y, const double* a, std::size_t stride, int rows, int columns, const double* x);
  /// y (`columns`) minus `a` (`rows` x `columns`), transposed, times x.
  void (*subtract_transposed)(double* y, const double* a, std::size_t stride, int rows, int columns, const double* x);
};

/// The widest that this processor has.
const DenseKernels& dense_kernels();

/// Those of vectors of `lanes` numbers (2, 4 or 8); null where the processor has none.
const DenseKernels* dense_kernels_of(int lanes);

constexpr int packed_columns = 4;

/// Length of `packed` for `width` rows of `inner` terms.
std::size_t packed_length(int width, int inner);

/// Rows [0, width) of `a` (`width` x `inner`), each column times its `scale`, in the order in which `subtract_lower` reads them.
void pack_scaled(const double* a, std::size_t stride, int width, int inner, const double* scale, std::size_t scale_stride, double* packed);

}  // namespace tonnage::optimize
