"""What is sent to an endpoint, and what comes back.

endpoint.py     the endpoint under test: raw requests
exchange.py     one request and its answer, kept as evidence with its secrets masked
connections.py  whatever comes back ends in time and fits into memory
access.py       how it is let in, and how it is to be spoken to
pace.py         how fast requests follow one another
"""
