#include "progress.hpp"

#include <cmath>

#include <fmt/format.h>

#include "context.hpp"

namespace tonnage::cli {

namespace {

constexpr std::chrono::milliseconds first_after{1000}, then_every{100};

std::string time_text(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", std::max(1.0, std::ceil(seconds)));
  return fmt::format("{:.0f} min", std::ceil(seconds / 60));
}

}  // namespace

std::string progress_text(const Progress& progress, double elapsed_s) {
  if (progress.total > 0) {
    std::string out = fmt::format("{} {} of {}", progress.what, progress.done, progress.total);
    if (progress.done > 0) out += ", about " + time_text(elapsed_s / progress.done * (progress.total - progress.done)) + " left";
    return out;
  }
  const std::string gap = std::isfinite(progress.gap) ? fmt::format(", within {:.2g} %", 100 * progress.gap) : "";
  return progress.what + gap + ", " + time_text(elapsed_s);
}

ProgressLine::ProgressLine(const Context& context) : context_(context), shown_(context.environment.stderr_terminal && !context.options.quiet), next_(began_ + first_after) {}

ProgressSink ProgressLine::sink() {
  if (!shown_) return {};
  return [this](const Progress& progress) { show(progress); };
}

void ProgressLine::clear() {
  const std::lock_guard lock(mutex_);
  if (written_) context_.say("\r\033[K");
  written_ = false;
}

void ProgressLine::show(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + then_every;
  context_.say("\r\033[K" + progress_text(progress, std::chrono::duration<double>(now - began_).count()));
  written_ = true;
}

}  // namespace tonnage::cli
