// What the catalogue and a scenario say about hardware, offers and places: plain values, units in the names.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace tonnage {

/// Where a figure is from, and the day on which it was true (ISO 8601, or a year).
struct Source {
  std::string text;
  std::string as_of;
};

/// A chip type. Peaks are dense; zero means "not supported".
struct Accelerator {
  std::string name;    ///< e.g. "h100-sxm"
  std::string vendor;
  std::string kind;    ///< gpu, tpu, asic
  std::string generation;  ///< chips of one architecture share it, e.g. "hopper"
  double memory_bytes = 0;
  double bandwidth_bytes_per_s = 0;
  double bf16_flops = 0;
  double fp8_flops = 0;
  double int8_ops = 0;
  double fp4_flops = 0;
  double link_bytes_per_s = 0;     ///< scale-up link, per direction
  int domain = 1;                  ///< accelerators that one scale-up domain joins
  double network_bytes_per_s = 0;  ///< scale-out network, per direction and accelerator
  double power_w = 0;              ///< thermal design power
  Source source;
};

/// A server of `accelerators` chips: the unit that is bought.
struct NodeType {
  std::string name;         ///< e.g. "h100x8"
  std::string accelerator;
  int accelerators = 1;     ///< 0: none of its own, a million tokens an hour of a hosted model
  double power_w = 0;       ///< whole node at full load
  double idle_power_w = 0;  ///< whole node, no work placed
  Source source;
};

enum class OfferKind { owned, purchase, lease, colocation, on_demand, reserved, spot, api };
const char* to_string(OfferKind kind);
std::optional<OfferKind> parse_offer_kind(const std::string& text);

/// A published price for one node of a type, as shipped in the catalogue.
struct CatalogOffer {
  std::string name;      ///< unique, e.g. "aws-p5.48xlarge-us-east-1-on-demand"
  std::string provider;  ///< aws, azure, gcp, or the seller of owned and colocated hardware
  std::string region;    ///< the provider's region; empty for hardware bought anywhere
  std::string instance;  ///< the provider's name for the node
  std::string node;      ///< node type of the catalogue
  OfferKind kind = OfferKind::on_demand;
  double usd_per_hour = 0;      ///< rented: effective USD per node-hour
  double usd_once = 0;          ///< bought: USD per node
  double usd_per_kw_month = 0;  ///< colocation
  int term_months = 0;
  std::string upfront;          ///< none, partial, all
  Source source;
};

/// Electricity, carbon and PUE of a place.
struct CatalogRegion {
  std::string name;      ///< e.g. "aws/us-east-1"
  std::string provider;
  std::string location;
  double carbon_g_per_kwh = 0;         ///< location-based
  double electricity_usd_per_kwh = 0;  ///< 0 where no source was found
  double pue = 0;                      ///< 0 where no source was found
  Source source;
};

/// Multipliers on the constants of a step, from own load tests: "accelerator" or "accelerator/model" -> constant -> factor.
using CalibrationTable = std::map<std::string, std::map<std::string, double>>;

}  // namespace tonnage
