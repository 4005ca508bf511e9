"""Start another SCIM server from its published packages: `start.py NAME [--port PORT]`.

Prints its base URL once it answers, and serves until it is told to stop. Exit code 3: this machine
lacks what the peer needs.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".peers"
TOKEN = "peer-token"
CANNOT = 3
START_SECONDS = 60


def python_peer(name: str, port: int) -> list[str]:
    place = ENVIRONMENTS / name
    python = place / "bin" / "python"
    wanted = (HERE / name / "requirements.txt").read_text()
    done = place / "installed.txt"
    if not done.exists() or done.read_text() != wanted:
        venv.create(place, with_pip=True, clear=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
        subprocess.run([python, *install, HERE / name / "requirements.txt"], check=True)
        done.write_text(wanted)
    return [str(python), str(HERE / name / "app.py"), str(port)]


def node_peer(name: str, port: int) -> list[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        sys.stderr.write(f"{name} needs Node.js with npm, which this machine lacks.\n")
        sys.exit(CANNOT)
    place = ENVIRONMENTS / name
    place.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / name / "package.json").read_text()
    done = place / "installed.txt"
    if not done.exists() or done.read_text() != wanted:
        (place / "package.json").write_text(wanted)
        quiet = ["--no-audit", "--no-fund", "--loglevel", "error"]
        subprocess.run([npm, "install", *quiet], cwd=place, check=True, stdout=sys.stderr)
        done.write_text(wanted)
    # Node looks for packages beside the file that asks for them.
    shutil.copy(HERE / name / "app.mjs", place / "app.mjs")
    return [node, str(place / "app.mjs"), str(port)]


PEERS = {
    "scim2-server": python_peer,
    "scim2-flask": python_peer,
    "django-scim2": python_peer,
    "scimmy": node_peer,
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def wait_until_it_answers(url: str, peer: subprocess.Popen[bytes]) -> None:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and peer.poll() is None:
        try:
            urllib.request.urlopen(request, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    peer.terminate()
    sys.exit(f"{url} does not answer.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    given = parser.parse_args()
    port = given.port or free_port()
    try:
        command = PEERS[given.name](given.name.replace("-", "_"), port)
    except subprocess.CalledProcessError:
        sys.stderr.write(f"The packages of {given.name} cannot be installed here.\n")
        sys.exit(CANNOT)
    peer = subprocess.Popen(command, env=os.environ | {"PEER_TOKEN": TOKEN})
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: peer.terminate())
    url = f"http://127.0.0.1:{port}/scim/v2"
    wait_until_it_answers(f"{url}/Users", peer)
    print(f"Listening on {url}", flush=True)
    print(f"Token: {TOKEN}", flush=True)
    sys.exit(peer.wait() and 0)


if __name__ == "__main__":
    main()
