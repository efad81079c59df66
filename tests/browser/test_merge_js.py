"""merge.js, tested with the same golden frames as `chartroom.wire.merge.merge`: see tests/wire/test_merge.py."""
import json

from tests.browser.stack import ROOT

CASES = json.loads((ROOT / "tests" / "wire" / "golden" / "merge.json").read_text(encoding="utf-8"))


def test_golden(ada, room):
    ada.visit(room)
    results = ada.page.evaluate("""async cases => {
        const { merge } = await import("/static/chartroom/connection/merge.js");
        return cases.map(one => merge(one.have, one.new, one.seq));
    }""", CASES)
    assert [{"name": case["name"], **result} for case, result in zip(CASES, results, strict=True)] == [
        {"name": case["name"], "messages": case["messages"], "seq": case["last"], "gap": case["gap"]} for case in CASES]
