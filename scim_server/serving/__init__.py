"""Serving in production: sockets, processes, proxies, health, metrics, logs.

    proxies -> what is seen of a request -> health and metrics -> gate -> the app

`production.py` puts these around the app, `processes.py` runs it in workers on granian,
`threaded.py` in a thread on waitress, for tests.
"""
