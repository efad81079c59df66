# coding: utf-8
"""Sums up what was measured, and lays it out."""
from __future__ import unicode_literals


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2.0


def percentile(values, percent):
    """The smallest value that so many percent of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(1, int(rank)) - 1]


def whole(value):
    return "{:,.0f}".format(value)


def spread(values):
    """``3,120 (3,010–3,240)``: the median, and between what."""
    if len(values) == 1:
        return whole(values[0])
    return "%s (%s–%s)" % (whole(median(values)), whole(min(values)), whole(max(values)))


def times(value, baseline):
    """How many times the baseline: ``×7.6``, ``×0.93``, ``×0.0041``."""
    ratio = float(value) / baseline
    if 0 < ratio < 0.1:
        return "×%s" % ("%.5f" % ratio).rstrip("0") if ratio < 0.001 else "×%.2g" % ratio
    return "×%.1f" % ratio if ratio >= 2 else "×%.2f" % ratio


def milliseconds(seconds):
    return "{:,.1f} ms".format(seconds * 1000)


def table(head, rows):
    """Markdown, aligned, so that it reads as well in a terminal; the first column is text, the others numbers."""
    widths = [max(len(row[column]) for row in [head] + rows) for column in range(len(head))]
    lines = [_line(head, widths)]
    lines.append("|" + "|".join(
        (":" + "-" * (width + 1)) if column == 0 else ("-" * (width + 1) + ":")
        for column, width in enumerate(widths)) + "|")
    lines.extend(_line(row, widths) for row in rows)
    return "\n".join(lines)


def _line(cells, widths):
    padded = [cells[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
    return "| " + " | ".join(padded) + " |"
