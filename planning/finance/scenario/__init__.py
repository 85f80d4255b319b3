"""What if: a change written down in a small file, put upon the company, planned and priced."""
