"""What the dashboard says, in both of its languages."""

from __future__ import annotations

import re
import subprocess

from fixtures.processes import ROOT
from tracking.embedded import node


def test_both_languages_have_words_for_every_problem() -> None:
    """Every kind that a question can be refused with, and every word, in German and in English."""
    code = (
        "\n".join(
            path.read_text()
            for folder in ("stats", "provenance")
            for path in sorted((ROOT / "tracking" / folder).glob("*.py"))
            if path.name != "routes.py" or folder == "stats"
        )
        + (ROOT / "tracking" / "errors.py").read_text()
    )
    kinds = sorted(set(re.findall(r"Problem\(\s*\d{3},\s*\"([a-z-]+)\"", code)))
    assert "too-heavy" in kinds
    script = f"""
      const {{ PAGE, PANEL }} = await import("./problems.js");
      const [de, en] = (await Promise.all([import("./words/de.js"), import("./words/en.js")])).map((one) => one.default);
      const holes = (text) => (text.match(/\\{{\\w+\\}}/g) ?? []).sort().join();
      const said = Object.values(PAGE).flatMap((key) => [key, `${{key}}Text`]).concat(Object.values(PANEL));
      console.log(JSON.stringify([
        {kinds!r}.filter((kind) => !(kind in PAGE) && !(kind in PANEL)),
        said.filter((key) => !(key in en)),
        Object.keys(en).filter((key) => !(key in de) || holes(en[key]) !== holes(de[key])),
        Object.keys(de).filter((key) => !(key in en)),
      ]));
    """
    command = [node.node(), "--input-type=module", "--eval", script]
    source = ROOT / "tracking" / "web" / "dashboard" / "src"
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[[],[],[],[]]", done.stdout + done.stderr
