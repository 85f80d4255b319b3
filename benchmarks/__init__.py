"""Speed and quality, measured side by side; figures are printed, nothing is judged by a clock."""
