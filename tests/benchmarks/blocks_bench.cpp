// Blocks of alike hours: what the scheme of src/forecast/hours.cpp hides, against k-medoids with as many blocks. Asserts nothing.
//
//   blocks_bench FOLDER     (FOLDER with the reference data for forecasts)
//
// k-medoids by PAM (Kaufman & Rousseeuw 1990: greedy build, then the best swap until none helps) on the hours of the week as points, one coordinate a
// series and one for their total; "peaks kept": the hour of the highest total and of each series' maximum are medoids that no swap removes, as far
// as there are blocks for them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tonnage/core/calendar.hpp"
#include "tonnage/core/gzip.hpp"
#include "tonnage/forecast/hours.hpp"

using namespace tonnage;
using namespace tonnage::forecast;

namespace {

using Series = std::map<std::string, HistorySeries>;

/// "time,series,value" or "time,value" with whole hours; gaps take the value before.
Series read(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  Series out;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string time, name, value;
    std::getline(fields, time, ','), std::getline(fields, name, ',');
    if (!std::getline(fields, value, ',')) value = name, name = "one";
    const auto at = parse_time(time);
    if (!at || value.empty()) continue;
    HistorySeries& s = out[name];
    if (s.values.empty()) s.start_s = *at;
    while (s.start_s + static_cast<long long>(s.values.size()) * 3600 < *at) s.values.push_back(s.values.back());
    s.values.push_back(std::stod(value));
  }
  return out;
}

/// Every eighth hourly series of "id,src,freq,m,h,n,train,test", taken to begin on a Monday.
Series read_competition(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  std::string problem, line;
  std::istringstream lines(gunzip(bytes.str(), std::size_t{1} << 28, problem).value_or(""));
  Series out;
  for (int n = 0; std::getline(lines, line);) {
    if (line.find(",M4,hourly,") == std::string::npos || n++ % 8 != 0) continue;
    std::vector<std::string> fields;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) fields.push_back(cell);
    HistorySeries& s = out[fields[0]];
    s.start_s = 4 * 86400;
    std::istringstream values(fields[6]);
    for (double v = 0; values >> v;) s.values.push_back(v);
  }
  return out;
}

using Point = std::vector<double>;

