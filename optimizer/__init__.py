"""What to stock: demand, costs and targets become a stocking plan with its bound."""

from optimizer.causes import Night as Night
from optimizer.causes import causes as causes
from optimizer.decompose import curve as curve
from optimizer.decompose import solve as solve
from optimizer.plan import CostPerDay as CostPerDay
from optimizer.plan import Outcome as Outcome
from optimizer.plan import StockingPlan as StockingPlan
from optimizer.plan import TargetResult as TargetResult
from optimizer.problem import BestService as BestService
from optimizer.problem import Items as Items
from optimizer.problem import Money as Money
from optimizer.problem import ScopeWords as ScopeWords
