#include "tonnage/capacity/step_times.hpp"

#include <cmath>

namespace tonnage::capacity {
namespace {

constexpr std::size_t extra_contexts = 3;
constexpr std::size_t prompt_contexts = 5;

double sound(double seconds) { return std::isfinite(seconds) ? std::max(seconds, 0.0) : 0.0; }

/// 0, 1, ... by ones up to `dense`, then at `ratio`, ending at `last`.
std::vector<double> rising(double dense, double ratio, double last) {
  std::vector<double> grid{0};
  while (grid.back() < last) {
    const double now = grid.back();
    grid.push_back(std::min(last, now < dense ? now + 1 : std::max(now + 1, std::floor(now * ratio))));
  }
  return grid;
}

StepRange checked(StepRange range) {
  range.sequences = std::clamp(range.sequences, 1, 65536);
  range.context = std::isfinite(range.context) ? std::max(range.context, 1.0) : 1.0;
  range.prefill = std::isfinite(range.prefill) ? std::max(range.prefill, 1.0) : 1.0;
  return range;
}

/// Index of the last grid point not above `value`, but one short of the end.
std::size_t cell_of(const std::vector<double>& grid, double value) {
  const auto above = std::upper_bound(grid.begin(), grid.end(), value);
  const std::size_t index = static_cast<std::size_t>(std::max<std::ptrdiff_t>(above - grid.begin() - 1, 0));
  return std::min(index, grid.size() - 2);
}

}  // namespace

StepTimes::StepTimes(const StepRange& range, const StepSeconds& seconds) : range_(checked(range)) {
  context_scale_ = static_cast<double>(decode_contexts - 1) / range_.context;
  fill_decode(seconds);
  fill_extra(seconds);
}

void StepTimes::fill_decode(const StepSeconds& seconds) {
  const std::vector<double> sampled = rising(32, 1.06, range_.sequences);
  decode_.assign((static_cast<std::size_t>(range_.sequences) + 1) * decode_contexts, 0.0);
  const auto row = [&](double n) { return decode_.data() + static_cast<std::size_t>(n) * decode_contexts; };
  for (std::size_t i = 0; i < sampled.size(); ++i) {
    for (std::size_t c = 0; c < decode_contexts; ++c)
      row(sampled[i])[c] = sound(seconds(sampled[i], static_cast<double>(c) / context_scale_, 0, 0));
    for (double n = i > 0 ? sampled[i - 1] + 1 : 0; n < sampled[i]; ++n) {
      const double part = (n - sampled[i - 1]) / (sampled[i] - sampled[i - 1]);
      const double *low = row(sampled[i - 1]), *high = row(sampled[i]);
      for (std::size_t c = 0; c < decode_contexts; ++c) row(n)[c] = low[c] + part * (high[c] - low[c]);
    }
  }
}

void StepTimes::fill_extra(const StepSeconds& seconds) {
  sequence_grid_ = rising(2, 1.8, range_.sequences);
  prefill_grid_ = rising(1, 1.5, range_.prefill);
  for (const double corner : range_.corners)
    if (corner > 1 && corner < range_.prefill) prefill_grid_.push_back(corner);
  std::sort(prefill_grid_.begin(), prefill_grid_.end());
  prefill_grid_.erase(std::unique(prefill_grid_.begin(), prefill_grid_.end()), prefill_grid_.end());
  for (int n = 0; n <= range_.sequences; ++n) sequence_cell_.push_back(static_cast<unsigned char>(cell_of(sequence_grid_, n)));
  extra_.reserve(sequence_grid_.size() * extra_contexts * prefill_grid_.size() * prompt_contexts);
  for (const double n : sequence_grid_)
    for (std::size_t c = 0; c < extra_contexts; ++c) {
      const double context = range_.context * static_cast<double>(c) / (extra_contexts - 1);
      const double alone = sound(seconds(n, context, 0, 0));
      for (const double p : prefill_grid_)
        for (std::size_t q = 0; q < prompt_contexts; ++q) {
          const double prompt = range_.context * static_cast<double>(q) / (prompt_contexts - 1);
          extra_.push_back(p > 0 ? sound(seconds(n, context, p, prompt)) - alone : 0.0);
        }
    }
}

StepTimes::Line StepTimes::decode_line(int sequences, double context) const {
  const Cell c = context_cell(context);
  const double* row = decode_row(sequences) + c.index;
  const double rise = row[1] - row[0];
  const bool last = c.index + 2 == decode_contexts;  // goes on beyond the table
  return {row[0] + c.part * rise, rise * context_scale_, last ? 1e300 : static_cast<double>(c.index + 1) / context_scale_};
}

double StepTimes::mixed(int sequences, double context, double prefill, double prefill_context) const {
  const std::size_t n = sequence_cell_[static_cast<std::size_t>(std::clamp(sequences, 0, range_.sequences))];
  const double n_part = (std::min(sequences, range_.sequences) - sequence_grid_[n]) / (sequence_grid_[n + 1] - sequence_grid_[n]);
  const double c_at = std::max(context, 0.0) / range_.context * (extra_contexts - 1);
  const std::size_t c = std::min(static_cast<std::size_t>(c_at), extra_contexts - 2);
  const double c_part = c_at - static_cast<double>(c);
  const std::size_t p = cell_of(prefill_grid_, prefill);
  const double p_part = (prefill - prefill_grid_[p]) / (prefill_grid_[p + 1] - prefill_grid_[p]);
  const double q_at = std::max(prefill_context, 0.0) / range_.context * (prompt_contexts - 1);
  const std::size_t q = std::min(static_cast<std::size_t>(q_at), prompt_contexts - 2);
  const double q_part = q_at - static_cast<double>(q);
  const auto along_q = [&](std::size_t at) { return extra_[at] + q_part * (extra_[at + 1] - extra_[at]); };
  const auto along_p = [&](std::size_t at) {
    const double low = along_q(at);
    return low + p_part * (along_q(at + prompt_contexts) - low);
  };
  const std::size_t c_stride = prefill_grid_.size() * prompt_contexts, n_stride = extra_contexts * c_stride;
  const auto along_c = [&](std::size_t at) {
    const double low = along_p(at);
    return low + c_part * (along_p(at + c_stride) - low);
  };
  const std::size_t at = n * n_stride + c * c_stride + p * prompt_contexts + q;
  const double low = along_c(at);
  return std::max(decode(sequences, context) + low + n_part * (along_c(at + n_stride) - low), 0.0);
}

}  // namespace tonnage::capacity
