"""What checks try rules on, and what several of them share.

samples.py      the smallest resources that an endpoint takes
attributes.py   every attribute that it advertises, with values to try
places.py       where a value stands in a resource, and how it is put there
cohort.py       a few users with known values, on which queries are tried
oracle.py       what a filter has to find and a sort has to give
operations.py   operations of a PATCH

bulk.py, cursors.py, guards.py, keywords.py, projection.py and versions.py are what the checks of
one thing share.
"""
