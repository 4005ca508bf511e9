"""Everything up to the plan: it only reads."""
