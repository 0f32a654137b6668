// The shipped catalogue by itself: it loads without a mistake, every row says where it is from, counts and sums are right.
#include "test.hpp"

#include <cmath>
#include <set>

#include "tonnage/catalog/catalog.hpp"

using namespace tonnage;

namespace {

template <class Row>
void check_sources(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK_FALSE(row.source.text.empty());
    CHECK(row.source.as_of.size() >= 4);
    CHECK(row.source.text.find("verify") == std::string::npos);
    CHECK(row.source.text.find("from knowledge") == std::string::npos);
  }
}

int count_kind(ModelKind kind) {
  int n = 0;
  for (const auto& model : shipped_catalog().models) n += model.kind == kind ? 1 : 0;
  return n;
}

/// Weights of the attention of one layer: grouped heads, or latent attention with its low-rank projections.
double attention_parameters(const ModelArchitecture& m) {
  const double hidden = m.hidden;
  if (m.kv_lora_rank == 0) return 2 * hidden * m.head_dim * (m.heads + m.kv_heads);
  const double query = static_cast<double>(m.heads) * (m.rope_head_dim + m.nope_head_dim);
  const double queries = m.q_lora_rank > 0 ? m.q_lora_rank * (hidden + query) : hidden * query;
  const double keys_and_values = hidden * (m.kv_lora_rank + m.rope_head_dim) +
                                 static_cast<double>(m.kv_lora_rank) * m.heads * (m.nope_head_dim + m.value_head_dim);
  return queries + keys_and_values + hidden * m.heads * m.value_head_dim;
}

/// Weights of a decoder: embeddings, attention, feed-forward matrices or experts with their router, and norms.
double decoder_parameters(const ModelArchitecture& m) {
  const double matrices = static_cast<double>(m.ffn_matrices) * m.hidden;
  double total = static_cast<double>(m.vocabulary) * m.hidden * (m.tied_embeddings ? 1 : 2) + m.hidden;
  for (int layer = 0; layer < m.layers; ++layer) {
    const bool sparse = m.experts > 0 && layer >= m.dense_layers && (layer - m.dense_layers + 1) % m.moe_every == 0;
    total += attention_parameters(m) + 2.0 * m.hidden;
    if (sparse) {
      total += (m.experts + m.shared_experts) * matrices * m.expert_ffn_dim + static_cast<double>(m.experts) * m.hidden;
    } else {
      total += matrices * m.ffn_dim;
    }
  }
  return total;
}

}  // namespace

TEST_CASE("the shipped catalogue loads without a mistake", "[catalog]") {
  Diagnostics diagnostics;
  const Catalog catalog = read_catalog(embedded::embedded_models(), diagnostics);
  INFO(render(diagnostics, false));
  CHECK(diagnostics.items().empty());
  CHECK(catalog.accelerators.size() >= 20);
  CHECK(catalog.nodes.size() >= 15);
  CHECK(catalog.models.size() >= 25);
  CHECK(catalog.offers.size() >= 40);
  CHECK(catalog.regions.size() >= 40);
  CHECK(&shipped_catalog() == &shipped_catalog());
  CHECK(shipped_catalog().offers.size() == catalog.offers.size());
}

TEST_CASE("every row of the catalogue has a source and a date", "[catalog]") {
  const Catalog& catalog = shipped_catalog();
  check_sources(catalog.accelerators);
  check_sources(catalog.nodes);
  check_sources(catalog.models);
  check_sources(catalog.offers);
  check_sources(catalog.regions);
}

