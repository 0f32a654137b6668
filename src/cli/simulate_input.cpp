#include "simulate_input.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "context.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/catalog/catalog.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::cli {

namespace {

using capacity::Routing;

constexpr double most_tokens = 1e8;

/// Columns of a table by name, and values with their range checked.
class Columns {
 public:
  Columns(const CsvTable& table, int file, Diagnostics& diagnostics) : table_(table), file_(file), diagnostics_(diagnostics) {}

  /// Reports names that are neither needed nor known.
  void expect(const std::vector<std::string>& needed, const std::vector<std::string>& known) {
    for (const std::string& name : needed)
      if (table_.column(name) < 0 && !table_.header.fields.empty()) diagnostics_.error("csv-column", "column '" + name + "' is missing", {file_, 1, 1, 0});
    std::vector<std::string> all = needed;
    all.insert(all.end(), known.begin(), known.end());
    for (const CsvField& field : table_.header.fields) {
      if (std::find(all.begin(), all.end(), field.text) != all.end()) continue;
      const std::string close = suggest(field.text, all);
      diagnostics_.error("csv-column", "unknown column '" + field.text + "'", field.mark, close.empty() ? "" : "did you mean '" + close + "'?", "allowed: " + join(all, ", "));
    }
  }

  const CsvField* field(const CsvRow& row, const char* name) const {
    const int at = table_.column(name);
    return at < 0 ? nullptr : &row.fields[static_cast<std::size_t>(at)];
  }
  std::string text(const CsvRow& row, const char* name) const {
    const CsvField* f = field(row, name);
    return f == nullptr ? "" : std::string(trim(f->text));
  }
  /// A number from `low` to `high`; `absent` when the column or the value is not there.
  double number(const CsvRow& row, const char* name, double absent, double low, double high, bool whole) {
    const CsvField* f = field(row, name);
    double value = absent;
    if (f == nullptr || trim(f->text).empty() || !read_number(*f, value, diagnostics_)) return absent;
    if (value >= low && value <= high && (!whole || value == std::floor(value))) return value;
    diagnostics_.error("csv-range", fmt::format("{} is a {}number from {:.15g} to {:.15g}", name, whole ? "whole " : "", low, high), f->mark);
    return absent;
  }
  void wrong(const CsvRow& row, const char* name, const std::string& code, const std::string& message, const std::string& hint = "") {
    const CsvField* f = field(row, name);
    diagnostics_.error(code, message, f != nullptr ? f->mark : row.fields.front().mark, hint);
  }

 private:
  const CsvTable& table_;
  int file_;
  Diagnostics& diagnostics_;
};

std::string meant(const std::string& word, const std::vector<std::string>& known) {
  const std::string close = suggest(word, known);
  return close.empty() ? "" : "did you mean '" + close + "'?";
}

constexpr std::pair<const char*, Routing> routers[] = {{"round-robin", Routing::round_robin}, {"least-requests", Routing::least_requests},
                                                       {"least-tokens", Routing::least_tokens}, {"by-length", Routing::by_length}, {"prefix", Routing::prefix}};

class FleetReader {
 public:
  FleetReader(const CsvTable& table, int file, const capacity::CurveQuery& base, const CalibrationTable& calibration, Diagnostics& diagnostics)
      : columns_(table, file, diagnostics), base_(base), calibration_(calibration), has_model_(!base.model.name.empty()) {
    columns_.expect({"fleet"}, {"node", "accelerator", "tensor_parallel", "replicas", "longest_tokens", "role", "model", "precision", "router", "usd_per_accelerator_hour",
                                "prefix_cache_tokens", "max_sequences", "max_batched_tokens", "memory_gb", "bandwidth_gb_per_s", "bf16_tflops", "fp8_tflops", "power_w"});
  }

