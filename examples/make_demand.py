#!/usr/bin/env python3
"""Makes the synthetic tables of the examples. All figures are invented; none is from a real service.

    python3 examples/make_demand.py            rewrite the tables in place
    python3 examples/make_demand.py --check    compare, and exit 1 when one differs

The same bytes on every machine and Python 3: noise is a 64-bit mix of counters, and numbers are made by + - * / alone
(no sin, exp or random, whose last digit differs between libraries).
"""
import datetime
import os
import sys

CHAT_PER_S = 2600.0       # mean of the assistant's chat in its last week, both origins together
SUMMARIES_PER_S = 250.0   # mean of the outgrowing fleet's summaries in their last week

END = datetime.datetime(2026, 11, 23)   # first hour after the histories, a Monday 00:00 UTC
HOUR = datetime.timedelta(hours=1)

# Load by hour of the local day (mean about 1), and by day of the week from Monday.
OFFICE = [62, 55, 51, 49, 51, 57, 68, 84, 103, 120, 130, 134, 131, 134, 137, 137, 134, 129, 123, 118, 111, 101, 87, 73]
EVENING = [80, 70, 63, 60, 60, 64, 72, 83, 95, 104, 110, 114, 116, 117, 118, 119, 121, 124, 128, 132, 133, 126, 112, 95]
WEEK = [104, 108, 108, 107, 103, 87, 83]

# Vision: what one accelerator carries at its very limit (requests/s), and its latency when it is idle (ms).
VISION = [("h100x8", 96.0, 4.4), ("b200x8", 205.0, 3.1), ("k1x16", 58.0, 6.2)]
VISION_SHARES = [0.08, 0.2, 0.35, 0.5, 0.6, 0.68, 0.74, 0.79, 0.83, 0.87, 0.9, 0.93, 0.955]


def uniform(seed, counter):
    """A number in [0, 1) that depends on seed and counter alone (the finalizer of splitmix64)."""
    x = (seed * 0x9E3779B97F4A7C15 + (counter + 1) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return ((x ^ (x >> 31)) >> 11) / 9007199254740992.0


def noise(seed, counter):
    """Nearly normal, mean 0 and deviation 1: twelve uniform numbers less 6. A loop: sum() rounds by Python version."""
    total = -6.0
    for k in range(12):
        total += uniform(seed, 12 * counter + k)
    return total


def history(seed, weeks, share, growth_per_week, utc_offset, hours, start_share=None):
    """Hourly factors: growth x hour of the day x day of the week x slow and fast noise; the last week has mean `share`.

    `start_share` lets the share of an origin move in a straight line from there to `share`.
    """
    steps = weeks * 168
    mean_hour, mean_day = sum(hours) / 24.0, sum(WEEK) / 7.0
    level, slow, out = 1.0, 0.0, []
    for _ in range(weeks - 1):
        level /= 1.0 + growth_per_week
    for i in range(steps):
        if i % 168 == 0 and i > 0:
            level *= 1.0 + growth_per_week
        within = level * (1.0 + growth_per_week * (i % 168 - 83.5) / 168.0)
        local = i + utc_offset
        shape = hours[local % 24] / mean_hour * WEEK[local // 24 % 7] / mean_day
        slow = 0.97 * slow + 0.008 * noise(seed, i)
        now = share if start_share is None else start_share + (share - start_share) * i / steps
        out.append(now * within * shape * (1.0 + slow + 0.02 * noise(seed + 1000, i)))
    return out


def stamps(weeks):
    return [(END - (weeks * 168 - i) * HOUR).strftime("%Y-%m-%d %H:%M") for i in range(weeks * 168)]


def chat():
    weeks = 26
    americas = history(11, weeks, 0.76, 0.022, -6, EVENING, 0.80)
    europe = history(12, weeks, 0.24, 0.026, 1, OFFICE, 0.20)
    lines = ["time,origin,value"]
    for at, a, e in zip(stamps(weeks), americas, europe):
        lines.append("%s,americas,%d" % (at, int(CHAT_PER_S * a + 0.5)))
        lines.append("%s,europe,%d" % (at, int(CHAT_PER_S * e + 0.5)))
    return lines


def summaries():
    weeks = 16
    north = history(21, weeks, 0.58, 0.008, 1, OFFICE)
    south = history(22, weeks, 0.42, 0.010, 2, OFFICE)
    lines = ["time,north,south"]
    for at, n, s in zip(stamps(weeks), north, south):
        lines.append("%s,%.1f,%.1f" % (at, SUMMARIES_PER_S * n, SUMMARIES_PER_S * s))
    return lines


def vision_points():
    """Latency of a queue: idle latency, a little more by batching, and a wait that grows as 1 / (1 - load)."""
    lines = ["node,accelerators,requests_per_s,latency_p50_ms,latency_p99_ms"]
    for node, limit, idle in VISION:
        for share in VISION_SHARES:
            wait = share / (1.0 - share)
            median = idle * (1.0 + 0.35 * share + 0.12 * wait)
            tail = idle * (1.55 + 0.9 * share + 0.42 * wait)
            lines.append("%s,1,%.1f,%.1f,%.1f" % (node, limit * share, median, tail))
    return lines


TABLES = {"assistant/chat.csv": chat, "assistant/vision-points.csv": vision_points, "outgrowing/summaries.csv": summaries}


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    different = []
    for name, make in TABLES.items():
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), *name.split("/"))
        text = ("\n".join(make()) + "\n").encode("ascii")
        if arguments:
            try:
                with open(path, "rb") as file:
                    same = file.read() == text
            except OSError:
                same = False
            if not same:
                different.append(name)
        else:
            with open(path, "wb") as file:
                file.write(text)
    if different:
        sys.exit("differs from what this program makes: " + ", ".join(different))


if __name__ == "__main__":
    main(sys.argv[1:])
