// Tables that `simulate` reads: traces, length distributions, fleets. Private to the module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/capacity/fleet_plan.hpp"
#include "tonnage/core/csv.hpp"

namespace tonnage::cli {

/// arrival_s,input_tokens,output_tokens[,cached_tokens][,prefix_group], arrivals not falling.
std::vector<capacity::Request> read_trace(const CsvTable& table, int file, Diagnostics& diagnostics);

/// total_tokens_at_most,cumulative_fraction, both rising, the last fraction 1.
std::vector<capacity::LengthPoint> read_lengths(const CsvTable& table, int file, Diagnostics& diagnostics);

/// A fleet as its pools; the rows of a table that share a name.
struct FleetRow {
  std::string name;
  std::vector<capacity::PoolQuery> pools;
  std::optional<capacity::Routing> routing;
};

/// fleet,node or accelerator, and any of tensor_parallel,replicas,longest_tokens,role,model,precision,router,
/// usd_per_accelerator_hour,prefix_cache_tokens,max_sequences,max_batched_tokens; memory_gb,bandwidth_gb_per_s,bf16_tflops,
/// fp8_tflops,power_w for an accelerator that the catalogue does not have. `base` has what the command line says.
std::vector<FleetRow> read_fleets(const CsvTable& table, int file, const capacity::CurveQuery& base, const CalibrationTable& calibration, Diagnostics& diagnostics);

std::optional<capacity::Routing> parse_routing(const std::string& text);
const char* to_string(capacity::Routing routing);
/// Names of all routers.
std::vector<std::string> routing_names();

}  // namespace tonnage::cli