  void read(const CsvRow& row, std::vector<FleetRow>& fleets) {
    const std::string name = columns_.text(row, "fleet");
    if (name.empty()) return columns_.wrong(row, "fleet", "csv-range", "a fleet needs a name");
    auto found = std::find_if(fleets.begin(), fleets.end(), [&](const FleetRow& f) { return f.name == name; });
    if (found == fleets.end()) found = fleets.insert(fleets.end(), {name, {}, std::nullopt});
    router(row, *found);
    capacity::PoolQuery pool;
    pool.query = base_;
    hardware(row, pool);
    model(row, pool);
    role(row, pool);
    pool.tensor_parallel = static_cast<int>(columns_.number(row, "tensor_parallel", 1, 1, 1024, true));
    if (columns_.text(row, "node").empty()) pool.query.node.accelerators = pool.tensor_parallel;
    pool.replicas = static_cast<int>(columns_.number(row, "replicas", 0, 1, 100000, true));
    pool.longest_tokens = static_cast<int>(columns_.number(row, "longest_tokens", 0, 1, most_tokens, true));
    pool.usd_per_accelerator_hour = columns_.number(row, "usd_per_accelerator_hour", 0, 0, 1e6, false);
    pool.prefix_cache_tokens = columns_.number(row, "prefix_cache_tokens", 0, 0, 1e12, false);
    pool.query.max_sequences = static_cast<int>(columns_.number(row, "max_sequences", base_.max_sequences, 1, 4096, true));
    pool.query.engine = capacity::planned_engine(pool.query, calibration_);
    pool.query.engine.max_batched_tokens = static_cast<int>(columns_.number(row, "max_batched_tokens", base_.engine.max_batched_tokens, 1, 1e7, true));
    found->pools.push_back(std::move(pool));
  }

 private:
  void router(const CsvRow& row, FleetRow& fleet) {
    const std::string text = columns_.text(row, "router");
    if (text.empty()) return;
    fleet.routing = parse_routing(text);
    if (!fleet.routing) columns_.wrong(row, "router", "csv-range", "unknown router '" + text + "', expected " + name_list(routing_names()), meant(text, routing_names()));
  }

  void hardware(const CsvRow& row, capacity::PoolQuery& pool) {
    const Catalog& catalog = shipped_catalog();
    const std::string node = columns_.text(row, "node"), accelerator = columns_.text(row, "accelerator");
    pool.name = !node.empty() ? node : accelerator;
    if (node.empty() == accelerator.empty()) return columns_.wrong(row, "fleet", "csv-range", "a row needs a node or an accelerator, and not both");
    if (!node.empty()) {
      const NodeType* known = catalog.find_node(node);
      if (known == nullptr) return columns_.wrong(row, "node", "unknown-name", "there is no node '" + node + "' in the catalogue", meant(node, catalog.node_names()));
      pool.query.node = *known;
      pool.query.accelerator = *catalog.find_accelerator(known->accelerator);
      return;
    }
    std::vector<std::string> names;
    for (const Accelerator& a : catalog.accelerators) names.push_back(a.name);
    if (const Accelerator* known = catalog.find_accelerator(accelerator)) pool.query.accelerator = *known;
    else if (!data_sheet(row, accelerator, pool.query.accelerator))
      return columns_.wrong(row, "accelerator", "unknown-name", "there is no accelerator '" + accelerator + "' in the catalogue; memory_gb, bandwidth_gb_per_s and bf16_tflops would describe it", meant(accelerator, names));
    pool.query.node = {};
    pool.query.node.name = accelerator, pool.query.node.accelerator = accelerator;
  }

  bool data_sheet(const CsvRow& row, const std::string& name, Accelerator& out) {
    out = {};
    out.name = name;
    out.memory_bytes = 1e9 * columns_.number(row, "memory_gb", 0, 0, 1e6, false);
    out.bandwidth_bytes_per_s = 1e9 * columns_.number(row, "bandwidth_gb_per_s", 0, 0, 1e7, false);
    out.bf16_flops = 1e12 * columns_.number(row, "bf16_tflops", 0, 0, 1e7, false);
    out.fp8_flops = 1e12 * columns_.number(row, "fp8_tflops", 0, 0, 1e7, false);
    out.power_w = columns_.number(row, "power_w", 0, 0, 1e6, false);
    return out.memory_bytes > 0 && out.bandwidth_bytes_per_s > 0 && out.bf16_flops > 0;
  }

  void model(const CsvRow& row, capacity::PoolQuery& pool) {
    const std::string name = columns_.text(row, "model"), precision = columns_.text(row, "precision");
    if (!name.empty()) {
      const ModelArchitecture* known = shipped_catalog().find_model(name);
      if (known == nullptr) columns_.wrong(row, "model", "unknown-name", "there is no model '" + name + "' in the catalogue", meant(name, shipped_catalog().model_names()));
      else pool.query.model = *known;
      pool.name = name + " on " + pool.name;
    } else if (!has_model_) {
      columns_.wrong(row, "model", "csv-range", "neither --model nor this row names a model");
    }
    if (precision.empty()) return;
    pool.query.precision = parse_precision(lower(precision));
    if (!pool.query.precision) columns_.wrong(row, "precision", "csv-range", "unknown precision '" + precision + "', expected fp32, bf16, fp8, int8, int4, mxfp4 or nvfp4");
  }

