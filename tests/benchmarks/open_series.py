"""Competition series with their test parts, and windows inside their training parts, from the reference data beside the checkout."""
import collections
import csv
import gzip
import math
import pathlib
import random

DATA = pathlib.Path(__file__).resolve().parents[3] / "shared/data/forecast/open_series.csv.gz"
SEASONS = {"hourly": 24, "weekly": 52, "daily": 7}  # in steps; else what the file says
LEAST = {"yearly": 9, "other": 16, "quarterly": 20, "monthly": 48, "weekly": 60, "hourly": 500, "daily": 300}  # values that a forecast is made from
FEWEST = 30  # series that a window is told of


def numbers(text):
    return [math.nan if v == "NA" else float(v) for v in text.split()]


def season_of(rows):
    """Of a group, in steps."""
    return SEASONS.get(rows[0]["freq"], int(rows[0]["m"]))


def groups():
    """Rows by source and frequency, sorted; nothing where the data are absent, which it says."""
    if not DATA.exists():
        print("skipped: the reference data are not here")
        return []
    csv.field_size_limit(10**9)
    found = collections.defaultdict(list)
    with gzip.open(DATA, "rt") as file:
        for row in csv.DictReader(file):
            found[row["src"], row["freq"]].append(row)
    return sorted(found.items())


def at_window(row, window):
    """What is known, and what comes: window 0 is the test part, window w ends w - 1 horizons before the end of the training part; nothing where too little is left."""
    known, ahead, horizon = row["train"].split(), row["test"].split(), int(row["h"])
    if window == 0:
        return known, ahead
    end = len(known) - horizon * (window - 1)
    return (known[:end - horizon], known[end - horizon:end]) if end - horizon >= LEAST[row["freq"]] else None


def windowed(rows, window):
    """What is known and what comes, by series; nothing where too few series are left."""
    cut = {row["id"]: parts for row in rows if (parts := at_window(row, window))}
    return cut if len(cut) >= FEWEST else {}


def share(counts, i):
    """Per cent of the pooled hits `i`; the last of a series' counts is how many there were."""
    return 100 * sum(c[i] for c in counts) / sum(c[-1] for c in counts)


def resampled(counts, i):
    """95 % interval of a pooled coverage from resampling whole series."""
    rng = random.Random(1)
    shares = sorted(share([counts[rng.randrange(len(counts))] for _ in counts], i) for _ in range(400))
    return shares[9], shares[389]