TEST_CASE("the catalogue covers vendors, kinds of model and kinds of offer", "[catalog]") {
  const Catalog& catalog = shipped_catalog();
  std::set<std::string> vendors;
  for (const auto& row : catalog.accelerators) vendors.insert(row.vendor);
  for (const char* vendor : {"NVIDIA", "AMD", "Google", "AWS", "Intel", "example"}) CHECK(vendors.count(vendor) == 1);
  for (const ModelKind kind : {ModelKind::encoder, ModelKind::speech, ModelKind::vision, ModelKind::diffusion, ModelKind::recommender})
    CHECK(count_kind(kind) >= 1);
  CHECK(count_kind(ModelKind::decoder) >= 25);
  std::set<std::string> offers;
  for (const auto& row : catalog.offers) offers.insert(row.provider + " " + to_string(row.kind));
  for (const char* kind : {"aws on-demand", "aws reserved", "azure on-demand", "gcp on-demand", "gcp spot", "gcp reserved",
    "market purchase",
                           "market colocation"})
    CHECK(offers.count(kind) == 1);
}

TEST_CASE("names that other files rely on are in the catalogue", "[catalog]") {
  const Catalog& catalog = shipped_catalog();
  for (const char* name : {"h100-sxm", "b200-sxm", "a100-80gb-sxm", "mi300x", "tpu-v6e", "trainium2", "gaudi3", "l4", "k1"})
    CHECK(catalog.find_accelerator(name) != nullptr);
  for (const char* name : {"h100x8", "b200x8", "a100x8", "l4x4", "tpu-v5ex8", "k1x16"}) CHECK(catalog.find_node(name) != nullptr);
  for (const char* name : {"llama-3.1-70b", "bge-large-en", "deepseek-v3", "whisper-large-v3", "llama-4-maverick", "dlrm-v2", "sdxl-base"})
    CHECK(catalog.find_model(name) != nullptr);
  for (const char* name : {"aws/us-east-1", "azure/eastus", "gcp/us-central1", "us/average"}) CHECK(catalog.find_region(name) != nullptr);
  CHECK(catalog.find_offer("aws-p5.48xlarge-us-east-1-on-demand") != nullptr);
  CHECK(catalog.find_accelerator("H100-SXM") == nullptr);
  CHECK(catalog.find_region("azure/finlandcentral") == nullptr);  // malformed in its source
  CHECK(catalog.accelerator_names().front() == catalog.accelerators.front().name);
  CHECK(catalog.offer_names().size() == catalog.offers.size());
}

TEST_CASE("units become SI at load", "[catalog]") {
  const Accelerator* h100 = shipped_catalog().find_accelerator("h100-sxm");
  REQUIRE(h100 != nullptr);
  CHECK(h100->bandwidth_bytes_per_s == Approx(3.35e12));
  CHECK(h100->bf16_flops == Approx(989e12));
  CHECK(h100->fp4_flops == 0);
  CHECK(h100->link_bytes_per_s == Approx(450e9));
  CHECK(h100->domain == 8);
  CHECK(shipped_catalog().find_model("llama-3.1-70b")->parameters == Approx(70.55e9));
}

TEST_CASE("node power is published or estimated from its accelerators", "[catalog]") {
  const Catalog& catalog = shipped_catalog();
  CHECK(catalog.find_node("a100x8")->power_w == 6500);
  CHECK(catalog.find_node("h100x8")->power_w == 10200);
  CHECK(catalog.find_node("b200x8")->power_w == 14300);
  CHECK(catalog.find_node("h100x8")->idle_power_w == 2550);
  const NodeType* l4x4 = catalog.find_node("l4x4");
  CHECK(l4x4->power_w == Approx(4 * 72 * node_power_factor));
  CHECK(l4x4->source.text.find("power estimated") != std::string::npos);
  for (const NodeType& node : catalog.nodes) {
    INFO(node.name);
    const Accelerator* accelerator = catalog.find_accelerator(node.accelerator);
    REQUIRE(accelerator != nullptr);
    CHECK(node.power_w > node.accelerators * accelerator->power_w);
    CHECK(node.idle_power_w < node.power_w);
  }
}

