// Differential: the catalogue's figures against the reference tables they were typed from, where those are present.
#include "test.hpp"

#include <cmath>
#include <map>
#include <set>

#include "tonnage/catalog/catalog.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

using namespace tonnage;

namespace {

using Record = std::map<std::string, std::string>;

/// Rows of a reference table by column name; empty when the file is not here. Rows of wrong length are left out.
std::vector<Record> reference_rows(const std::string& relative) {
  std::filesystem::path path;
  if (!testing::reference_file(relative, path)) return {};
  Diagnostics diagnostics;
  const std::string contents = testing::read_text(path);
  const CsvTable table = read_csv(contents, diagnostics.sources.add(relative, contents), diagnostics);
  std::vector<Record> rows;
  for (const CsvRow& row : table.rows) {
    Record record;
    for (std::size_t i = 0; i < row.fields.size(); ++i) record[table.header.fields[i].text] = row.fields[i].text;
    rows.push_back(std::move(record));
  }
  return rows;
}

double value(const Record& record, const std::string& column) { return parse_double(record.at(column)).value_or(0); }

bool near(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

std::string catalog_name(const std::string& reference) {
  static const std::map<std::string, std::string> renamed = {{"V100-SXM2-32GB", "v100-32gb-sxm"},
                                                             {"TPU-v7-Ironwood", "tpu-v7"},
                                                             {"RTX-PRO-6000-BSE", "rtx-pro-6000"}};
  const auto found = renamed.find(reference);
  return found == renamed.end() ? lower(reference) : found->second;
}

/// Fields where the catalogue follows a page that was read later than the table.
const std::set<std::string> intended_accelerator_differences = {
    "tpu-v4 memory",      // 32 GiB in GB
    "tpu-v4 bandwidth",   // 1200 GB/s in Google's page
    "tpu-v7 memory",      // 192 GiB in GB
    "tpu-v7 bandwidth",   // 7380 GB/s in Google's page
};

/// One row of the reference by its key columns.
using Feed = std::map<std::string, Record>;

Feed index_by_instance_and_region(const std::vector<Record>& rows) {
  Feed feed;
  for (const Record& row : rows) feed[row.at("instance") + "|" + row.at("region")] = row;
  return feed;
}

/// Price of an AWS, Azure or GCP offer as its feed gives it.
double feed_price(const CatalogOffer& offer, const Record& row) {
  if (offer.kind == OfferKind::on_demand) return value(row, "on_demand_usd_per_hour");
  if (offer.kind == OfferKind::spot) return value(row, "spot_usd_per_hour");
  if (offer.provider == "aws") return value(row, "ri_or_sp_3y_all_upfront_usd_per_year") / 8760;
  return value(row, offer.term_months == 12 ? "month_usd_1y_cud" : "month_usd_3y_cud") / 730;
}

void check_offers(const std::string& provider, const std::string& file, std::size_t least) {
  const auto rows = reference_rows(file);
  if (rows.empty()) return;
  const Feed feed = index_by_instance_and_region(rows);
  std::size_t checked = 0;
  for (const CatalogOffer& offer : shipped_catalog().offers) {
    if (offer.provider != provider) continue;
    INFO(offer.name);
    const auto row = feed.find(offer.instance + "|" + offer.region);
    REQUIRE(row != feed.end());
    CHECK(near(offer.usd_per_hour, feed_price(offer, row->second)));
    const auto count = row->second.find("accelerator_count");
    if (count != row->second.end() && !count->second.empty())
      CHECK(parse_double(count->second) == shipped_catalog().find_node(offer.node)->accelerators);
    ++checked;
  }
  CHECK(checked >= least);
}

}  // namespace

TEST_CASE("accelerators agree with the reference table", "[catalog]") {
  std::set<std::string> differences;
  std::size_t checked = 0;
  for (const Record& row : reference_rows("capacity/accelerators.csv")) {
    const Accelerator* chip = shipped_catalog().find_accelerator(catalog_name(row.at("name")));
    if (chip == nullptr) continue;
    if (!near(chip->memory_bytes, value(row, "mem_gb") * 1e9)) differences.insert(chip->name + " memory");
    if (!near(chip->bandwidth_bytes_per_s, value(row, "mem_bw_gbs") * 1e9)) differences.insert(chip->name + " bandwidth");
    if (!near(chip->bf16_flops, value(row, "bf16_tflops") * 1e12)) differences.insert(chip->name + " bf16");
    if (!near(chip->power_w, value(row, "tdp_w"))) differences.insert(chip->name + " power");
    ++checked;
  }
  if (checked == 0) return;
  CHECK(checked + 1 == shipped_catalog().accelerators.size());  // all but the fictitious k1
  CHECK(differences == intended_accelerator_differences);
}

TEST_CASE("architectures agree with the reference table", "[catalog]") {
  static const std::map<std::string, ModelKind> kinds = {{"decoder", ModelKind::decoder}, {"encoder", ModelKind::encoder},
                                                         {"encdec", ModelKind::speech},   {"diffusion", ModelKind::diffusion},
                                                         {"recsys", ModelKind::recommender}, {"cnn", ModelKind::vision}};
  static const std::vector<std::pair<const char*, int ModelArchitecture::*>> counts = {
      {"layers", &ModelArchitecture::layers}, {"hidden", &ModelArchitecture::hidden}, {"heads", &ModelArchitecture::heads},
      {"kv_heads", &ModelArchitecture::kv_heads}, {"head_dim", &ModelArchitecture::head_dim}, {"ffn_dim", &ModelArchitecture::ffn_dim},
      {"ffn_mats", &ModelArchitecture::ffn_matrices}, {"vocab", &ModelArchitecture::vocabulary}, {"experts", &ModelArchitecture::experts},
      {"topk", &ModelArchitecture::experts_per_token}, {"shared_experts", &ModelArchitecture::shared_experts},
      {"expert_ffn", &ModelArchitecture::expert_ffn_dim}, {"dense_layers", &ModelArchitecture::dense_layers},
      {"moe_every", &ModelArchitecture::moe_every}, {"q_lora", &ModelArchitecture::q_lora_rank},
      {"kv_lora", &ModelArchitecture::kv_lora_rank},
      {"rope_dim", &ModelArchitecture::rope_head_dim}, {"nope_dim", &ModelArchitecture::nope_head_dim},
      {"v_dim", &ModelArchitecture::value_head_dim}, {"window", &ModelArchitecture::window},
      {"window_full_every", &ModelArchitecture::window_full_every}, {"linear_attn_full_every", &ModelArchitecture::linear_full_every},
      {"max_ctx", &ModelArchitecture::max_context_tokens}};
  std::size_t checked = 0;
  for (const Record& row : reference_rows("capacity/models.csv")) {
    const ModelArchitecture* model = shipped_catalog().find_model(lower(row.at("model")));
    if (model == nullptr) continue;
    INFO(model->name);
    CHECK(model->kind == kinds.at(row.at("kind")));
    for (const auto& [column, field] : counts) {
      INFO(column);
      CHECK(model->*field == static_cast<int>(value(row, column)));
    }
    ++checked;
    if (model->name == "dlrm-v2") continue;  // fp32 tables of 26.1 billion parameters, 16 million active
    CHECK(std::string(to_string(model->native_precision)) == row.at("native_precision"));
    CHECK(model->parameters == Approx(value(row, "params_total_b") * 1e9).epsilon(model->name == "resnet50" ? 0.002 : 1e-9));
    if (!row.at("params_active_b").empty()) CHECK(near(model->active_parameters, value(row, "params_active_b") * 1e9));
  }
  if (checked > 0) CHECK(checked + 4 == shipped_catalog().models.size());  // vit-l-16, llama-3-8b, -70b and llama-3.3-70b are not in the table
}

TEST_CASE("offers agree with their providers' feeds", "[catalog]") {
  check_offers("aws", "tco/aws_accelerator_prices.csv", 20);
  check_offers("azure", "tco/azure_accelerator_prices.csv", 20);
  check_offers("gcp", "tco/gcp_gpu_prices.csv", 40);
}

TEST_CASE("carbon of cloud regions agrees with the reference table", "[catalog]") {
  std::size_t checked = 0, malformed = 0;
  for (const Record& row : reference_rows("tco/grid_carbon_ccf.csv")) {
    std::string name = row.at("cloud") + "/";
    for (const char c : lower(row.at("region")))
      if (c != ' ') name += c;
    const CatalogRegion* region = shipped_catalog().find_region(name);
    INFO(name);
    if (region == nullptr) {
      ++malformed;
      continue;
    }
    CHECK(near(region->carbon_g_per_kwh, value(row, "tco2e_per_kwh") * 1e6));
    ++checked;
  }
  if (checked == 0) return;
  CHECK(checked >= 40);
  CHECK(malformed <= 2);  // Finland Central and Germany West Central have their columns shifted
}

TEST_CASE("colocation offers agree with the reference table", "[catalog]") {
  std::multiset<double> expected, found;
  for (const Record& row : reference_rows("tco/colocation_price.csv")) expected.insert(value(row, "usd_per_kw_month"));
  if (expected.empty()) return;
  for (const CatalogOffer& offer : shipped_catalog().offers)
    if (offer.kind == OfferKind::colocation) found.insert(offer.usd_per_kw_month);
  CHECK(found == expected);
}
