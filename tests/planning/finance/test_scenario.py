import pytest

from planning.exits import WrongUsageError
from planning.finance.scenario.reading import read


def written(tmp_path, text):
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("target = 1", "there is no 'target' in a scenario; did you mean 'targets'?"),
        ('[[targets]]\nmeasure = "fil_rate"\ntarget = 0.9', "did you mean 'fill_rate'?"),
        ('[[targets]]\nmeasure = "fill_rate"', "[[targets]] needs target or remove."),
        ("[[lead_times]]\nfactor = -1", "lead_times.factor is -1; it must be a number, 0 or more."),
        ('[[lead_times]]\nfactor = "half"', "it must be a number, 0 or more."),
        ("[[demand]]\nfaktor = 2", "there is no 'faktor' in [[demand]]; did you mean 'factor'?"),
        ("budget = true", "budget is True; it must be a number, 0 or more."),
        ('name = "nothing"', "changes nothing; it may hold budget, targets"),
        ("demand = 3", "demand is a table: [[demand]] with one line each."),
        ("= 3", "Invalid"),
    ],
)
def test_what_means_nothing_is_refused_with_what_would(tmp_path, text, said):
    with pytest.raises(WrongUsageError) as refused:
        read(written(tmp_path, text))
    assert said in str(refused.value)


def test_a_scenario_is_what_stands_in_its_file(tmp_path):
    text = 'name = "n"\nbudget = 5\n[[prices]]\nfactor = 2\nsupplier = "S"\n[holding]\nrate = 0.3'
    found = read(written(tmp_path, text))
    assert (found.name, found.budget) == ("n", 5)
    assert found.of("prices") == [{"factor": 2, "supplier": "S"}]
    assert found.of("holding") == [{"rate": 0.3}]
    assert found.of("sites") == ()