TEST_CASE("decoders add up to their stated parameters", "[catalog]") {
  int dense = 0, sparse = 0;
  for (const ModelArchitecture& model : shipped_catalog().models) {
    if (model.kind != ModelKind::decoder) continue;
    INFO(model.name << ": " << decoder_parameters(model) << " of " << model.parameters);
    CHECK(std::abs(decoder_parameters(model) / model.parameters - 1) < 0.02);
    ++(model.experts > 0 ? sparse : dense);
    if (model.experts == 0) CHECK(model.active_parameters == model.parameters);
  }
  CHECK(dense >= 15);
  CHECK(sparse >= 15);
}

TEST_CASE("mixtures of experts have fewer active than total parameters", "[catalog]") {
  for (const ModelArchitecture& model : shipped_catalog().models) {
    if (model.experts == 0) continue;
    INFO(model.name);
    CHECK(model.active_parameters > 0);
    CHECK(model.active_parameters < model.parameters);
    CHECK(model.experts_per_token <= model.experts);
    CHECK(model.expert_ffn_dim > 0);
  }
}

TEST_CASE("models without tokens give FLOPs and bytes of a request", "[catalog]") {
  for (const ModelArchitecture& model : shipped_catalog().models) {
    const bool tokens = model.kind == ModelKind::decoder || model.kind == ModelKind::encoder;
    INFO(model.name);
    CHECK((model.flops_per_request > 0) == !tokens);
    CHECK((model.bytes_per_request > 0) == !tokens);
  }
}

TEST_CASE("speech work of a window follows from the architecture", "[catalog]") {
  const ModelArchitecture* m = shipped_catalog().find_model("whisper-large-v3");
  REQUIRE(m != nullptr);
  const double d = m->hidden, layers = m->layers, frames = 1500, mel = 128, tokens = 100;
  const double convolutions = 2 * 3 * mel * d * (2 * frames) + 2 * 3 * d * d * frames;
  const double encoder = layers * (2 * frames * 12 * d * d + 4 * frames * frames * d);
  const double cross_keys = layers * 2 * 2 * frames * d * d;
  const double token = layers * (2 * 14 * d * d + 4 * frames * d) + 2.0 * m->vocabulary * d;
  CHECK(m->flops_per_request == Approx(convolutions + encoder + cross_keys + tokens * token).epsilon(1e-9));
  CHECK(m->bytes_per_request > tokens * layers * 2 * frames * d * 2);  // the cache read once a token
}

TEST_CASE("recommender work of a sample follows from the architecture", "[catalog]") {
  const ModelArchitecture* m = shipped_catalog().find_model("dlrm-v2");
  REQUIRE(m != nullptr);
  const double width = 27 * 128;
  const double bottom = 13 * 512 + 512 * 256 + 256 * 128;
  const double cross = 3 * 2 * width * 512;
  const double top = width * 1024 + 1024 * 1024 + 1024 * 512 + 512 * 256 + 256;
  CHECK(m->flops_per_request == Approx(2 * (bottom + cross + top)).epsilon(1e-9));
  // Values that operators read and write: layers of both perceptrons, pooled rows, and of each cross layer its input twice, x0, the output and
  // the narrow product between.
  const double perceptrons = 13 + 2 * 512 + 2 * 256 + 128 + width + 2 * 1024 + 2 * 1024 + 2 * 512 + 2 * 256 + 1;
  const double crossed = 3 * (4 * width + 2 * 512) + 26 * 128;
  CHECK(m->bytes_per_request == 4 * (214 * 128 + perceptrons + crossed));
  CHECK(m->active_parameters == Approx(bottom + cross + top).epsilon(0.01));
}

TEST_CASE("offers are priced and committed as their kind demands", "[catalog]") {
  for (const CatalogOffer& offer : shipped_catalog().offers) {
    INFO(offer.name);
    CHECK((offer.usd_per_hour > 0) + (offer.usd_once > 0) + (offer.usd_per_kw_month > 0) == 1);
    CHECK((offer.kind == OfferKind::reserved) == (offer.term_months > 0));
    if (offer.kind == OfferKind::reserved) CHECK_FALSE(offer.upfront.empty());
  }
}
