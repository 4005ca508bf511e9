"""Addresses to listen on: bound before they are announced."""

import os
import resource
import socket
from typing import Final

_BACKLOG: Final = 1024
# Beside connections, a process has its database, logs and libraries open.
_OTHER_FILES: Final = 128


class CannotListen(Exception):
    """The address cannot be listened on; the message says why."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; of port 0 the system chooses a free one.

    :raises CannotListen: the address is in use, not of this machine, or no address.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.create_server(address, family=family, backlog=_BACKLOG)
    except UnicodeError:  # A part of the name is empty, or longer than a name's can be.
        raise CannotListen(f"Cannot listen on {host}: that is no name of a host.") from None
    except OSError as error:
        # The number says it short; what looks up names (gaierror) has numbers of its own, below 0.
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror
        raise CannotListen(f"Cannot listen on {host} port {port}: {reason}.") from None
    listening.setblocking(False)
    # The connections that it takes have this of it: without it the second part of an answer, which
    # an app may send by itself, waits until the client has acknowledged the first, 40 ms or so.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def origin_of(listening: socket.socket, host: str, scheme: str = "http") -> str:
    """Return the beginning of the URLs of what listens."""
    port: int = listening.getsockname()[1]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def room_for(connections: int) -> int:
    """Return how many connections may be open: each is a file, of which a process has so many."""
    wanted = connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(most - _OTHER_FILES, _OTHER_FILES)
