// Numbers to and from text, never by locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tonnage {

/// The whole text as a double (decimal or exponent form; no hex, "inf" or "nan"); empty when it is not one.
std::optional<double> parse_double(std::string_view text);

/// The whole text as an integer; empty when it is not one or overflows.
std::optional<long long> parse_integer(std::string_view text);

/// The shortest text that reads back as the same double; "null" for NaN and infinities.
std::string shortest(double value);

/// Fixed notation with `decimals` digits and no sign on a zero.
std::string fixed(double value, int decimals);

/// For messages: "5,120,000", "1,361.31" (two decimals, none where whole), below 1,000 six significant digits.
std::string grouped(double value);

/// At most `digits` significant digits in plain notation, without trailing zeros: 0.071, 1450, 12.5.
std::string significant(double value, int digits);

}  // namespace tonnage
