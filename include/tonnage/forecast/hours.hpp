// Hours of the week: the profile of a history, and blocks of alike hours.
#pragma once

#include <array>
#include <vector>

#include "tonnage/documents/scenario.hpp"

namespace tonnage::forecast {

inline constexpr int hours_of_week = 168;             ///< hour 0 begins Monday 00:00 UTC
using WeekProfile = std::array<double, hours_of_week>;  ///< load by hour over the mean load; mean 1

/// Ratio to the weekly mean by hour of the week from the last 8 weeks of a gapless series. Steps up to a day are spread
/// over their hours; less than a week gives an hour-of-day profile; less than a day or longer steps give a flat one.
WeekProfile week_profile(const HistorySeries& filled);
bool is_flat(const WeekProfile& profile);

/// Blocks as shares of each hour of the week.
struct BlockShape {
  std::vector<std::string> names;
  std::vector<std::array<double, hours_of_week>> share;  ///< by block; sums to 1 over blocks for every hour
  std::vector<double> weight;                            ///< share of all hours by block

  /// Mean of a profile over a block's hours.
  double mean(const WeekProfile& profile, int block) const;
};

/// "peak" (hours within 5 % of the maximum, at least 4 and at most 24 a week), and the rest split in "day" and "night" by
/// least squares (optimal one-dimensional 2-means). A flat total gives the one block "all".
BlockShape make_blocks(const WeekProfile& total);

/// A series that tells hours apart.
struct NamedProfile {
  std::string name;
  WeekProfile profile;
};

/// What blocks hide of a series: its highest hour over the mean of its highest block (`block`), minus 1.
double peak_error(const BlockShape& shape, const WeekProfile& profile, int& block);

/// Series that peak at other hours than the total: while one of them is hidden by more than 10 %, and there are fewer than six blocks, the worst one's
/// hours within 5 % of its maximum (4 to 24 a week, none of them in a peak yet) become a block "peak NAME". Sums over blocks stay exact.
void add_peaks(BlockShape& shape, const std::vector<NamedProfile>& series);

/// Given blocks: hours in descending order of load fill the blocks by weight, in the order `busiest_first`
/// (indices into `given`). The result keeps the order of `given`.
BlockShape assign_blocks(const WeekProfile& total, const std::vector<NamedWeight>& given, const std::vector<int>& busiest_first);

}  // namespace tonnage::forecast
