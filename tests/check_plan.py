#!/usr/bin/env python3
"""Checks a plan without knowing how it was made: reads the JSON of 'tonnage plan SCENARIO -o plan.json' and nothing else.

    check_plan.py PLAN.json...

It walks the plan period by period, block by block, outcome by outcome and loss by loss, recomputes every line of the ledger
from the facts and the plan, and prints each violation with its place. The last line is 'N passed, N failed'; exit code 0
when nothing failed, 1 when something did, 2 when the file holds no plan.
"""

import calendar
import collections
import datetime
import decimal
import json
import math
import sys

LOAD = 1e-6        # loads, nodes: relative and absolute
MONEY = 1e-9       # recomputed money: relative
MICRO = 1e-6       # money is rounded to a millionth
BOUGHT = "price_usd_once"
BY_THE_HOUR = ("on-demand", "spot", "api")


class Checks:
    """Counts what holds and prints what does not."""

    def __init__(self, name, shown=40):
        self.name, self.shown = name, shown
        self.passed = self.failed = 0

    def that(self, holds, where, message=""):
        if holds:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= self.shown:
            print(f"{self.name}: {where}: {message}")
        elif self.failed == self.shown + 1:
            print(f"{self.name}: … and more")

    def equal(self, actual, expected, where, relative=MONEY, absolute=0.0):
        self.that(close(actual, expected, relative, absolute), where, f"is {actual!r}, expected {expected!r}")

    def at_most(self, actual, limit, where):
        self.that(actual <= limit + LOAD * max(1.0, abs(limit)), where, f"{actual!r} is above {limit!r}")


def close(a, b, relative, absolute=0.0):
    return abs(a - b) <= max(absolute, relative * max(abs(a), abs(b)))


def exact(text):
    """A number of the document as a decimal. Money counts millionths: a binary number beside one stands for it."""
    value = decimal.Decimal(text)
    near = round(value, 6) if abs(value) < 10 ** 10 else value
    return near if abs(value - near) <= abs(value) * decimal.Decimal("2e-16") else value


def day(text):
    return datetime.date.fromisoformat(text)


def add_months(date, months):
    """Whole months keep the day, clipped to the month's length; a fraction counts days of the month it falls in."""
    def whole(count):
        index = date.year * 12 + date.month - 1 + count
        year, month = divmod(index, 12)
        return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))
    floor = math.floor(months)
    start, following = whole(floor), whole(floor + 1)
    part = (months - floor) * (following - start).days
    return start + datetime.timedelta(days=math.floor(part + 0.5))


