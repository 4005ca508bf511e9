"""`scim-server run` as a user starts it: a process of its own."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import requests


class Process:
    """A server process, from its first lines to its last."""

    def __init__(self, *arguments, **environment):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scim_server", "run", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        self.said = {}
        self.url = self.token = None

    def start(self):
        """Read what it announces, up to the line on its database, which is the last."""
        for line in self.process.stdout:
            name, _, value = line.strip().partition(" ")
            self.said[name] = value.removeprefix("on ")
            if name == "Database:":
                break
        self.url, self.token = self.said["Listening"], self.said.get("Token:")
        return self

    @property
    def origin(self):
        return self.url.removesuffix("/scim/v2")

    def request(self, method, path, body=None, token=None, **options):
        headers = {"Authorization": f"Bearer {token or self.token}"} | options.pop("headers", {})
        url = self.url + path
        return requests.request(method, url, json=body, headers=headers, timeout=10, **options)

    def page(self, path, **options):
        """Get what is beside SCIM."""
        return requests.get(self.origin + path, timeout=10, **options)

    def workers(self):
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            return {int(child) for child in children.read().split()}

    def stop_by_itself(self):
        """Wait for one that cannot start; return its exit code and what it wrote."""
        try:
            _, errors = self.process.communicate(timeout=30)
        finally:
            self.process.kill()
        return self.process.returncode, errors

    def stop(self, number=signal.SIGTERM):
        """Stop it; return its exit code and what it wrote to standard error."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@contextmanager
def processes():
    """Give what starts servers with these arguments; stop them at the end."""
    started = []

    def start(*arguments, **environment):
        started.append(Process(*arguments, **environment))
        return started[-1].start()

    try:
        yield start
    finally:
        for process in started:
            process.stop()
