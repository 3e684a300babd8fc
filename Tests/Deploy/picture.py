#!/usr/bin/env python3
"""Draws the dashboard's panels from what a Prometheus answers to their own queries.

    Tests/Deploy/picture.py SERVER FROM TO SCRAPE-INTERVAL DASHBOARD PICTURE

FROM and TO are seconds since 1970, the interval is in seconds. Places, titles, units and legends are
the dashboard's; a panel whose queries have no answer says so. Needs matplotlib.
"""

import json
import math
import re
import sys
import urllib.parse
import urllib.request

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

server, begin, end, interval, dashboard, picture = sys.argv[1:]
begin, end, interval = int(begin), int(end), int(interval)
WIDTH, ROW_HEIGHT = 15.0, 0.3  # inches; a dashboard has 24 columns
COLUMNS = 3  # of a legend
plt.rcParams.update({
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.prop_cycle": plt.cycler(linestyle=["-", "--"]) * plt.cycler(color=plt.cm.tab10.colors),
})


def answer(expression):
    """Pairs of labels and samples, Grafana's variables filled in as it does."""
    expression = expression.replace("$member", ".+")
    expression = expression.replace("$__rate_interval", f"{4 * interval}s")
    query = {"query": expression, "start": begin, "end": end, "step": interval}
    with urllib.request.urlopen(f"{server}/api/v1/query_range?{urllib.parse.urlencode(query)}") as reply:
        result = json.load(reply)["data"]["result"]
    return [(series["metric"], series["values"]) for series in result]


def words(number, unit):
    if unit == "s":
        scales = ((1, "s"), (1e-3, "ms"), (1e-6, "µs"))
        scale = next((s for s in scales if number >= s[0]), scales[0])
        return f"{number / scale[0]:.3g} {scale[1]}"
    if unit in ("bytes", "Bps"):
        scales = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B"))
        scale = next((s for s in scales if number >= s[0]), scales[-1])
        return f"{number / scale[0]:.3g} {scale[1]}" + ("/s" if unit == "Bps" else "")
    return f"{number:,.2f}".rstrip("0").rstrip(".") + {"reqps": " req/s", "ops": " ops/s"}.get(unit, "")


def legend(target, labels):
    return re.sub(r"\{\{(\w+)\}\}", lambda name: labels.get(name[1], ""), target.get("legendFormat", ""))


def place(figure, panel, below):
    """Axes where the dashboard has the panel, with so many inches below them."""
    spot, (width, height) = panel["gridPos"], figure.get_size_inches()
    left, top = spot["x"] / 24 * width + 0.62, height - spot["y"] * ROW_HEIGHT - 0.3
    wide, high = spot["w"] / 24 * width - 0.77, spot["h"] * ROW_HEIGHT - 0.3 - below
    axes = figure.add_axes((left / width, (top - high) / height, wide / width, high / height))
    axes.set_title(panel["title"])
    return axes


def draw_graph(figure, panel, unit):
    times = range(begin, end + 1, interval)
    lines = []
    for target in panel["targets"]:
        for labels, samples in answer(target["expr"]):
            points = {round(time): float(value) for time, value in samples}
            values = [points.get(time, float("nan")) for time in times]  # a gap stays one
            if any(value == value for value in values):
                lines.append((legend(target, labels), values))
    axes = place(figure, panel, below=0.42 + 0.1 * math.ceil(len(lines) / COLUMNS))
    for name, values in lines:
        axes.plot([time - begin for time in times], values, linewidth=0.9, label=name)
    axes.set_xlim(0, end - begin)
    axes.xaxis.set_major_locator(MultipleLocator(60))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda time, _: f"{time / 60:.0f} min"))
    axes.grid(color="#dddddd", linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    if not lines:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "No data", transform=axes.transAxes, ha="center", color="#888888")
        return
    top = max(value for _, values in lines for value in values if value == value) * 1.05 or 1
    axes.set_ylim(-0.02 * top, top)
    step = 2 ** math.ceil(math.log2(top / 4))
    axes.yaxis.set_major_locator(MultipleLocator(step) if unit in ("bytes", "Bps") else MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: words(number, unit)))
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=COLUMNS, fontsize=5.5, frameon=False,
        borderpad=0, labelspacing=0.2,
    )


def draw_number(figure, panel, unit):
    values = [samples[-1][1] for target in panel["targets"] for _, samples in answer(target["expr"])]
    axes = place(figure, panel, below=0)
    axes.set_axis_off()
    text = ", ".join(words(float(value), unit) for value in values) or "No data"
    axes.text(0.5, 0.55, text, ha="center", va="center", fontsize=17, color="#2a7a3b")


panels = json.load(open(dashboard))["panels"]
height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) * ROW_HEIGHT
figure = plt.figure(figsize=(WIDTH, height))
for panel in panels:
    if panel["type"] == "row":
        top = height - panel["gridPos"]["y"] * ROW_HEIGHT
        figure.text(0.006, (top - ROW_HEIGHT * 0.7) / height, panel["title"], fontsize=10, weight="bold")
    else:
        draw = draw_graph if panel["type"] == "timeseries" else draw_number
        draw(figure, panel, panel["fieldConfig"]["defaults"]["unit"])
figure.savefig(picture, dpi=90)
