// Forecasts that add up: reconciliation of a hierarchy, one path at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tonnage::forecast {

/// A hierarchy of n series over m bottom series: row i says which bottom series add up to series i (n x m, 0 or 1, by rows).
struct Hierarchy {
  int series = 0, bottom = 0;
  std::vector<double> sums;

  double at(int i, int j) const { return sums[static_cast<std::size_t>(i) * static_cast<std::size_t>(bottom) + static_cast<std::size_t>(j)]; }
};

/// The total first, then the bottom series.
Hierarchy total_of(int bottom);
/// Total, groups (by the group of each bottom series, numbered from 0), bottom series.
Hierarchy grouped(const std::vector<int>& group_of);

/// A hierarchy by names: the total, the groups, the bottom series.
struct Nested {
  Hierarchy hierarchy;
  std::vector<std::string> groups;  ///< names, each after the group around it
};

/// Groups that names nest in: with '/', "search/eu/fr" and "search/eu/de" make up "search/eu", and with "search/us" make up "search". A group of one series,
/// or of all those of the group around it, is none of its own. `separator` is not empty.
Nested nested(const std::vector<std::string>& names, std::string_view separator);

/// Covariance of one-step errors shrunk towards its diagonal with the intensity of Schaefer & Strimmer 2005, as in MinT
/// (Wickramasuriya, Athanasopoulos & Hyndman 2019). `errors`: by series, equally long; n x n by rows.
std::vector<double> shrunk_covariance(const std::vector<std::vector<double>>& errors);

/// Linear map from base forecasts of all series to bottom forecasts: G = (S' W^-1 S)^-1 S' W^-1 (MinT), m x n by rows.
std::vector<double> mint_weights(const Hierarchy& hierarchy, const std::vector<double>& covariance);

/// Reconciles one vector of base forecasts (n): the bottom forecasts G y, those below 0 set to 0 and the rest scaled so that the total of the reconciled
/// bottom is kept (when `non_negative`), then summed up: the result adds up exactly.
std::vector<double> reconcile(const Hierarchy& hierarchy, const std::vector<double>& weights, const std::vector<double>& base, bool non_negative);

/// Joint paths of all series (by series, flat as in SamplePaths), reconciled path by path and step by step: every path adds up.
void reconcile_paths(const Hierarchy& hierarchy, const std::vector<double>& weights, std::vector<std::vector<double>>& paths, bool non_negative);

}  // namespace tonnage::forecast
