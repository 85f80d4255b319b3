"""The demo company: a believable after-sales business of any size, invented from a seed.

Requests come from machines that age, are serviced and recalled, never from the distributions that
sparewise plans with. What it writes are the tables of an input folder, and one further year beside.
"""

from data.demo.writing import CompanyReport as CompanyReport
from data.demo.writing import next_year_folder as next_year_folder
from data.demo.writing import write_company as write_company
