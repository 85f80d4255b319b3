"""Point methods against numbers of other programs and of books, convention by convention."""

import json
from pathlib import Path

import numpy as np
import pytest

from forecasting.classify import CLASSES, classify
from forecasting.history import Totals
from forecasting.methods.aggregation import adida, croston_optimised, imapa
from forecasting.methods.croston import croston, sba, sbj, tsb
from forecasting.methods.spread import negative_binomial

CASES = json.loads((Path(__file__).parents[2] / "instances" / "forecasting.json").read_text())


def totals_of(values):
    return Totals.of_table(np.array([values], dtype=float))


def croston_like(method):
    def answer(inputs):
        totals = totals_of(inputs["y"])
        return {"forecast": method(totals, smoothing=inputs["alpha"], start=inputs["init"])[0]}

    return answer


def by_tsb(inputs):
    return {
        "forecast": tsb(
            totals_of(inputs["y"]),
            smoothing=inputs["alpha_demand"],
            probability_smoothing=inputs["alpha_prob"],
            start=inputs["init"],
        )[0]
    }


def by_adida(inputs):
    bucket, weight = inputs.get("aggregation"), inputs.get("ses_alpha")
    return {
        "forecast": adida(
            totals_of(inputs["y"]),
            bucket=bucket if isinstance(bucket, int) else None,
            smoothing=weight if isinstance(weight, float) else None,
        )[0]
    }


def by_class(inputs):
    classes = classify(totals_of(inputs["y"]))
    name = str(CLASSES[classes.code[0]])
    return {
        "adi": classes.demand_interval[0],
        "cv2": classes.size_cv2[0],
        "class": name,
        "method": "croston" if name == "smooth" else "sba",
    }


def step_by_step(inputs):
    y = inputs["y"]
    return {
        "one_step": [
            croston(totals_of(y[:t]), smoothing=inputs["alpha"], start=inputs["init"])[0]
            for t in range(3, len(y))
        ]
    }


def by_horizon(inputs):
    mean, variance, r, p = negative_binomial(
        inputs["mean_per_period"], inputs["variance_per_period"], inputs["periods"]
    )
    return {"mean": mean, "variance": variance, "r": r, "p": p}


ANSWERS = {
    "croston": croston_like(croston),
    "sba": croston_like(sba),
    "sbj": croston_like(sbj),
    "tsb": by_tsb,
    "adida": by_adida,
    "imapa": lambda inputs: {"forecast": imapa(totals_of(inputs["y"]))[0]},
    "croston_optimized": lambda inputs: {"forecast": croston_optimised(totals_of(inputs["y"]))[0]},
    "sbc_classification": by_class,
    "croston_in_sample": step_by_step,
    "nb_horizon_fit": by_horizon,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['model']}")
def test_a_method_gives_the_number_that_others_give(case):
    answer = ANSWERS[case["model"]](case["inputs"])
    tolerance = case["tolerance"]
    for name, expected in case["expected"].items():
        if name == "from_index":
            continue
        if isinstance(expected, str):
            assert answer[name] == expected
        else:
            assert answer[name] == pytest.approx(
                expected, abs=tolerance["abs"], rel=max(tolerance["rel"], 1e-15)
            )


def test_every_case_is_there():
    assert len(CASES) == 49
