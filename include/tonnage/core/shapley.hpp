// Shapley values (Shapley, "A Value for n-Person Games", 1953), exact: what each of n players adds, averaged over all orders in
// which they may join. They sum to the value of all less the value of none, and do not depend on the order of the players.
#pragma once

#include <cstdint>
#include <vector>

namespace tonnage {

inline constexpr int max_shapley_players = 12;

/// `values[mask]`: of the coalition whose players are the bits of `mask`; 2^n of them, n <= 12. Integers: the shares sum exactly,
/// the rest of the division goes to those nearest to one more; negated values give negated shares.
std::vector<std::int64_t> shapley_values(const std::vector<std::int64_t>& values);
std::vector<double> shapley_values(const std::vector<double>& values);

/// Orders of `players`, each followed by its reverse, drawn from a seed: what a player adds in both together varies less (antithetic sampling;
/// Castro, Gomez and Tejada, Computers & Operations Research 36 (2009), estimate Shapley values by drawn orders).
std::vector<std::vector<int>> drawn_orders(int players, int pairs, std::uint64_t seed);

/// Mean of what each player adds, `gains[order][player]`, orders in pairs. Each order's gains sum to the same; so do the shares, exactly.
std::vector<std::int64_t> mean_shares(const std::vector<std::vector<std::int64_t>>& gains);
/// Half the width of the 95 % interval of each mean, from the pairs.
std::vector<double> half_widths(const std::vector<std::vector<std::int64_t>>& gains);

/// Weight of a coalition of `size` others in a player's share, out of n players: size! (n - 1 - size)! / n!.
double shapley_weight(int players, int size);

}  // namespace tonnage
