"""A command that is stopped while it is being loaded has done nothing, and says so in one line."""

import subprocess
import sys

import pytest

import provisioner

STOPPED = """
import os, signal, sys

class CtrlC:
    def find_spec(self, name, *_):
        if name == "requests":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, CtrlC())
signal.signal(signal.SIGINT, signal.default_int_handler)
from {package}.__main__ import main
main()
"""


@pytest.mark.parametrize("package", ["provisioner", "scim_client"])
def test_ctrl_c_during_the_imports_gives_one_line_and_no_traceback(package: str) -> None:
    code = STOPPED.format(package=package)

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (2, "error: stopped before anything was done\n") == (ended.returncode, ended.stderr)


def test_each_public_name_can_be_the_first_that_is_asked_for() -> None:
    code = f"""
import sys
from importlib import import_module
for each in {provisioner.__all__!r}:
    for name in [name for name in sys.modules if name.partition(".")[0] == "provisioner"]:
        del sys.modules[name]
    getattr(import_module("provisioner"), each)
for each in ("cycle", "job", "language.scope", "sources", "planning.plan", "applying.apply",
             "targets", "state", "watching.quarantine", "commands.report"):
    for name in [name for name in sys.modules if name.partition(".")[0] == "provisioner"]:
        del sys.modules[name]
    import_module("provisioner." + each)
"""

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (0, "") == (ended.returncode, ended.stderr)
