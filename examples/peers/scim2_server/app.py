"""scim2-server as its own command serves it; a tenant brings the base URL that the others have."""

import os
import sys

from scim2_server.testserver.cli import main

token = os.environ["PEER_TOKEN"]
sys.argv[1:] = ["--port", sys.argv[1], "--bearer-token", token, "--tenant", "scim"]
main()
