"""Competition series with their test parts, from the reference data beside the checkout."""
import collections
import csv
import gzip
import math
import pathlib

DATA = pathlib.Path(__file__).resolve().parents[3] / "shared/data/forecast/open_series.csv.gz"
SEASONS = {"hourly": 24, "weekly": 52, "daily": 7}  # in steps; else what the file says


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
