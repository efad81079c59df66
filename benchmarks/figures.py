# coding: utf-8
"""Summarises measurements, and formats them as tables."""
from __future__ import unicode_literals


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2.0


def percentile(values, percent):
    """The smallest value that at least ``percent`` percent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(1, int(rank)) - 1]


def whole(value):
    return "{:,.0f}".format(value)


def spread(values):
    """The median and the range: ``3,120 (3,010–3,240)``."""
    if len(values) == 1:
        return whole(values[0])
    return "%s (%s–%s)" % (whole(median(values)), whole(min(values)), whole(max(values)))


def times(value, baseline):
    """The ratio to the baseline: ``×7.6``, ``×0.93``, ``×0.0041``."""
    ratio = float(value) / baseline
    if 0 < ratio < 0.1:
        return "×%s" % ("%.5f" % ratio).rstrip("0") if ratio < 0.001 else "×%.2g" % ratio
    return "×%.1f" % ratio if ratio >= 2 else "×%.2f" % ratio


def milliseconds(seconds):
    return "{:,.1f} ms".format(seconds * 1000)


def table(head, rows):
    """A Markdown table, aligned to be readable in a terminal too; the first column is text, the others are numbers."""
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
