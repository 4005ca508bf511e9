"""The checks: one module for each section of RFC 7643 and RFC 7644, found by their place here."""
