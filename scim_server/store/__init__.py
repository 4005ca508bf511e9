"""Where resources are kept: one contract (`contract.py`), and the stores that fulfil it."""