class PlanFile:
    """The document with its names resolved."""

    def __init__(self, text):
        self.root = json.loads(text)
        self.exact = json.loads(text, parse_float=exact)
        facts = self.facts = self.root["facts"]
        self.plan, self.demand, self.ledger = self.root["plan"], self.root["demand"], self.root["ledger"]
        self.periods = facts["periods"]
        named = lambda rows: {row["name"]: row for row in rows}
        self.regions, self.nodes, self.pools, self.workloads = (named(facts[k]) for k in ("regions", "nodes", "pools", "workloads"))
        self.origins = named(facts["origins"])
        self.policies, self.finance = facts["policies"], facts["finance"]
        self.deployments = self.root["capacities"]["deployments"]
        self.pool_plans = {row["pool"]: row for row in self.plan["pools"]}
        self.t_of = {p["name"]: t for t, p in enumerate(self.periods)}
        self.b_of = {b["name"]: i for i, b in enumerate(self.demand["blocks"])}
        self.s_of = {o["name"]: i for i, o in enumerate(self.demand["outcomes"])}
        self.months = self.periods[0]["months"]
        self.states = [State(self, index, row) for index, row in enumerate(self.plan["states"])]

    # ---- how money is counted ----

    def monthly_rate(self):
        rate = self.finance["discount_rate_per_year"]
        return rate / 12 if self.finance["compounding"] == "nominal-monthly" else (1 + rate) ** (1 / 12) - 1

    def discount(self, t):
        within = {"start": 0, "mid": 0.5, "end": 1}[self.finance["timing"]]
        return (1 + self.monthly_rate()) ** (-(t + within) * self.months)

    def hours(self, t):
        if self.finance["hours"] != "calendar" and self.facts["period"] != "week":
            return int(self.finance["hours"]) * self.months
        return 24.0 * (day(self.periods[t]["end"]) - day(self.periods[t]["start"])).days

    def hours_of_blocks(self, t):
        return sum(b["hours"][t] for b in self.demand["blocks"])

    def electricity(self, region, t):
        """USD per kWh."""
        years = (day(self.periods[t]["start"]) - day(self.finance["escalation_base"])).days / 365.25
        return region["electricity_base_usd_per_kwh"] * (1 + self.finance["energy_escalation_per_year"]) ** max(0.0, years)

    def spread(self, pool, price, left=0.0):
        """What a month has of a price, over the life of the pool."""
        life = pool["life_months"]
        return (price - left) / life if pool["straight_line"] else self.annuity(price, life, left)

    def annuity(self, price, life, left=0.0):
        """Monthly in arrears, level, so that what is left at the end of life need not be repaid."""
        rate = self.monthly_rate()
        owed = price - left * (1 + rate) ** -life
        if self.finance["compounding"] == "annual" and rate > 0:
            yearly = self.finance["discount_rate_per_year"]
            return owed * yearly / (1 - (1 + yearly) ** (-life / 12)) / 12
        return owed / life if rate == 0 else owed * rate / (1 - (1 + rate) ** -life)

    def holding(self, pool, t):
        """USD per node and period by category: economic view and expense view."""
        region, node, kw = self.regions[pool["region"]], self.nodes[pool["node"]], self.nodes[pool["node"]]["power_w"] / 1000
        parts = collections.defaultdict(lambda: [0.0, 0.0])

        def add(category, economic, expense=None):
            parts[category][0] += economic * self.months
            parts[category][1] += (economic if expense is None else expense) * self.months

        if pool[BOUGHT] > 0:
            price, life, left = pool[BOUGHT], pool["life_months"], pool["residual_share"] * pool[BOUGHT]
            add("capital", self.spread(pool, price, left), (price - left) / life)
            for name in ("network", "storage"):
                beside = node[name]["share_of_price"] * price + node[name]["usd"]
                add(name, self.spread(pool, beside), beside / life)
            add("maintenance", price * node["maintenance_per_year"] / 12)
            add("staff", price * self.finance["staff_share_per_year"] / 12)
        else:
            category = "lease" if pool["offer"] in ("lease", "colocation") else "commitment"
            monthly = pool["price_usd_per_month"] + pool["price_usd_per_hour"] * self.hours(t) / self.months
            early = pool["upfront_share"] * (pool["term_months"] * self.annuity(1.0, pool["term_months"]) - 1) if pool["upfront_share"] > 0 else 0.0
            add(category, monthly * (1 + early), monthly)
        if region["site"] == "colo":
            add("colocation", kw * region["colocation_usd_per_kw_month"])
        if region["demand_charge_usd_per_kw_month"] > 0:
            add("demand charge", kw * region["pue"] * region["demand_charge_usd_per_kw_month"])
        building = region["facility"]
        add("facility", self.annuity(kw * building["usd_per_kw"], building["life_months"]), kw * building["usd_per_kw"] / building["life_months"])
        add("facility operation", kw * building["operation_usd_per_kw_month"])
        return parts

    def held(self, pool, t):
        return sum(economic for economic, _ in self.holding(pool, t).values())

    def purchase(self, pool):
        """USD a node, with what is bought beside it."""
        node = self.nodes[pool["node"]]
        return 0.0 if pool[BOUGHT] <= 0 else sum((pool[BOUGHT] * node[n]["share_of_price"] + node[n]["usd"] for n in ("network", "storage")), pool[BOUGHT])

    def spares(self, pool, nodes):
        """Least stock that covers the nodes in repair with the chance asked for, by adding up the Poisson distribution."""
        level, node = self.policies["spares_level"], self.nodes[pool["node"]]
        mean = nodes * node["failures_per_year"] * node["repair_years"]
        if level is None or pool[BOUGHT] <= 0 or mean <= 0:
            return 0
        count, below = 0, math.exp(-mean)
        while below < level:
            count += 1
            below += math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
        return count

    def spares_bought(self, pool, held):
        """Beyond the stock for existing nodes, and only what was not there before."""
        beyond = [self.spares(pool, n) - self.spares(pool, e) for n, e in zip(held["in_service_nodes"], held["existing_nodes"])]
        return max([0] + beyond)

    def stay(self, pool):
        """Whole periods that an order stays."""
        if pool[BOUGHT] <= 0 and pool["term_months"] == 0:
            return len(self.periods)
        months = pool["life_months"] if pool[BOUGHT] > 0 else pool["term_months"]
        return max(1, math.floor(months / self.months + 1e-6))

    def bought_watts(self, region, t):
        return sum(o["power_w"] for o in self.plan["power_orders"] if o["region"] == region and self.t_of[o["period"]] <= t)

    def bought_power(self, region):
        """USD per kW and month: economic view and expense view."""
        offer = region["power_offer"]
        return self.annuity(offer["usd_per_kw"], offer["life_months"]), offer["usd_per_kw"] / offer["life_months"]

    def order_by(self, pool, t):
        start = day(self.periods[t]["start"])
        ordered = add_months(start, -pool["lead_time_months"]) if pool["lead_time_months"] > 0 else start
        return ordered - datetime.timedelta(days=math.ceil(pool["lead_time_days"] - 1e-9))

    def orderable(self, pool, t):
        return pool["offer"] not in BY_THE_HOUR + ("owned",) and self.order_by(pool, t) >= day(self.facts["as_of"])

    def usable(self, pool):
        if pool["offer"] in BY_THE_HOUR:
            return min(1.0, max(0.0, 1 - pool["interruption_per_day"] * (1 + pool["restart_days"])))
        return self.policies["availability"]

    # ---- hardware ----

    def used_share(self, deployment):
        """What is paid per token needs no headroom."""
        return 1.0 if hosted(deployment) else 1 - self.policies["headroom"]

    def nodes_per_load(self, deployment):
        """Replicas are whole within a node; one larger than a node takes whole nodes."""
        size, replica = self.nodes[deployment["node"]]["accelerators"], deployment["accelerators"]
        if hosted(deployment):
            return 1 / deployment["load_per_s"]
        if replica > size:
            return -(-replica // size) / deployment["load_per_s"]
        return 1 / ((size // replica) * deployment["load_per_s"])

    def busy_watts_per_load(self, deployment):
        idle = self.nodes[deployment["node"]]["idle_power_w"] * self.nodes_per_load(deployment)
        return max(0.0, deployment["power_w"] / deployment["load_per_s"] - idle)

    def trip_ms(self, origin, region):
        return self.origins.get(origin, {"round_trip_ms": {}})["round_trip_ms"].get(region, 0.0)

    def series(self):
        return self.demand["series"]


def hosted(deployment):
    return deployment["evidence"] == "hosted"


class State:
    """A block of a period in an outcome, or the loss of a region, with what the plan does then."""

    def __init__(self, file, index, row):
        self.index = index
        self.t, self.b, self.s = file.t_of[row["period"]], file.b_of[row["block"]], file.s_of[row["outcome"]]
        self.lost = row["lost_region"]
        self.name = f"{row['period']},{row['block']},{row['outcome']}" + (f",without {self.lost}" if self.lost else "")
        self.probability = file.demand["outcomes"][self.s]["probability"]
        self.block_hours = file.demand["blocks"][self.b]["hours"][self.t]
        self.hours = file.policies["survive"]["weight_hours_per_month"] * file.months if self.lost else self.block_hours
        self.flows, self.placements, self.standbys, self.rentals = ([x for x in file.plan[key] if x["state"] == index] for key in ("flows", "placements", "standbys", "rentals"))

    def load(self, series):
        return series["load_per_s"][self.s][self.t][self.b]


# ---- the frame: periods, blocks, outcomes, prices as the facts say they are counted ----

def check_frame(file, checks):
    for t, period in enumerate(file.periods):
        where = f"period {period['name']}"
        start, end = day(period["start"]), day(period["end"])
        kind = file.facts["period"]
        expected = start + datetime.timedelta(days=7) if kind == "week" else add_months(day(file.periods[0]["start"]), (t + 1) * (3 if kind == "quarter" else 1))
        checks.that(end == expected, where, f"ends on {end}, expected {expected}")
        if t + 1 < len(file.periods):
            checks.that(day(file.periods[t + 1]["start"]) == end, where, "the next one does not follow")
        checks.equal(period["hours"], file.hours(t), where + " hours")
        checks.equal(period["discount_factor"], file.discount(t), where + " discount factor")
        checks.equal(sum(b["hours"][t] for b in file.demand["blocks"]), file.hours(t), where + " hours of its blocks")
        for region in file.regions.values():
            checks.equal(region["electricity_usd_per_kwh"][t], file.electricity(region, t), f"{where} electricity of {region['name']}")
        for pool in file.pools.values():
            checks.equal(pool["holding_usd_per_node"][t], file.held(pool, t), f"{where} holding of {pool['name']}")
    checks.equal(sum(o["probability"] for o in file.demand["outcomes"]), 1.0, "probabilities of the outcomes")
    wanted = {(t, b, s, None) for t in range(len(file.periods)) for b in range(len(file.b_of)) for s in range(len(file.s_of))}
    for region in (file.policies["survive"] or {"regions": []})["regions"]:
        wanted |= {(t, None, s, region) for t in range(len(file.periods)) for s in range(len(file.s_of))}
    found = collections.Counter((x.t, None if x.lost else x.b, x.s, x.lost) for x in file.states)
    checks.that(set(found) == wanted and all(n == 1 for n in found.values()), "states", "not every block, outcome and loss once")


def check_supply(checks, orders, supply, where):
    """New nodes of the last period of `orders`; where supply comes in fractions of a node, what is left over adds up."""
    t = len(orders) - 1
    if all(abs(n - round(n)) < 1e-6 for n in supply):
        checks.at_most(orders[t], round(supply[t]), where)
    else:
        checks.at_most(orders[t], math.ceil(supply[t] - 1e-6), where)
        checks.at_most(sum(orders), math.floor(sum(supply[: t + 1]) + 1e-6), where + ", all so far")


def check_peak(file, checks):
    """A loss is survived in the block of highest demand: the one whose protected load needs the most nodes."""
    best = {}
    for deployment in file.deployments:
        if deployment["load_per_s"] > 0:
            accelerators = file.nodes_per_load(deployment) * file.nodes[deployment["node"]]["accelerators"]
            best[deployment["workload"]] = min(best.get(deployment["workload"], math.inf), accelerators)
    protected = [x for x in file.series() if not file.workloads[x["workload"]]["deferrable"] and x["workload"] in best]
    def need(t, b, s):
        return sum(x["load_per_s"][s][t][b] * file.workloads[x["workload"]]["protected_share"] * best[x["workload"]] for x in protected)
    for state in file.states:
        if state.lost:
            most = max(need(state.t, b, state.s) for b in range(len(file.b_of)))
            checks.that(need(state.t, state.b, state.s) >= 0.999 * most, state.name, f"the load of this block needs {need(state.t, state.b, state.s):.4g} accelerators, that of another {most:.4g}")


# ---- who serves whom ----

def check_demand(file, checks, state):
    served = collections.defaultdict(float)
    for flow in state.flows:
        served[flow["workload"], flow["origin"]] += flow["load_per_s"]
        workload = file.workloads[flow["workload"]]
        where = f"{state.name}: {flow['workload']} from {flow['origin']}"
        checks.that(flow["load_per_s"] >= 0, where, "a negative flow")
        if flow["region"] is not None:
            checks.that(flow["region"] in workload["reach"].get(flow["origin"], []), where, f"served in {flow['region']}, which is out of reach")
            checks.that(flow["region"] != state.lost, where, "served in the lost region")
        elif workload["unmet_usd_per_unit"] is None and not state.lost:
            checks.that(flow["load_per_s"] <= LOAD * max(1.0, flow["load_per_s"]), where, f"{flow['load_per_s']} is not served, though it must be")
    for series in file.series():
        workload = file.workloads[series["workload"]]
        key = series["workload"], series["origin"]
        if state.lost and (workload["deferrable"] or workload["protected_share"] <= 0):
            checks.that(served.pop(key, 0.0) == 0, f"{state.name}: {key}", "unprotected load takes part in a loss")
            continue
        if workload["deferrable"]:
            served.pop(key, None)
            continue
        share = workload["protected_share"] if state.lost else 1.0
        checks.equal(served.pop(key, 0.0), state.load(series) * share, f"{state.name}: demand of {key[0]} from {key[1]}", LOAD, LOAD)
    checks.that(not served, state.name, f"flows without a demand: {sorted(served)}")


def check_deferrable(file, checks):
    for series in file.series():
        if not file.workloads[series["workload"]]["deferrable"]:
            continue
        done, asked = collections.defaultdict(float), collections.defaultdict(float)
        for state in file.states:
            if state.lost:
                continue
            asked[state.t, state.s] += state.block_hours * state.load(series)
            done[state.t, state.s] += state.block_hours * sum(f["load_per_s"] for f in state.flows if (f["workload"], f["origin"]) == (series["workload"], series["origin"]))
        for (t, s), hours in asked.items():
            checks.equal(done[t, s], hours, f"{file.periods[t]['name']}, outcome {s}: deferrable {series['workload']} from {series['origin']}", LOAD, LOAD * file.hours(t))


def check_placed(file, checks, state):
    """What is routed to a region is placed there, on deployments that are near enough for where it comes from."""
    routed, placed = collections.defaultdict(list), collections.defaultdict(list)
    for flow in state.flows:
        if flow["region"] is not None:
            routed[flow["workload"], flow["region"]].append((file.trip_ms(flow["origin"], flow["region"]), flow["load_per_s"]))
    for placement in state.placements:
        deployment = file.deployments[placement["deployment"]]
        where = f"{state.name}: {placement['workload']} in {placement['region']}"
        checks.that(deployment["workload"] == placement["workload"], where, f"placed on a deployment of {deployment['workload']}")
        checks.that(placement["region"] != state.lost, where, "placed in the lost region")
        expected = placement["load_per_s"] * file.nodes_per_load(deployment) / file.used_share(deployment)
        checks.equal(placement["nodes"], expected, where + " nodes")
        reach = math.inf if deployment["round_trip_ms"] is None else deployment["round_trip_ms"]
        placed[placement["workload"], placement["region"]].append((reach, placement["load_per_s"]))
    for key in sorted(set(routed) | set(placed)):
        where = f"{state.name}: {key[0]} in {key[1]}"
        total = sum(load for _, load in routed[key])
        checks.equal(sum(load for _, load in placed[key]), total, where + " placed", LOAD, LOAD)
        for trip in sorted({trip for trip, _ in routed[key]}):
            far = sum(load for t, load in routed[key] if t >= trip - 1e-6)
            near_enough = sum(load for r, load in placed[key] if r >= trip - 1e-6)
            checks.at_most(far, near_enough + LOAD * max(1.0, total), f"{where}: load from {trip} ms away beyond deployments that bear it")


def free_nodes(file, state):
    """Usable nodes by region and type, less those occupied."""
    free = collections.defaultdict(float)
    for name, pool in file.pools.items():
        if pool["region"] != state.lost:
            free[pool["region"], pool["node"]] += file.pool_plans[name]["in_service_nodes"][state.t] * file.usable(pool)
    for rental in state.rentals:
        pool = file.pools[rental["pool"]]
        free[pool["region"], pool["node"]] += rental["nodes"] * file.usable(pool)
    usable = dict(free)
    for placement in state.placements + state.standbys:
        free[placement["region"], file.deployments[placement["deployment"]]["node"]] -= placement["nodes"]
    return free, usable


def check_capacity(file, checks, state):
    free, usable = free_nodes(file, state)
    for key, nodes in sorted(free.items()):
        checks.that(nodes >= -LOAD * max(1.0, usable.get(key, 0.0)), f"{state.name}: {key[1]} in {key[0]}", f"{usable.get(key, 0.0) - nodes} nodes occupied of {usable.get(key, 0.0)} usable")
    for rental in state.rentals:
        pool = file.pools[rental["pool"]]
        where = f"{state.name}: rental of {rental['pool']}"
        checks.that(pool["offer"] in BY_THE_HOUR and rental["nodes"] >= 0, where, "not rented by the hour")
        checks.that(not state.lost or (pool["region"] != state.lost and pool["offer"] != "spot"), where, "not to be had when a region is lost")
        if pool["limit_nodes"] is not None:
            checks.at_most(rental["nodes"], pool["limit_nodes"], where + " limit")
    for name, region in file.regions.items():
        if name == state.lost:
            continue
        if region["space_nodes"] is not None:
            nodes = sum(file.pool_plans[n]["in_service_nodes"][state.t] for n, p in file.pools.items() if p["region"] == name)
            nodes += sum(r["nodes"] for r in state.rentals if file.pools[r["pool"]]["region"] == name and file.pools[r["pool"]]["offer"] != "api")
            checks.at_most(nodes, region["space_nodes"], f"{state.name}: space in {name}")
        if region["power_w"] is None:
            continue
        watts = sum(file.nodes[p["node"]]["power_w"] * file.pool_plans[n]["in_service_nodes"][state.t] for n, p in file.pools.items() if p["region"] == name)
        watts += sum(file.nodes[file.pools[r["pool"]]["node"]]["power_w"] * r["nodes"] for r in state.rentals if file.pools[r["pool"]]["region"] == name)
        checks.at_most(watts * region["pue"], region["power_w"][state.t] + file.bought_watts(name, state.t), f"{state.name}: power in {name}")


def check_provider_share(file, checks, state):
    """Of the accelerators that work in a block; a loss may re-route anywhere."""
    working = collections.defaultdict(float)
    for placement in state.placements:
        node = file.nodes[file.deployments[placement["deployment"]]["node"]]
        working[file.regions[placement["region"]]["provider"]] += placement["nodes"] * node["accelerators"]
    total = sum(working.values())
    for share in file.policies["provider_share"] if not state.lost else []:
        where = f"{state.name}: share of {share['provider']}"
        checks.at_most(working[share["provider"]], share["max"] * total, where)
        checks.at_most(share["min"] * total, working[share["provider"]], where)


def check_min_replicas(file, checks):
    """Where a workload is served in a period, so many replicas are at work or ready in all blocks in which it has load."""
    least = file.policies["min_replicas"]
    for state in file.states:
        for standby in state.standbys:
            deployment, where = file.deployments[standby["deployment"]], f"{state.name}: standby of {standby['workload']} in {standby['region']}"
            checks.that(least > 0 and not state.lost and deployment["workload"] == standby["workload"], where, "nothing asks for it")
            checks.equal(standby["nodes"], standby["replicas"] * file.nodes_per_load(deployment) * deployment["load_per_s"], where + " nodes")
    kept = {name for name, w in file.workloads.items() if least > 0 and not w["deferrable"] and w["unit"] == "requests/s"}
    replicas, serves = collections.defaultdict(float), set()
    asked = collections.defaultdict(float)                # load that could be placed in a region
    for state in [x for x in file.states if not x.lost]:
        for series in file.series():
            for region in file.workloads[series["workload"]]["reach"].get(series["origin"], []):
                asked[state.index, series["workload"], region] += state.load(series)
        for placement in state.placements:
            name, region, deployment = placement["workload"], placement["region"], file.deployments[placement["deployment"]]
            if hosted(deployment):
                continue
            replicas[state.index, name, region] += placement["load_per_s"] / deployment["load_per_s"] / (1 - file.policies["headroom"])
            if placement["load_per_s"] > LOAD * max(1.0, asked[state.index, name, region]):
                serves.add((state.t, name, region))
        for standby in state.standbys:
            replicas[state.index, standby["workload"], standby["region"]] += standby["replicas"]
    for (index, name, region), load in sorted(asked.items()):
        if name in kept and load > 0 and (file.states[index].t, name, region) in serves:
            checks.at_most(least, replicas[index, name, region], f"{file.states[index].name}: fewest replicas of {name} in {region}")


def mean_loads(file):
    """Mean load by period, outcome, workload and place (region, deployment) over the hours of the period."""
    loads = collections.defaultdict(float)
    for state in [x for x in file.states if not x.lost]:
        for placement in state.placements:
            if hosted(file.deployments[placement["deployment"]]):  # it has no replicas to move
                continue
            loads[state.t, state.s, placement["workload"], (placement["region"], placement["deployment"])] += placement["load_per_s"] * state.block_hours / file.hours_of_blocks(state.t)
    return loads


def mean_demand(file):
    asked = collections.defaultdict(float)
    for state in [x for x in file.states if not x.lost]:
        for series in file.series():
            asked[state.t, state.s, series["workload"]] += state.load(series) * state.block_hours / file.hours_of_blocks(state.t)
    return asked


def present_loads(file):
    """The present plan's places as places of this one; one that is no more has a name of its own."""
    out = collections.defaultdict(float)
    for place in (file.plan["present"] or {"places": []})["places"]:
        if place["accelerators"] == 0:
            continue
        trip = place["round_trip_ms"]
        same = [i for i, d in enumerate(file.deployments) if all(d[k] == place[k] for k in ("workload", "node", "precision", "accelerators"))
                and (d["round_trip_ms"] == trip or None not in (trip, d["round_trip_ms"]) and abs(trip - d["round_trip_ms"]) < 1e-6)]
        out[place["workload"], (place["region"], same[0] if same else str(place))] += place["load_per_s"]
    return out


def accelerators_at_work(file, loads):
    def of(place):
        d = file.deployments[place[1]] if isinstance(place[1], int) and not hosted(file.deployments[place[1]]) else None
        return d["accelerators"] / d["load_per_s"] if d else 0.0
    return sum(load * of(place) for (_, place), load in loads.items()) / (1 - file.policies["headroom"])


def check_moves(file, checks):
    """What leaves a place from one period to the next beyond what the workload's demand falls is told, within the limit."""
    loads, asked, before_all = mean_loads(file), mean_demand(file), present_loads(file)
    counted = file.policies["churn_per_month"] is not None
    present = file.plan["present"]
    told = collections.defaultdict(list)
    for move in file.plan["moves"]:
        told[file.t_of[move["period"]], file.s_of[move["outcome"]], move["workload"]].append(move)
    for t in range(0 if present else 1, len(file.periods)):
        for s in range(len(file.s_of)):
            now = {key[2:]: load for key, load in loads.items() if key[:2] == (t, s)}
            before = {key[2:]: load for key, load in loads.items() if key[:2] == (t - 1, s)} if t else dict(before_all)
            moved = 0.0
            for name, workload in file.workloads.items():
                where = f"{file.periods[t]['name']}, outcome {s}: moves of {name}"
                moves = told.pop((t, s, name), [])
                moved += sum(m["accelerators"] for m in moves)
                if not (counted or present or workload["move_cost_usd"] > 0):
                    checks.that(not moves, where, "told, though nothing asks for them")
                    continue
                had = asked[t - 1, s, name] if t else sum(d["load_per_s"] for d in present["demand"] if d["workload"] == name)
                left = sum(max(0.0, load - now.get(key, 0.0)) for key, load in before.items() if key[0] == name)
                told_load = sum(m["load_per_s"] for m in moves)
                expected = max(0.0, left - max(0.0, had - asked[t, s, name]))
                checks.equal(told_load, expected, where, 1e-5, 1e-5 * max(1.0, had))
            if counted:
                were = accelerators_at_work(file, before) if t else sum(p["load_per_s"] / p["replica_load_per_s"] * p["accelerators"] for p in present["places"] if p["workload"] in file.workloads)
                checks.at_most(moved, file.policies["churn_per_month"] * file.months * were, f"{file.periods[t]['name']}, outcome {s}: churn")
    checks.that(not told, "moves", f"of no period or workload that counts: {sorted(told)}")


def check_fairness(file, checks, state):
    """No load that is served a smaller share could take the place of load of its priority that is served a larger one."""
    if file.policies["fairness"] != "max-min" or state.lost or file.policies["provider_share"] or file.policies["churn_per_month"] is not None or file.policies["min_replicas"]:
        return
    share = {}
    for series in file.series():
        workload = file.workloads[series["workload"]]
        if workload["unmet_usd_per_unit"] is not None and not workload["deferrable"] and state.load(series) > 0:
            unmet = sum(f["load_per_s"] for f in state.flows if (f["workload"], f["origin"], f["region"]) == (series["workload"], series["origin"], None))
            share[series["workload"], series["origin"]] = 1 - unmet / state.load(series)
    served = collections.defaultdict(list)               # workload, region: shares of what is served there
    for flow in state.flows:
        if flow["region"] is not None and (flow["workload"], flow["origin"]) in share:
            served[flow["workload"], flow["region"]].append(share[flow["workload"], flow["origin"]])
    for (name, origin), least in share.items():
        for placement in state.placements:
            other, region, node = placement["workload"], placement["region"], file.deployments[placement["deployment"]]["node"]
            fits = any(d["workload"] == name and d["node"] == node and (d["round_trip_ms"] is None or d["round_trip_ms"] >= file.trip_ms(origin, region) - 1e-6) for d in file.deployments)
            if fits and region in file.workloads[name]["reach"].get(origin, []) and placement["load_per_s"] > 1e-4 and served[other, region] and file.workloads[other]["priority"] == file.workloads[name]["priority"]:
                checks.that(least >= min(served[other, region]) - 1e-4, f"{state.name}: {name} from {origin}", f"is served {least}, {other} in {region} on {node} {min(served[other, region])}")


def used_of(file, kind, name):
    """What the plan uses of a thing, on average over the horizon; of purchases and emissions, all."""
    if kind == "capex":
        return float(file.ledger["capex_usd"])
    if kind == "carbon":
        return file.ledger["totals"]["carbon_kg"] / 1000
    hours, out = sum(file.hours(t) for t in range(len(file.periods))), 0.0
    for pool in file.pools.values():
        region, node, held = file.regions[pool["region"]], file.nodes[pool["node"]], file.pool_plans[pool["name"]]
        counts = {"nodes": True, "power": True, "pool": pool["name"] == name, "region": pool["region"] == name, "node": pool["node"] == name, "provider": region["provider"] == name}[kind]
        each = region["pue"] * node["power_w"] * 1e-6 if kind == "power" else 1.0
        if counts:
            out += each * sum(held["in_service_nodes"][t] * file.hours(t) for t in range(len(file.periods))) / hours
            out += each * sum(r["nodes"] * s.probability * s.hours for s in file.states if not s.lost for r in s.rentals if r["pool"] == pool["name"]) / hours
    return out


def check_hosted(file, checks):
    """A request to a hosted model costs what its tokens do, and only workloads that may are sent there."""
    pools = {pool["node"]: pool for pool in file.pools.values() if pool["offer"] == "api"}
    for deployment in file.deployments:
        if not hosted(deployment):
            continue
        pool, workload = pools[deployment["node"]], file.workloads[deployment["workload"]]
        where = f"{workload['name']} on {pool['name']}"
        checks.that(workload["name"] in pool["serves"], where, "may not be sent there")
        tokens_usd = (workload["input_mean_tokens"] * pool["usd_per_m_input_tokens"] + workload["output_mean_tokens"] * pool["usd_per_m_output_tokens"]) / 1e6
        checks.equal(pool["price_usd_per_hour"] / deployment["load_per_s"] / 3600, tokens_usd, where + " USD per request", 1e-9, 1e-15)


def check_alternatives(file, checks):
    objective = file.plan["proof"]["objective_usd"]
    for row in file.plan["alternatives"]:
        where = f"alternative: least {row['least']} {row['name']}"
        checks.equal(row["use"], used_of(file, row["least"], row["name"]), where + " use in the plan", 1e-6, 1e-6)
        checks.at_most(row["least_use"], row["use"], where)
        checks.at_most(row["bound"], row["least_use"], where + " bound")
        checks.at_most(row["cost_usd"], objective + row["within"] * abs(objective), where + " cost")
        checks.equal(row["extra_cost_usd"], row["cost_usd"] - objective, where + " extra cost", 1e-6, 1e-3)
        less = row["use"] - row["least_use"]
        if row["usd_per_unit_less"] is not None:
            checks.equal(row["usd_per_unit_less"] * less, row["extra_cost_usd"], where + " per unit less", 1e-6, 1e-3)


def check_reasons(file, checks):
    """Expected regret is the value of knowing the outcome; knowing it later is worth no more."""
    reasons = file.plan["reasons"]
    if reasons is None or not reasons["regrets"]:
        return
    slack = 1e-7 * abs(file.plan["proof"]["objective_usd"]) + 1e-6
    regret = sum(row["usd"] * o["probability"] for row in reasons["regrets"] for o in file.demand["outcomes"] if o["name"] == row["outcome"])
    checks.equal(regret, reasons["perfect_information_usd"], "expected regret against the value of knowing the outcome", 1e-6, slack)
    checks.that(-slack <= reasons["deciding_later_usd"] <= reasons["perfect_information_usd"] + slack, "value of deciding later", f"{reasons['deciding_later_usd']} of {reasons['perfect_information_usd']}")


def risk(file, costs):
    """The weight on the mean cost of the worst outcomes, without sunk cost."""
    cvar = file.policies["cvar"]
    if cvar is None or cvar["weight"] <= 0:
        return 0.0
    outcomes = sorted(((c, o["probability"]) for c, o in zip(costs, file.demand["outcomes"]) if o["probability"] > 0), reverse=True)
    tail = max(1 - cvar["level"], min(p for _, p in outcomes))
    left, mean = tail, 0.0
    for cost, probability in outcomes:
        mean += min(left, probability) * cost / tail
        left -= min(left, probability)
    return cvar["weight"] * (mean - file.plan["proof"]["sunk_usd"])


def check_exposed(file, checks):
    """Load that must survive a loss and does not is told, and nothing free in reach could have carried it."""
    told = collections.Counter()
    for row in file.plan["exposed"]:
        told[row["state"], row["workload"], row["origin"]] += 1
    for state in file.states:
        if not state.lost:
            continue
        free, usable = free_nodes(file, state)
        for flow in state.flows:
            if flow["region"] is not None or file.workloads[flow["workload"]]["unmet_usd_per_unit"] is not None or flow["load_per_s"] < 1e-5 * max(1.0, flow["load_per_s"]):
                continue
            where = f"{state.name}: {flow['workload']} from {flow['origin']}"
            checks.that(told[state.index, flow["workload"], flow["origin"]] == 1, where, "not carried, and not told in 'exposed'")
            for deployment in file.deployments:
                if deployment["workload"] != flow["workload"]:
                    continue
                for region in file.workloads[flow["workload"]]["reach"][flow["origin"]]:
                    near = deployment["round_trip_ms"] is None or deployment["round_trip_ms"] >= file.trip_ms(flow["origin"], region) - 1e-6
                    spare = free.get((region, deployment["node"]), 0.0)
                    tolerance = 1e-4 * max(1.0, usable.get((region, deployment["node"]), 0.0))
                    if region != state.lost and near:
                        checks.that(spare <= tolerance, where, f"{flow['load_per_s']} is not carried, though {spare} x {deployment['node']} are free in {region}")


# ---- what is held ----

def check_orders(file, checks):
    orders = collections.defaultdict(float)
    for order in file.plan["orders"]:
        pool, t = file.pools[order["pool"]], file.t_of[order["period"]]
        where = f"order of {order['pool']} for {order['period']}"
        orders[order["pool"], t] += order["nodes"]
        checks.that(order["nodes"] == math.floor(order["nodes"]) and order["nodes"] > 0, where, f"{order['nodes']} nodes are not whole")
        checks.that(pool["offer"] not in BY_THE_HOUR + ("owned",), where, f"nothing is ordered from an offer '{pool['offer']}'")
        by = file.order_by(pool, t)
        checks.that(order["order_by"] == by.isoformat(), where, f"to be placed by {order['order_by']}, expected {by}")
        checks.that(by >= day(file.facts["as_of"]), where, f"to be placed by {by}, before {file.facts['as_of']}")
        value = 0.0
        region, node = file.regions[pool["region"]], file.nodes[pool["node"]]
        for k in range(t, min(len(file.periods), t + file.stay(pool))):
            idle = node["idle_power_w"] / 1000 * file.hours(k) * region["pue"] * file.electricity(region, k)
            value += order["nodes"] * file.discount(k) * (file.held(pool, k) + idle)
        checks.equal(order["present_value_usd"], value, where + " present value")
    given, gained = check_conversions(file, checks, orders)
    for name, pool in file.pools.items():
        held = file.pool_plans[name]
        checks.that(held["existing_nodes"] == pool["existing_nodes"], f"pool {name}", "its existing nodes are not those of the facts")
        for t, period in enumerate(file.periods):
            where = f"pool {name} in {period['name']}"
            ordered = sum(orders[name, k] for k in range(max(0, t - file.stay(pool) + 1), t + 1))
            nodes = held["in_service_nodes"][t]
            checks.equal(nodes, held["existing_nodes"][t] + ordered - given[name, t] + gained[name, t], where + " in service")
            checks.that(nodes == math.floor(nodes), where, f"{nodes} nodes are not whole")
            if pool["supply_nodes"] is not None:
                check_supply(checks, [new_nodes(name, k, orders, gained) for k in range(t + 1)], pool["supply_nodes"], where + " supply")
            if pool["limit_nodes"] is not None and pool["offer"] not in BY_THE_HOUR:
                checks.at_most(nodes, max(pool["limit_nodes"], held["existing_nodes"][t]), where + " limit")
            if pool["min_nodes"] > 0 and any(file.orderable(pool, k) for k in range(max(0, t - file.stay(pool) + 1), t + 1)):
                checks.at_most(pool["min_nodes"], nodes, where + " minimum")
    for name, node in file.nodes.items():
        for t, period in enumerate(file.periods):
            if node["supply_nodes"] is not None:
                sharing = [n for n, p in file.pools.items() if p["node"] == name and p["limited_by_supply"]]
                check_supply(checks, [sum(new_nodes(n, k, orders, gained) for n in sharing) for k in range(t + 1)], node["supply_nodes"], f"supply of {name} in {period['name']}")
    power = check_power_orders(file, checks)
    budget = file.policies["capex_budget_usd"]
    for t, period in enumerate(file.periods):
        if budget is not None:
            checks.at_most(power[t] + sum(nodes * file.purchase(file.pools[n]) for (n, k), nodes in orders.items() if k == t), budget[t], f"capex budget in {period['name']}")
    checks.equal(float(file.ledger["capex_usd"]), sum(power) + sum(nodes * file.purchase(file.pools[n]) for (n, _), nodes in orders.items()) + sum(file.spares_bought(pool, file.pool_plans[name]) * pool[BOUGHT] for name, pool in file.pools.items()), "capex", absolute=MICRO)


def new_nodes(pool, t, orders, gained):
    return orders[pool, t] + gained[pool, t] - (gained[pool, t - 1] if t > 0 else 0)


def check_conversions(file, checks, orders):
    """Commitments exchanged for the fewest nodes that cost as much or more; given up to the end of their term. Returns nodes by pool and period."""
    given, gained, by_pair = (collections.defaultdict(float) for _ in range(3))
    for row in file.plan["conversions"]:
        t, source, target = file.t_of[row["period"]], file.pools[row["from"]], file.pools[row["to"]]
        where = f"exchange of {row['from']} for {row['to']} in {row['period']}"
        checks.that(row["to"] in source["converts_to"] and source["offer"] == target["offer"] == "reserved", where, "no such exchange is offered")
        checks.that(file.regions[source["region"]]["provider"] == file.regions[target["region"]]["provider"], where, "the providers differ")
        checks.that(file.orderable(target, t), where, "nothing can be there yet")
        checks.that(row["nodes"] > 0 and row["nodes"] == math.floor(row["nodes"]) and row["gained_nodes"] == math.floor(row["gained_nodes"]), where, "nodes are not whole")
        worth, price = row["nodes"] * file.held(source, t), file.held(target, t)
        checks.that((row["gained_nodes"] - 1) * price < worth * (1 + LOAD) and row["gained_nodes"] * price > worth * (1 - LOAD), where, f"{row['gained_nodes']} at {price} for {worth}")
        given[row["from"], t] += row["nodes"]
        gained[row["to"], t] += row["gained_nodes"]
        by_pair[row["from"], row["to"], t] = row["nodes"]
    for name, pool in file.pools.items():
        for t, period in enumerate(file.periods):
            first = max(0, t - file.stay(pool) + 1)
            checks.at_most(given[name, t], file.pool_plans[name]["existing_nodes"][t] + sum(orders[name, k] for k in range(first, t + 1)), f"given up of {name} in {period['name']}")
            if t == 0:
                continue
            ended = max(0, file.pool_plans[name]["existing_nodes"][t - 1] - file.pool_plans[name]["existing_nodes"][t]) + (orders[name, first - 1] if first > 0 else 0)
            for target in pool["converts_to"]:
                checks.at_most(by_pair[name, target, t - 1] - ended, by_pair[name, target, t], f"given up of {name} for {target} in {period['name']}, which is for good")
    return given, gained


def check_power_orders(file, checks):
    """Returns what is paid for power, by period."""
    paid = [0.0] * len(file.periods)
    for order in file.plan["power_orders"]:
        region, t = file.regions[order["region"]], file.t_of[order["period"]]
        where = f"power for {order['region']} in {order['period']}"
        checks.that(region["power_offer"] is not None and order["power_w"] > 0, where, "there is no such offer")
        by = file.order_by(region["power_offer"], t)
        checks.that(order["order_by"] == by.isoformat() and by >= day(file.facts["as_of"]), where, f"to be placed by {order['order_by']}, expected {by}, not before {file.facts['as_of']}")
        kw = order["power_w"] / 1000
        paid[t] += kw * region["power_offer"]["usd_per_kw"]
        checks.equal(order["present_value_usd"], sum(kw * file.months * file.bought_power(region)[0] * file.discount(k) for k in range(t, len(file.periods))), where + " present value")
    for name, region in file.regions.items():
        if region["power_offer"] is not None and region["power_offer"]["limit_w"] is not None:
            checks.at_most(file.bought_watts(name, len(file.periods) - 1), region["power_offer"]["limit_w"], f"power bought for {name}")
    return paid


def check_rented(file, checks):
    for name in file.pools:
        for t, period in enumerate(file.periods):
            rented = [(state, r["nodes"]) for state in file.states if state.t == t for r in state.rentals if r["pool"] == name]
            where = f"pool {name} in {period['name']}"
            checks.equal(file.pool_plans[name]["rented_node_hours"][t], sum(s.probability * s.hours * n for s, n in rented), where + " rented hours", 1e-9, 1e-6)
            checks.equal(file.pool_plans[name]["rented_peak_nodes"][t], max((n for s, n in rented if not s.lost), default=0.0), where + " rented peak")


# ---- the ledger ----

class Money:
    """Recomputed amounts by line of the ledger, and by outcome for the whole."""

    def __init__(self, file):
        self.file = file
        self.lines = collections.defaultdict(float)       # (period, pool, region, workload, category, sunk)
        self.common = 0.0
        self.own = [0.0] * len(file.s_of)                 # in an outcome, were it certain
        self.expense = collections.defaultdict(float)     # by category: what the expense view has beyond the economic one
        self.spares = {True: 0.0, False: 0.0}             # present value by sunk or not, which no decision sees
        self.exchanged = 0.0                              # present value of nodes already there that others are had for: a constant of the program
        self.paid = collections.defaultdict(float)        # undiscounted, by provider, year and outcome (None: in all)

    def add(self, t, pool, region, workload, category, sunk, amount, state=None, promised=True):
        share = amount
        if region and promised:
            self.paid[self.file.regions[region]["provider"], self.file.periods[t]["start"][:4], None if state is None else state.s] += amount
        if state is not None:
            self.own[state.s] += amount * self.file.discount(t)
            share = amount * state.probability
        else:
            self.common += amount * self.file.discount(t)
        self.lines[self.file.periods[t]["name"], pool, region, workload, category, sunk] += share


def recompute(file):
    money = Money(file)
    for name, pool in file.pools.items():
        region, node = file.regions[pool["region"]], file.nodes[pool["node"]]
        held = file.pool_plans[name]
        for t in range(len(file.periods)):
            existing = min(held["existing_nodes"][t], held["in_service_nodes"][t])
            idle = node["idle_power_w"] / 1000 * file.hours(t) * region["pue"] * file.electricity(region, t)
            money.exchanged += (held["existing_nodes"][t] - existing) * (file.held(pool, t) + idle) * file.discount(t)
            for nodes, sunk in ((existing, True), (held["in_service_nodes"][t] - existing, False)):
                for category, (economic, expense) in file.holding(pool, t).items():
                    money.add(t, name, pool["region"], "", category, sunk, nodes * economic)
                    money.expense[category] += nodes * (expense - economic)
                spares = file.spares(pool, existing if sunk else existing + nodes) - (0 if sunk else file.spares(pool, existing))
                if spares > 0:
                    price, life, left = pool[BOUGHT], pool["life_months"], pool["residual_share"] * pool[BOUGHT]
                    stock = spares * file.months * file.spread(pool, price, left)
                    money.lines[file.periods[t]["name"], name, pool["region"], "", "spares", sunk] += stock
                    money.expense["spares"] += spares * file.months * (price - left) / life - stock
                    money.spares[sunk] += stock * file.discount(t)
                money.add(t, "", pool["region"], "", "energy", sunk, nodes * node["idle_power_w"] / 1000 * file.hours(t) * region["pue"] * file.electricity(region, t))
    for t in range(len(file.periods)):
        for name, region in file.regions.items():
            if region["power_offer"] is not None:
                economic, expense = (usd * file.months * file.bought_watts(name, t) / 1000 for usd in file.bought_power(region))
                money.add(t, "", name, "", "power", False, economic, promised=False)
                money.expense["power"] += expense - economic
        for cost in file.facts["fixed_costs"]:
            economic = file.annuity(cost["price_usd_once"], cost["life_months"]) + cost["price_usd_per_month"]
            money.add(t, "", cost["region"], "", cost["name"], True, economic * file.months)
            money.expense[cost["name"]] += (cost["price_usd_once"] / cost["life_months"] + cost["price_usd_per_month"] - economic) * file.months
    run_off(file, money)
    for state in file.states:
        t = state.t
        for rental in state.rentals:
            pool = file.pools[rental["pool"]]
            region, node = file.regions[pool["region"]], file.nodes[pool["node"]]
            hourly = pool["price_usd_per_hour"] + pool["price_usd_per_month"] * file.months / file.hours(t)
            money.add(t, rental["pool"], pool["region"], "", "failover" if state.lost else pool["offer"], False, rental["nodes"] * state.hours * hourly, state)
            if not state.lost:
                money.add(t, "", pool["region"], "", "energy", False, rental["nodes"] * state.hours * node["idle_power_w"] / 1000 * region["pue"] * file.electricity(region, t), state)
        for placement in state.placements if not state.lost else []:
            region = file.regions[placement["region"]]
            watts = placement["load_per_s"] * file.busy_watts_per_load(file.deployments[placement["deployment"]])
            money.add(t, "", placement["region"], "", "energy", False, watts / 1000 * state.hours * region["pue"] * file.electricity(region, t), state)
        for flow in state.flows:
            workload = file.workloads[flow["workload"]]
            units = flow["load_per_s"] * state.hours * (3600 if workload["unit"] == "requests/s" else 1)
            if flow["region"] is None:
                money.add(t, "", "", flow["workload"], "unmet", False, units * (workload["unmet_usd_per_unit"] or 0.0), state)
            elif not state.lost and workload["unit"] == "requests/s":
                money.add(t, "", flow["region"], flow["workload"], "egress", False, units * file.regions[flow["region"]]["egress_usd_per_request"], state)
    for move in file.plan["moves"]:
        paid = collections.namedtuple("Paid", "s probability")(file.s_of[move["outcome"]], file.demand["outcomes"][file.s_of[move["outcome"]]]["probability"])
        money.add(file.t_of[move["period"]], "", "", move["workload"], "migration", False, move["replicas"] * file.workloads[move["workload"]]["move_cost_usd"], paid)
    unspent(file, money)
    return money


def run_off(file, money):
    """The rest of the terms and lives of what was ordered, unused, as a cost in the last period: level payments in arrears."""
    if file.finance["horizon_end"] != "run-off":
        return
    last, rate = len(file.periods) - 1, file.monthly_rate()
    for order in file.plan["orders"]:
        pool = file.pools[order["pool"]]
        stays = pool["life_months"] if pool[BOUGHT] > 0 else pool["term_months"]
        left = stays - (last + 1 - file.t_of[order["period"]]) * file.months
        if left <= 1e-9:
            continue
        worth = left if rate == 0 else (1 - (1 + rate) ** -left) / rate
        worth *= (1 + rate) ** -((last + 1) * file.months) / file.discount(last)
        owed = sum(parts[0] for category, parts in file.holding(pool, last).items() if category in ("capital", "network", "storage", "lease", "commitment"))
        amount = order["nodes"] * owed / file.months * worth
        money.add(last, order["pool"], pool["region"], "", "run-off", False, amount, promised=False)
        money.expense["run-off"] -= amount


def unspent(file, money):
    """What falls short of a promise is paid in the last period that begins in its year."""
    for promise in file.policies["committed_spend"]:
        provider, year = promise["provider"], str(promise["year"])
        periods = [t for t, p in enumerate(file.periods) if p["start"][:4] == year]
        for s, outcome in enumerate(file.demand["outcomes"]):
            short = promise["usd"] - money.paid[provider, year, None] - money.paid[provider, year, s]
            if periods and short > 0:
                money.own[s] += short * file.discount(periods[-1])
                money.lines[file.periods[periods[-1]]["name"], "", "", "", "unspent", False] += short * outcome["probability"]


def check_ledger(file, checks):
    money = recompute(file)
    lines = file.exact["ledger"]["lines"]
    found = collections.defaultdict(lambda: [decimal.Decimal(0), decimal.Decimal(0), 0])
    for line in lines:
        where = f"line {line['period']} {line['pool'] or line['region'] or line['workload']} {line['category']}"
        entry = found[line["period"], line["pool"], line["region"], line["workload"], line["category"], line["sunk"]]
        entry[0] += line["cost_usd"]
        entry[1] += line["present_value_usd"]
        entry[2] += 1
        product = math.prod(float(f["value"]) for f in line["factors"])
        checks.equal(float(line["cost_usd"]), product, where + " product of its factors", 1e-12, MICRO)
        t = file.t_of[line["period"]]
        checks.equal(float(line["discount_factor"]), file.discount(t), where + " discount factor")
        checks.equal(float(line["present_value_usd"]), product * file.discount(t), where + " present value", 1e-12, MICRO)
        checks.that(line["cash"] == (line["category"] not in ("unmet", "run-off")), where, "paid or not")
        if line["category"] == "energy":
            region = file.regions[line["region"]]
            for field, factor in (("carbon_kg", "carbon_g_per_kwh"), ("carbon_market_kg", "carbon_market_g_per_kwh")):
                checks.equal(float(line[field]), float(line["energy_kwh"]) * region[factor] / 1000, where + " " + field)
        if line["region"]:
            checks.that(line["provider"] == file.regions[line["region"]]["provider"], where, "another provider")
    for key in sorted(set(money.lines) | set(found)):
        cost, value, count = found.get(key, [decimal.Decimal(0), decimal.Decimal(0), 1])
        expected = money.lines.get(key, 0.0)
        where = "ledger " + " ".join(str(k) for k in key[:5] if k) + (" (sunk)" if key[5] else "")
        checks.equal(float(cost), expected, where, MONEY, count * MICRO)
        checks.equal(float(value), expected * file.discount(file.t_of[key[0]]), where + " present value", MONEY, count * MICRO)
    check_totals(file, checks, lines, money)


def total(lines, field, keep=lambda line: True):
    return sum((decimal.Decimal(line[field]) for line in lines if keep(line)), decimal.Decimal(0))


def check_totals(file, checks, lines, money):
    ledger, proof = file.exact["ledger"], file.plan["proof"]
    sunk = lambda line: line["sunk"]
    for category in sorted({line["category"] for line in lines}):
        of = lambda line: line["category"] == category
        checks.equal(float(total(lines, "expense_usd", of)), float(total(lines, "cost_usd", of)) + money.expense[category], f"expense view of {category}", MONEY, len(lines) * 2 * MICRO)
    for field in ("cost_usd", "present_value_usd", "expense_usd"):
        checks.that(total(lines, field) == ledger["totals"][field], "ledger totals " + field, f"lines sum to {total(lines, field)}, told {ledger['totals'][field]}")
        checks.that(total(lines, field, sunk) == ledger["sunk"][field], "ledger sunk " + field, f"lines sum to {total(lines, field, sunk)}, told {ledger['sunk'][field]}")
    if file.finance["discount_rate_per_year"] == 0:
        within = ledger["totals"]["cost_usd"] - total(lines, "cost_usd", lambda line: line["category"] == "run-off")
        checks.equal(float(ledger["totals"]["expense_usd"]), float(within), "both views without interest", MONEY, 2 * len(lines) * MICRO)
    for field in ("energy_kwh", "carbon_kg", "carbon_market_kg", "embodied_kg"):
        checks.equal(float(ledger["totals"][field]), float(total(lines, field)), "ledger totals " + field)
    embodied = 0.0
    for name, pool in file.pools.items():
        held, node = file.pool_plans[name], file.nodes[pool["node"]]
        for t in range(len(file.periods)):
            embodied += (held["in_service_nodes"][t] * file.months + held["rented_node_hours"][t] * file.months / file.hours(t) + file.months * file.spares(pool, held["in_service_nodes"][t])) * node["embodied_kg"] / pool["life_months"]
    checks.equal(float(ledger["totals"]["embodied_kg"]), embodied, "embodied carbon", 1e-9, 1e-6)
    value = total(lines, "present_value_usd")
    checks.that(value == file.exact["headline"]["cost_usd"], "headline cost", f"lines sum to {value}, told {file.exact['headline']['cost_usd']}")
    capacity = lambda line: line["pool"] != "" and line["category"] not in ("failover", "run-off")
    idle = sum(decimal.Decimal(v) for v in ledger["capacity_cost_present_value_usd"].values())
    checks.that(idle == total(lines, "present_value_usd", capacity), "parts of the capacity cost", f"sum to {idle}, paid {total(lines, 'present_value_usd', capacity)}")
    for name, part in ledger["capacity_cost_present_value_usd"].items():
        checks.that(part >= -decimal.Decimal("0.001"), f"capacity cost: {name}", f"is negative: {part}")
    objective = proof["objective_usd"]
    told_risk = proof["risk_usd"]
    checks.equal(told_risk, risk(file, file.plan["outcome_cost_usd"]), "weight on the worst outcomes", 1e-6, 1e-4)
    spares = money.spares[True] + money.spares[False]
    checks.equal(float(value), objective - told_risk + spares, "present value of the ledger against the objective", 1e-9, len(lines) * MICRO)
    expected = money.common + sum(o["probability"] * own for o, own in zip(file.demand["outcomes"], money.own))
    checks.equal(expected, objective - told_risk, "recomputed present value against the objective", 1e-9, 1e-6)
    for outcome, own, told in zip(file.demand["outcomes"], money.own, file.plan["outcome_cost_usd"]):
        checks.equal(told, money.common + own, f"cost in outcome {outcome['name']}", 1e-9, 1e-6)
    checks.equal(proof["sunk_usd"], float(total(lines, "present_value_usd", sunk)) + money.exchanged - money.spares[True], "sunk cost of the proof", 1e-9, len(lines) * MICRO)
    checks.that(proof["bound_usd"] <= objective + 1e-9 * abs(objective), "proof", f"the bound {proof['bound_usd']} is above the objective {objective}")
    checks.that(proof["relaxation_usd"] <= objective + 1e-6 * max(1.0, abs(objective)), "proof", "the relaxation is above the objective")
    checks.that(proof["fairness_usd"] >= -1e-6 * max(1.0, abs(objective)) and (proof["fairness_usd"] == 0 or file.policies["fairness"] == "max-min"), "proof", f"sharing fairly adds {proof['fairness_usd']}")
    gap = max(0.0, objective - proof["fairness_usd"] - proof["bound_usd"]) / max(1.0, abs(objective - proof["sunk_usd"]))
    checks.equal(proof["gap"], gap, "gap as a share of what decisions change", 1e-6, 1e-12)
    check_headline(file, checks, spares)


def check_headline(file, checks, spares):
    head = file.root["headline"]
    order = sorted(zip(file.plan["outcome_cost_usd"], (o["probability"] for o in file.demand["outcomes"])))
    for name, share in (("cost_p10_usd", 0.1), ("cost_p50_usd", 0.5), ("cost_p90_usd", 0.9)):
        so_far, quantile = 0.0, order[-1][0]
        for cost, probability in order:
            so_far += probability
            if so_far >= share - 1e-9:
                quantile = cost
                break
        checks.equal(head[name], quantile + spares, "headline " + name, 1e-9, MICRO)
    for suffix, t in (("first", 0), ("last", len(file.periods) - 1)):
        nodes = {n: file.pool_plans[n]["in_service_nodes"][t] + file.pool_plans[n]["rented_peak_nodes"][t] for n, pool in file.pools.items() if pool["offer"] != "api"}
        checks.equal(head["nodes_" + suffix], sum(nodes.values()), "headline nodes_" + suffix)
        mw = sum(n * file.nodes[file.pools[p]["node"]]["power_w"] * file.regions[file.pools[p]["region"]]["pue"] * 1e-6 for p, n in nodes.items())
        checks.equal(head[f"power_{suffix}_mw"], mw, f"headline power_{suffix}_mw")
    requests = tokens = 0.0
    for state in file.states:
        for flow in state.flows:
            workload = file.workloads[flow["workload"]]
            if not state.lost and flow["region"] is not None and workload["unit"] == "requests/s":
                count = flow["load_per_s"] * 3600 * state.hours * state.probability
                requests += count
                tokens += count * (workload["input_mean_tokens"] + workload["output_mean_tokens"])
    checks.equal(file.ledger["requests"], requests, "requests served")
    checks.equal(file.ledger["tokens"], tokens, "tokens served")


def check_policy_results(file, checks):
    """The scenario's own checks, where the figure is a plain one."""
    head, figures = file.root["headline"], {}
    figures["cost"] = head["cost_usd"]
    for q in ("p10", "p50", "p90"):
        figures["cost." + q] = head[f"cost_{q}_usd"]
    figures["capex"] = file.ledger["capex_usd"]
    for name in file.workloads:
        figures["unmet." + name] = sum(l["quantity"] for l in file.ledger["lines"] if l["category"] == "unmet" and l["workload"] == name)
    for check in file.root["checks"]:
        figure = check["check"].split()[0]
        if figure in figures:
            checks.equal(check["value"], figures[figure], f"check '{check['check']}'", 1e-9, MICRO)


def check(path, text):
    root = json.loads(text)
    if root.get("kind") != "plan" or root.get("ledger") is None:
        status = (root.get("plan") or {}).get("proof", {}).get("status", "unknown")
        print(f"{path}: no plan to check: its kind is '{root.get('kind')}', its status '{status}'")
        return None
    file, checks = PlanFile(text), Checks(path)
    checks.that(not file.plan["shortfalls"] and not file.plan["conflicts"], "plan", f"a plan, yet {file.plan['shortfalls'] or file.plan['conflicts']}")
    check_frame(file, checks)
    check_peak(file, checks)
    for state in file.states:
        check_demand(file, checks, state)
        check_placed(file, checks, state)
        check_capacity(file, checks, state)
        check_provider_share(file, checks, state)
        check_fairness(file, checks, state)
    check_min_replicas(file, checks)
    check_moves(file, checks)
    check_deferrable(file, checks)
    check_exposed(file, checks)
    check_orders(file, checks)
    check_rented(file, checks)
    check_alternatives(file, checks)
    check_hosted(file, checks)
    check_reasons(file, checks)
    check_ledger(file, checks)
    check_policy_results(file, checks)
    return checks


def main(paths):
    if not paths:
        print(__doc__)
        return 2
    passed = failed = 0
    missing = False
    for path in paths:
        with open(path, encoding="utf-8") as source:
            result = check(path, source.read())
        if result is None:
            missing = True
            continue
        passed += result.passed
        failed += result.failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 2 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
