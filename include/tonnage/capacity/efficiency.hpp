// What engines make of chips: constants of a step from the catalogue's table, and how sure a prediction with them is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tonnage/capacity/roofline.hpp"
#include "tonnage/catalog/catalog.hpp"

namespace tonnage::capacity {

struct CurveQuery;

/// A constant that the table of efficiencies gives, and the field that holds it.
struct FactorField {
  const char* name;                      ///< column `factor` of the table
  double EngineConstants::*field;
  double least, most;                    ///< what is physically possible
};
std::span<const FactorField> factor_fields();

/// What is served by what: selects rows of the table.
struct ServingSetup {
  std::string engine = "vllm";           ///< "vllm", "sglang", "trtllm" or another
  std::string version;                   ///< as "0.15"; empty: not known
  const Accelerator* accelerator = nullptr;
  const ModelArchitecture* model = nullptr;
  Precision precision = Precision::bf16;
  Precision kv_precision = Precision::bf16;
};

/// Whether a row of the table speaks of a setup. Scopes: all; engine, version (engine and version), generation, accelerator,
/// precision, kv (precision of the cache where it is below 16 bits); attention (plain, window, latent, linear, sparse); experts (yes); family; and several joined
/// by "+".
bool applies(const EfficiencyFactor& row, const ServingSetup& setup);

/// The scopes' names for a setup, as the table writes them: {"engine", "vllm"}, ...
std::vector<std::pair<std::string, std::string>> scopes_of(const ServingSetup& setup);

/// The product of all rows that apply, factor by factor, within what is possible. A chip that was never measured has the
/// values of its generation, else of all chips.
EngineConstants engine_constants(std::span<const EfficiencyFactor> table, const ServingSetup& setup);

/// The same from the shipped catalogue.
EngineConstants shipped_constants(const ServingSetup& setup);

/// The engine that plans assume: the one whose settings the measurements behind the table state best.
inline constexpr const char* planning_engine = "vllm";
inline constexpr const char* planning_version = "0.15";

/// Shipped constants with the user's own multipliers.
EngineConstants planning_constants(const ServingSetup& setup, const CalibrationTable& calibration);

/// The same of the engine that plans count on, for the chip, model and precisions of a query.
EngineConstants planned_engine(const CurveQuery& query, const CalibrationTable& calibration);

/// How near a setup is to what the table was fitted to.
enum class Evidence {
  same_setup,   ///< chip, engine and model family were measured together
  same_chip,    ///< the chip was measured, with other models or engines
  new_chip      ///< the chip is known by its data sheet alone
};
const char* to_string(Evidence evidence);
Evidence evidence_of(const ServingSetup& setup);

}  // namespace tonnage::capacity
