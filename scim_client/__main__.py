"""`scim-client`: Ctrl-C while it is being loaded ends it in one line."""

import os
import signal

_COULD_NOT = 2


def _stopped(*_: object) -> None:
    """End at once: nothing has begun, and an exception amidst imports would be told at length."""
    os.write(2, b"error: stopped before anything was done\n")
    os._exit(_COULD_NOT)


def main() -> None:
    """Load the command, and run it."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # Else it is ignored, as in the background of a shell.
        signal.signal(signal.SIGINT, _stopped)
    from scim_client.cli import main as command

    signal.signal(signal.SIGINT, before)
    command(prog_name="scim-client")


if __name__ == "__main__":
    main()
