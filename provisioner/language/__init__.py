"""Entra ID's language: expressions and their functions, mappings, scoping filters, target paths."""
