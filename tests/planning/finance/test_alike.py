"""The bridge makes a plan anew only where a cause moved something: nothing may pass as the same."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from planning.finance.report.causes import alike
from tests.optimizer import problems


def some_items():
    return problems.some_items([0.1, 0.02, 0.3], [10.0, 20.0, 5.0], [5.0, 500.0, 50.0])


def columns(one, way=()):
    """Every array within, as a way of attribute names."""
    for name in (each.name for each in fields(one)):
        inner = getattr(one, name)
        if isinstance(inner, np.ndarray) and inner.size:
            yield (*way, name)
        elif is_dataclass(inner):
            yield from columns(inner, (*way, name))


def moved(one, way):
    inner = getattr(one, way[0])
    if len(way) > 1:
        return replace(one, **{way[0]: moved(inner, way[1:])})
    other = inner.copy()
    other.flat[-1] = other.flat[-1] + 1
    return replace(one, **{way[0]: other})


def test_questions_of_equal_content_are_alike():
    items = some_items()
    assert alike((items, ()), (items.take(np.arange(len(items))), ()))


@pytest.mark.parametrize("way", list(columns(some_items())), ids=str)
def test_a_question_with_one_figure_moved_is_another(way):
    items = some_items()
    assert not alike((items, ()), (moved(items, way), ()))


def test_other_targets_are_another_question():
    assert not alike((some_items(), (0.9,)), (some_items(), (0.95,)))
    assert not alike((some_items(), (0.9,)), (some_items(), ()))
