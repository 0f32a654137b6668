"""What a script of checks has found so far, and how it ends: 'N passed, N failed', exit 1 on failure."""

passed, failures, skipped = 0, [], []


def check(condition, what):
    global passed
    if condition:
        passed += 1
    else:
        failures.append(what)


def finish():
    for failure in failures:
        print("FAILED", failure)
    for one in skipped:
        print("skipped:", one)
    print("%d passed, %d failed" % (passed, len(failures)))
    return 1 if failures else 0
