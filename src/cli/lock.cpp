#include "lock.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tonnage/core/embedded.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::cli {

namespace {

/// A line of the file: what it is of, and its value.
struct Pin {
  std::string key, value;
};

std::string catalogue_hash() {
  std::string all;
  for (const embedded::EmbeddedFile& file : embedded::embedded_models()) all += fmt::format("{}\n{}\n", file.path, sha256(file.contents));
  return sha256(all);
}

/// Prices are in the scenario's files and in the catalogue.
std::vector<Pin> pins_of(const Context& context, const scenario::LoadedScenario& loaded) {
  const Options& o = context.options;
  std::vector<Pin> pins = {{"version", TONNAGE_VERSION}, {"catalogue", catalogue_hash()}, {"seed", std::to_string(o.seed().value_or(loaded.scenario.seed))}, {"gap", shortest(o.gap)}};
  pins.push_back({"solver", o.solver});
  if (o.relax) pins.push_back({"relax", "yes"});
  pins.push_back({"reasons", o.reasons});
  for (const std::string& thing : o.alternatives) pins.push_back({"alternative " + printable(thing), printable(o.within)});
  for (const std::string& set : o.sets) pins.push_back({"set " + printable(set.substr(0, set.find('='))), printable(set.substr(std::min(set.size(), set.find('=') + 1)))});
  for (const scenario::InputFile& file : loaded.inputs) pins.push_back({"file " + printable(file.name), file.sha256});
  if (!o.present.empty()) pins.push_back({"present " + printable(o.present), sha256(read_input(context, o.present))});
  return pins;
}

std::vector<Pin> read_pins(const std::string& text) {
  std::vector<Pin> pins;
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty() || line.front() == '#') continue;
    const auto at = line.find(": ");
    if (at == std::string_view::npos) pins.push_back({std::string(line), ""});
    else pins.push_back({std::string(line.substr(0, at)), std::string(line.substr(at + 2))});
  }
  return pins;
}

const Pin* find(const std::vector<Pin>& pins, const std::string& key) {
  const auto found = std::find_if(pins.begin(), pins.end(), [&](const Pin& pin) { return pin.key == key; });
  return found == pins.end() ? nullptr : &*found;
}

/// A hash is told by its beginning.
std::string shown(const std::string& value) { return value.size() == 64 ? value.substr(0, 12) + "..." : value; }

std::string differences(const std::vector<Pin>& locked, const std::vector<Pin>& now) {
  std::string out;
  for (const Pin& pin : locked) {
    const Pin* other = find(now, pin.key);
    if (other == nullptr) out += fmt::format("  {} is locked, but not used now\n", printable(pin.key));
    else if (other->value != pin.value) out += fmt::format("  {} is {}, locked is {}\n", printable(pin.key), shown(other->value), printable(shown(pin.value)));
  }
  for (const Pin& pin : now)
    if (find(locked, pin.key) == nullptr) out += fmt::format("  {} is not locked\n", pin.key);
  return out;
}

}  // namespace

void hold_lock(const Context& context, const scenario::LoadedScenario& loaded) {
  const Options& o = context.options;
  if (o.lock.empty()) return;
  if (o.time_limit_s > 0) throw UsageError{"--lock: two runs with --time-limit may differ; stop by --gap instead"};
  const std::vector<Pin> now = pins_of(context, loaded);
  if (context.environment.files.kind(o.lock) == FileSystem::Kind::missing) {
    std::string text = "# What a plan was made from, by tonnage --lock. Remove this file to pin anew.\n";
    for (const Pin& pin : now) text += pin.key + ": " + pin.value + "\n";
    write_file(context.environment.files, o.lock, text);
    return;
  }
  const std::string different = differences(read_pins(read_input(context, o.lock)), now);
  if (different.empty()) return;
  context.say(fmt::format("error [lock]: '{}' locks something else\n{}  = go back to what is locked, or remove the file to pin anew\n", printable(o.lock), different));
  throw Reported{};
}

}  // namespace tonnage::cli
