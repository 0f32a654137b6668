// Time of a step as a table: built once from any model of step time, looked up millions of times.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace tonnage::capacity {

/// Seconds of one step of a replica in which `sequences` requests decode at a mean context of `context` tokens each, and
/// `prefill` prompt tokens are taken in that attend to `prefill_context` tokens on average (their own chunk included).
using StepSeconds = std::function<double(double sequences, double context, double prefill, double prefill_context)>;

/// What a table covers. Lookups beyond it are extrapolated along the last cell.
struct StepRange {
  int sequences = 256;        ///< most requests that decode at once, 1 to 65536
  double context = 8192;      ///< longest context of a request, tokens, at least 1
  double prefill = 2048;      ///< most prompt tokens of a step, at least 1
  std::vector<double> corners = {};  ///< prompt tokens at which the slope of the time jumps: sampled too
};

/// t(n, c, p, q) = decode(n, c) + extra(n, c, p, q), where n sequences decode at a mean context c and p prompt tokens attend to
/// q tokens. `decode` is sampled at every n up to 32 and then at ratios of 1.06 (filled linearly), c on 17 points;
/// `extra`, which is t(n, c, p, q) - t(n, c, 0, 0), on a coarser grid with p at ratios of 1.5 and at the corners. Multilinear between
/// samples; exact at samples, and wherever the model is linear in each argument between them.
class StepTimes {
 public:
  StepTimes() = default;
  /// Samples `seconds` about 4,000 times for 256 sequences. Negative or non-finite samples count as 0.
  StepTimes(const StepRange& range, const StepSeconds& seconds);

  /// A step without prompt tokens. Piecewise linear in `context`.
  double decode(int sequences, double context) const {
    const Cell c = context_cell(context);
    const double* row = decode_row(sequences) + c.index;
    return row[0] + c.part * (row[1] - row[0]);
  }

  /// decode(n, c) over the cell that holds c, as value + slope (c' - c) for c' up to `end`.
  struct Line {
    double value = 0, slope = 0, end = 0;
  };
  Line decode_line(int sequences, double context) const;

  /// A step with `prefill` > 0 prompt tokens.
  double mixed(int sequences, double context, double prefill, double prefill_context) const;

  const StepRange& range() const { return range_; }
  bool empty() const { return decode_.empty(); }

 private:
  struct Cell {
    std::size_t index = 0;
    double part = 0;
  };
  static constexpr std::size_t decode_contexts = 17;

  Cell context_cell(double context) const {
    const double at = std::max(context, 0.0) * context_scale_;
    const std::size_t index = std::min(static_cast<std::size_t>(at), decode_contexts - 2);
    return {index, at - static_cast<double>(index)};
  }
  const double* decode_row(int sequences) const {
    return decode_.data() + static_cast<std::size_t>(std::clamp(sequences, 0, range_.sequences)) * decode_contexts;
  }
  void fill_decode(const StepSeconds& seconds);
  void fill_extra(const StepSeconds& seconds);

  StepRange range_;
  double context_scale_ = 0;           ///< cells per token of context
  std::vector<double> decode_;         ///< [sequences][context], every number of sequences
  std::vector<double> extra_;          ///< [sequences][context][prefill][prefill context]
  std::vector<double> sequence_grid_, prefill_grid_;  ///< of `extra_`, rising; prefill begins at 0
  std::vector<unsigned char> sequence_cell_;          ///< cell of every number of sequences
};

}  // namespace tonnage::capacity
