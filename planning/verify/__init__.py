"""The second opinion on a plan: slow, plain, and without a formula of the kernels."""

from planning.verify.claims import CHECKED as CHECKED
from planning.verify.claims import Claims as Claims
from planning.verify.items import Recomputed as Recomputed
from planning.verify.items import recompute as recompute
from planning.verify.run import Disagreement as Disagreement
from planning.verify.run import verify as verify