  void role(const CsvRow& row, capacity::PoolQuery& pool) {
    const std::string text = columns_.text(row, "role");
    if (text == "prefill") pool.role = capacity::PoolRole::prefill;
    else if (text == "decode") pool.role = capacity::PoolRole::decode;
    else if (!text.empty() && text != "serve") columns_.wrong(row, "role", "csv-range", "unknown role '" + text + "', expected serve, prefill or decode", meant(text, {"serve", "prefill", "decode"}));
  }

  Columns columns_;
  const capacity::CurveQuery& base_;
  const CalibrationTable& calibration_;
  bool has_model_;
};

}  // namespace

std::optional<Routing> parse_routing(const std::string& text) {
  for (const auto& [name, routing] : routers)
    if (text == name) return routing;
  return std::nullopt;
}

const char* to_string(Routing routing) {
  for (const auto& [name, one] : routers)
    if (one == routing) return name;
  return "";
}

std::vector<std::string> routing_names() {
  std::vector<std::string> names;
  for (const auto& [name, routing] : routers) names.emplace_back(name);
  return names;
}

std::vector<capacity::Request> read_trace(const CsvTable& table, int file, Diagnostics& diagnostics) {
  Columns columns(table, file, diagnostics);
  columns.expect({"arrival_s", "input_tokens", "output_tokens"}, {"cached_tokens", "prefix_group"});
  std::vector<capacity::Request> requests;
  if (diagnostics.has_errors()) return requests;
  double last = 0;
  for (const CsvRow& row : table.rows) {
    capacity::Request r;
    for (const char* name : {"arrival_s", "input_tokens", "output_tokens"})
      if (columns.text(row, name).empty()) columns.wrong(row, name, "csv-number", fmt::format("{} is missing", name));
    r.arrival_s = columns.number(row, "arrival_s", last, 0, 1e12, false);
    r.input_tokens = static_cast<int>(columns.number(row, "input_tokens", 1, 0, most_tokens, true));
    r.output_tokens = static_cast<int>(columns.number(row, "output_tokens", 1, 1, most_tokens, true));
    r.cached_tokens = static_cast<int>(columns.number(row, "cached_tokens", 0, 0, most_tokens, true));
    r.prefix_group = static_cast<int>(columns.number(row, "prefix_group", -1, 0, 1e9, true));
    if (r.arrival_s < last) columns.wrong(row, "arrival_s", "csv-order", fmt::format("this request arrives before the one above it, at {:.15g} s", last));
    if (r.cached_tokens > r.input_tokens) columns.wrong(row, "cached_tokens", "csv-range", fmt::format("more tokens are cached than the {} of the input", r.input_tokens));
    last = std::max(last, r.arrival_s);
    requests.push_back(r);
  }
  if (requests.empty()) diagnostics.error("csv-empty", "there are no requests in this table", {file, 1, 1, 0});
  return requests;
}

std::vector<capacity::LengthPoint> read_lengths(const CsvTable& table, int file, Diagnostics& diagnostics) {
  Columns columns(table, file, diagnostics);
  columns.expect({"total_tokens_at_most", "cumulative_fraction"}, {"trace"});
  std::vector<capacity::LengthPoint> points;
  if (diagnostics.has_errors()) return points;
  capacity::LengthPoint last;
  for (const CsvRow& row : table.rows) {
    capacity::LengthPoint point;
    point.tokens = columns.number(row, "total_tokens_at_most", last.tokens, 1, most_tokens, false);
    point.share = columns.number(row, "cumulative_fraction", last.share, 0, 1, false);
    if (point.tokens <= last.tokens) columns.wrong(row, "total_tokens_at_most", "csv-order", "tokens rise from row to row");
    if (point.share < last.share) columns.wrong(row, "cumulative_fraction", "csv-order", "the fraction does not fall from row to row");
    last = point;
    points.push_back(point);
  }
  if (points.empty()) diagnostics.error("csv-empty", "there are no lengths in this table", {file, 1, 1, 0});
  else if (!diagnostics.has_errors() && std::abs(last.share - 1) > 1e-9) columns.wrong(table.rows.back(), "cumulative_fraction", "csv-range", "the last fraction is 1");
  return points;
}

std::vector<FleetRow> read_fleets(const CsvTable& table, int file, const capacity::CurveQuery& base, const CalibrationTable& calibration, Diagnostics& diagnostics) {
  std::vector<FleetRow> fleets;
  FleetReader reader(table, file, base, calibration, diagnostics);
  if (diagnostics.has_errors()) return fleets;
  for (const CsvRow& row : table.rows) reader.read(row, fleets);
  if (fleets.empty()) diagnostics.error("csv-empty", "there are no fleets in this table", {file, 1, 1, 0});
  return fleets;
}

}  // namespace tonnage::cli
