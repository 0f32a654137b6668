// From options to a question about capacity. Private to the module.
#pragma once

#include <string>

#include "context.hpp"
#include "tonnage/capacity/curve.hpp"

namespace tonnage::cli {

/// "ttft.p95=600ms,tpot.p95=30ms". Throws UsageError.
Slo parse_slo(const std::string& text);

/// A share from 0 to below 1: "45%" or "0.45". Throws UsageError.
double parse_share(const std::string& text);

/// "3", "3:0.7" or "3:0.7:0.05": tokens proposed a step, their acceptance, the cost of one over a decode step. Throws UsageError.
Speculation parse_drafts(const std::string& text);

/// A model of the catalogue, or of a config.json when the name ends in .json. Throws UsageError with a suggestion, InputError.
ModelArchitecture model_of(const Context& context, const std::string& name);

/// What --overlay files say without a scenario: the key 'calibration' alone. Throws UsageError and Reported.
CalibrationTable own_calibration(const Context& context);

/// --model, --node, --precision, --input, --output, --prefix-hit, --burst, --batch, --drafts and --slo. Throws UsageError.
capacity::CurveQuery query_of(const Context& context, const Options& options, const CalibrationTable& calibration);

/// curve --search.
int search_command(const Context& context);

/// Requests with which a single deployment is simulated.
inline int simulated_requests(const Options& options) { return options.requests > 0 ? options.requests : 4000; }

}  // namespace tonnage::cli
