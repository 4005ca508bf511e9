"""Why a run cannot begin, or may not go on."""

from conformance.visible import visible


class CannotRun(Exception):
    """The endpoint cannot be judged at all: unreachable, not SCIM, or it refuses the token."""

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))  # it may repeat what the endpoint said


class Halted(BaseException):
    """The run is being ended: no check may send another request. No check can catch it."""


class UnknownProfile(LookupError):
    """No profile has the name asked for."""