double distance(const Point& a, const Point& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

double cost_of(const std::vector<Point>& points, const std::vector<std::size_t>& medoids) {
  double sum = 0;
  for (const Point& p : points) {
    double least = INFINITY;
    for (const std::size_t m : medoids) least = std::min(least, distance(p, points[m]));
    sum += least;
  }
  return sum;
}

/// Partition around medoids; the first `kept` of `medoids` stay.
std::vector<std::size_t> pam(const std::vector<Point>& points, std::vector<std::size_t> medoids, std::size_t count) {
  const std::size_t kept = medoids.size();
  while (medoids.size() < count) {
    std::size_t best = 0;
    double least = INFINITY;
    medoids.push_back(0);
    for (std::size_t i = 0; i < points.size(); ++i) {
      medoids.back() = i;
      if (const double c = cost_of(points, medoids); c < least) least = c, best = i;
    }
    medoids.back() = best;
  }
  for (double now = cost_of(points, medoids);;) {
    std::vector<std::size_t> best;
    double least = now * (1 - 1e-9);
    for (std::size_t m = kept; m < medoids.size(); ++m)
      for (std::size_t i = 0; i < points.size(); ++i) {
        std::vector<std::size_t> tried = medoids;
        tried[m] = i;
        if (const double c = cost_of(points, tried); c < least) least = c, best = tried;
      }
    if (best.empty()) return medoids;
    medoids = best, now = least;
  }
}

BlockShape shape_of(const std::vector<Point>& points, const std::vector<std::size_t>& medoids) {
  BlockShape out;
  for (std::size_t m = 0; m < medoids.size(); ++m) out.names.push_back("m" + std::to_string(m)), out.share.emplace_back().fill(0.0), out.weight.push_back(0);
  for (std::size_t h = 0; h < points.size(); ++h) {
    std::size_t best = 0;
    for (std::size_t m = 0; m < medoids.size(); ++m)
      if (distance(points[h], points[medoids[m]]) < distance(points[h], points[medoids[best]])) best = m;
    out.share[best][h] = 1, out.weight[best] += 1.0 / hours_of_week;
  }
  return out;
}

struct Errors {
  double total_peak = 0, series_peak = 0, total_hours = 0, series_hours = 0;  // means over the sets; hours: root mean square distance of an hour from its block
  double blocks = 0;
};

double hours_error(const BlockShape& shape, const WeekProfile& profile) {
  double sum = 0;
  for (std::size_t b = 0; b < shape.names.size(); ++b)
    for (std::size_t h = 0; h < hours_of_week; ++h) sum += shape.share[b][h] * std::pow(profile[h] - shape.mean(profile, static_cast<int>(b)), 2);
  return std::sqrt(sum / hours_of_week);
}

void add(Errors& e, const BlockShape& shape, const WeekProfile& total, const std::vector<NamedProfile>& series, double weight) {
  int block = 0;
  double worst = 0, hours = 0;
  for (const NamedProfile& s : series) worst = std::max(worst, peak_error(shape, s.profile, block)), hours += hours_error(shape, s.profile) / static_cast<double>(series.size());
  e.total_peak += weight * peak_error(shape, total, block), e.series_peak += weight * worst;
  e.total_hours += weight * hours_error(shape, total), e.series_hours += weight * hours, e.blocks += weight * static_cast<double>(shape.names.size());
}

std::vector<NamedProfile> profiles(const Series& series) {
  std::vector<NamedProfile> out;
  for (const auto& [name, history] : series)
    if (const WeekProfile p = week_profile(history); !is_flat(p)) out.push_back({name, p});
  return out;
}

/// All subsets of `size` neighbours in the order of names, as origins of one fleet.
void compare(const char* title, const std::vector<NamedProfile>& all, std::size_t size) {
  const std::size_t sets = all.size() - size + 1;
  Errors ours, medoids, kept;
  for (std::size_t first = 0; first < sets; ++first) {
    const std::vector<NamedProfile> series(all.begin() + static_cast<long>(first), all.begin() + static_cast<long>(first + size));
    WeekProfile total{};
    for (const NamedProfile& s : series)
      for (std::size_t h = 0; h < hours_of_week; ++h) total[h] += s.profile[h] / static_cast<double>(size);
    BlockShape shape = make_blocks(total);
    add_peaks(shape, series);
    std::vector<Point> points(hours_of_week);
    for (std::size_t h = 0; h < hours_of_week; ++h) {
      for (const NamedProfile& s : series) points[h].push_back(s.profile[h] / std::sqrt(static_cast<double>(size)));
      points[h].push_back(total[h]);
    }
    std::vector<std::size_t> peaks = {static_cast<std::size_t>(std::max_element(total.begin(), total.end()) - total.begin())};
    for (const NamedProfile& s : series) {
      const auto h = static_cast<std::size_t>(std::max_element(s.profile.begin(), s.profile.end()) - s.profile.begin());
      if (peaks.size() + 2 < shape.names.size() && std::find(peaks.begin(), peaks.end(), h) == peaks.end()) peaks.push_back(h);
    }
    const double weight = 1.0 / static_cast<double>(sets);
    add(ours, shape, total, series, weight);
    add(medoids, shape_of(points, pam(points, {}, shape.names.size())), total, series, weight);
    add(kept, shape_of(points, pam(points, peaks, shape.names.size())), total, series, weight);
  }
  for (const auto& [name, e] : {std::pair{"as built", ours}, {"k-medoids", medoids}, {"k-medoids, peaks kept", kept}})
    std::printf("| %s | %s | %.1f | %.1f | %.1f | %.1f | %.1f |\n", title, name, e.blocks, 100 * e.total_peak, 100 * e.series_peak, 100 * e.total_hours, 100 * e.series_hours);
}

}  // namespace

int main(int, char** argv) {
  const std::string folder = argv[1];
  const std::vector<NamedProfile> mentions = profiles(read(folder + "/nab_mentions_hourly.csv")), taxi = profiles(read(folder + "/nab_taxi_hourly.csv"));
  std::printf("| demand | scheme | blocks | highest hour of the total over its block, %% | of the worst series, %% | hours about their block, total, %% | series, %% |\n|---|---|---|---|---|---|---|\n");
  compare("taxi rides", taxi, 1);
  const std::vector<NamedProfile> smooth = profiles(read_competition(folder + "/open_series.csv.gz"));
  for (const std::size_t size : {1, 3, 10}) compare(("M4 hourly, " + std::to_string(size) + (size == 1 ? " at a time" : " together")).c_str(), smooth, size);
  for (const std::size_t size : {1, 3, 10}) compare(("mentions, " + std::to_string(size) + (size == 1 ? " at a time" : " together")).c_str(), mentions, size);
}
