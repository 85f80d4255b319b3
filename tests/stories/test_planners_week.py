"""A planner's week, as `docs/night.md` tells it, run from its first command to its last.

`SPAREWISE_WRITE_DOCS=1 pytest tests/stories/test_planners_week.py` writes the answers anew.
"""

import json
import os
import re
import shlex
from pathlib import Path

from tests.stories.conftest import sparewise

PAGE = Path(__file__).parents[2] / "docs" / "night.md"
REFUSED = 4  # a night before anything came in, last pieces in bulk, a second word, no reason
BLOCK = re.compile(r"```console\n(.*?)```", flags=re.DOTALL)


def commands(block):
    """Each command of a block with the answer that the page shows under it."""
    told = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [(one.partition("\n")[0], one.partition("\n")[2].rstrip()) for one in told]


def numbers_of_levels():
    """What `{level-1}` … stand for: the numbers of the dearest open changes of level."""
    found = json.loads(sparewise("proposals", "--kind", "level", "--json").stdout)["proposals"]
    return {f"level-{k + 1}": one["proposal_id"] for k, one in enumerate(found[:3])}


def masked(text):
    """Sentences without their figures, which change with the plan; tables by their headings."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for line in lines if re.match(r"(\d+ )?[A-Z0-9a-z]", line)]
    sentences = [line for line in kept if line.endswith(".") or " rows " in line]
    return [re.sub(r"\s+", " ", re.sub(r"[\d.,]+", "#", line)) for line in sentences]


def test_the_week_goes_as_the_page_tells(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPAREWISE_DATABASE_URL", raising=False)
    page = PAGE.read_text(encoding="utf-8")
    numbers, codes, differing = {}, {}, []
    for block in BLOCK.findall(page):
        answered = []
        for line, shown in commands(block):
            words = shlex.split(line)[1:]
            if any("{level" in word for word in words) and not numbers:
                numbers = numbers_of_levels()
            result = sparewise(
                *(
                    word.strip("{}")
                    if word.strip("{}") not in numbers
                    else numbers[word.strip("{}")]
                    for word in words
                )
            )
            codes.setdefault(result.exit_code, []).append(line)
            said = result.output.rstrip()
            answered.append(f"$ {line}\n{said}".rstrip())
            if masked(said) != masked(shown):
                differing.append((line, masked(said), masked(shown)))
        page = page.replace(block, "\n\n".join(answered) + "\n")
    assert set(codes) == {0, 2}
    assert len(codes[2]) == REFUSED
    if os.environ.get("SPAREWISE_WRITE_DOCS"):
        PAGE.write_text(re.sub(r"[ \t]+$", "", page, flags=re.MULTILINE), encoding="utf-8")
        return
    assert differing == []
