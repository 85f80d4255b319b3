"""What will be asked for: from histories to predictive demand, with the reason."""

from forecasting.classify import DemandClass as DemandClass
from forecasting.classify import classify as classify
from forecasting.history import History as History
from forecasting.periods import PeriodKind as PeriodKind
from forecasting.periods import Periods as Periods
from forecasting.predict import Forecasts as Forecasts
from forecasting.predict import forecast as forecast
