// A model from the config.json of a model hub. Private to the module.
#pragma once

#include <string>

#include "tonnage/documents/model.hpp"

namespace tonnage::cli {

/// The architecture that a Hugging Face `config.json` describes, named `name`. Sizes that follow are counted. Throws
/// InputError when it is no JSON object or lacks layers, hidden size, heads or vocabulary.
ModelArchitecture model_from_config(const std::string& name, const std::string& text);

}  // namespace tonnage::cli
