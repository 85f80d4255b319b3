"""The forms figures come in: one page, a workbook, a print, plain tables; all from one list."""
