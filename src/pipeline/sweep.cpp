#include "tonnage/pipeline/sweep.hpp"

#include <cmath>
#include <optional>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::pipeline {

namespace {

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

std::vector<std::string> separated(const std::string& text) {
  std::vector<std::string> out(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) quote = c == quote ? char{0} : quote;
    else if (c == '\'' || c == '"') quote = c;
    else if (c == '[' || c == '{') ++depth;
    else if (c == ']' || c == '}') --depth;
    if (c == ',' && depth <= 0 && quote == 0) out.emplace_back();
    else out.back() += c;
  }
  for (std::string& value : out) value = std::string(trim(std::string_view(value)));
  return out;
}

/// "10:100:10 %" as its values; nothing when the text is no range.
std::optional<std::vector<std::string>> counted(const std::string& text) {
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const std::string_view last = trim(parts[2]);
  const std::size_t end = std::min(last.find_first_not_of("+-.0123456789"), last.size());
  const auto from = parse_double(trim(parts[0])), to = parse_double(trim(parts[1])), step = parse_double(last.substr(0, end));
  if (!from || !to || !step) return std::nullopt;
  const double steps = (*to - *from) / *step;
  if (*step == 0 || steps < 0) refuse("'" + text + "': steps of " + significant(*step, 6) + " do not lead from " + significant(*from, 6) + " to " + significant(*to, 6));
  if (steps >= static_cast<double>(max_sweep_runs)) refuse("'" + text + "' are more than " + std::to_string(max_sweep_runs) + " values");
  std::vector<std::string> out;
  const int count = static_cast<int>(std::floor(steps + 1e-9)) + 1;
  for (int i = 0; i < count; ++i) out.push_back(significant(*from + i * *step, 12) + std::string(last.substr(end)));
  return out;
}

}  // namespace

SweepAxis parse_sweep_axis(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) refuse("'" + text + "' is not PATH=VALUES, for example policies.headroom=0:20:5 %");
  SweepAxis out{text.substr(0, equals), {}};
  const std::string values(trim(std::string_view(text).substr(equals + 1)));
  if (const auto range = counted(values)) out.values = *range;
  else out.values = separated(values);
  for (const std::string& value : out.values)
    if (value.empty()) refuse("'" + text + "' has an empty value");
  return out;
}

std::vector<std::vector<std::string>> sweep_grid(const std::vector<SweepAxis>& axes) {
  std::size_t runs = 1;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k)
      if (axes[k].path == axes[i].path) refuse("'" + axes[i].path + "' is given twice; its values go into one list");
    runs *= axes[i].values.size();
    if (runs > max_sweep_runs) refuse("these are more than 1,000 combinations");
  }
  std::vector<std::vector<std::string>> out;
  for (std::size_t run = 0; run < runs; ++run) {
    std::vector<std::string>& sets = out.emplace_back(axes.size());
    std::size_t rest = run;
    for (std::size_t i = axes.size(); i-- > 0; rest /= axes[i].values.size()) sets[i] = axes[i].path + "=" + axes[i].values[rest % axes[i].values.size()];
  }
  return out;
}

std::vector<SweepRun> sweep(const std::vector<SweepAxis>& axes, const scenario::LoadOptions& base, const Catalog& catalog, FileSystem& files, const RunOptions& options,
                            StageCache& cache) {
  const auto grid = sweep_grid(axes);
  std::vector<WhatIf> changes;
  for (const std::vector<std::string>& sets : grid) changes.push_back({sets});
  const std::vector<WhatIfResult> results = what_if(base, changes, catalog, files, options, cache);
  std::vector<SweepRun> out;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    SweepRun one{{}, results[i]};
    for (std::size_t k = 0; k < axes.size(); ++k) one.values.push_back(grid[i][k].substr(axes[k].path.size() + 1));
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace tonnage::pipeline
