"""Point forecasts of the literature, as plain functions over columns; conventions are options.

They are baselines and peers to be compared with; what the plan uses is `forecasting.predict`.
"""
