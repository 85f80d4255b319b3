import pytest

from planning.settings import Settings, SettingsError, load


def written(folder, text):
    (folder / "sparewise.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_every_setting_is_its_default(tmp_path):
    assert load(tmp_path) == Settings()
    assert load(tmp_path).source("gap") == "default"


def test_the_first_folder_with_a_file_wins_and_is_named_as_the_source(tmp_path):
    near, far = tmp_path / "near", tmp_path / "far"
    near.mkdir(), far.mkdir()
    written(near, "review_period_days = 7"), written(far, "review_period_days = 30")
    found = load(near, far)
    assert found.review_period_days == 7.0
    assert found.source("review_period_days") == str(near / "sparewise.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reveiw_period_days = 7", "did you mean 'review_period_days'"),
        ("period = 'fortnight'", "allowed are day, week, month"),
        ("gap = -1", "allowed is 0 or more"),
        ("gap = 'small'", "must be a number"),
        ("gap = true", "must be a number"),
        ("gap = ", "sparewise.toml"),
        ("review_period_days_of = 3", "is a table"),
        ("gap = nan", "allowed is 0 or more"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_the_remedy(tmp_path, text, said):
    with pytest.raises(SettingsError, match=r"sparewise\.toml") as refused:
        load(written(tmp_path, text))
    assert said in str(refused.value)


def test_review_periods_can_be_set_by_supplier(tmp_path):
    found = load(written(tmp_path, "[review_period_days_of]\nS-1 = 7"))
    assert found.review_period_days_of == {"S-1": 7.0}
