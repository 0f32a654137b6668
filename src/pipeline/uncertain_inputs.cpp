#include "uncertain_inputs.hpp"

#include <stdexcept>

namespace tonnage::pipeline {

UncertainInputs uncertain_inputs(const Run& run, const std::function<bool(const scenario::UncertainNumber&)>& drawn) {
  UncertainInputs out;
  const std::vector<scenario::UncertainNumber>& numbers = run.loaded.uncertainty.numbers;
  std::vector<int> place(numbers.size(), -1);
  for (std::size_t n = 0; n < numbers.size(); ++n) {
    if (!drawn(numbers[n])) {
      out.left_out.push_back(numbers[n].path);
      continue;
    }
    place[n] = static_cast<int>(out.inputs.size());
    out.number.push_back(static_cast<int>(n));
    out.inputs.push_back({numbers[n].path, {numbers[n].middle, scenario::spread_of(numbers[n])}});
  }
  for (const scenario::Correlation& c : run.loaded.uncertainty.correlations) {
    const int a = place[static_cast<std::size_t>(c.a)], b = place[static_cast<std::size_t>(c.b)];
    if (a >= 0 && b >= 0) out.correlations.push_back({a, b, c.rank});
  }
  return out;
}

void told_by_name(const std::vector<tco::UncertainInput>& inputs, const std::function<void()>& draw) {
  try {
    draw();
  } catch (const tco::ContradictingCorrelations& e) {
    throw std::invalid_argument("no joint distribution has such correlations: that of '" + inputs[static_cast<std::size_t>(e.input)].path +
                                "' contradicts those of the inputs before it");
  }
}

}  // namespace tonnage::pipeline
