// Correlation matrices, symmetric and row by row, and their lower triangular factors.
#pragma once

#include <vector>

namespace tonnage {

/// Correlation of normal scores whose ranks have this correlation (Spearman's): 2 sin(pi r / 6) (Pearson 1907).
double normal_correlation(double rank);

/// Cholesky factor; `failed` is the first row that is not positive definite, else -1.
std::vector<double> cholesky(const std::vector<double>& matrix, int size, int& failed);

/// Factor of a positive semidefinite matrix: directions without variance get none. `contradicting` is the first row that makes it one
/// that no joint distribution has, else -1; the factor is then of no use.
std::vector<double> semidefinite_factor(std::vector<double> matrix, int size, int& contradicting);

}  // namespace tonnage
