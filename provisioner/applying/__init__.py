"""Carrying a plan out: intent recorded, request, result recorded."""
