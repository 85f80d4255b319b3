"""The example of docs/ledger.md does what it says."""

import re
from pathlib import Path

DOC = Path(__file__).parents[3] / "docs" / "ledger.md"


def test_the_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example = re.search(r"```python\n(.*?)```", DOC.read_text(), re.DOTALL).group(1)
    names: dict = {}
    exec(compile(example, str(DOC), "exec"), names)
    assert (names["answer"].ok, names["answer"].body["reservation_id"]) == (True, 1)
    names["store"].close()
