"""scim2-flask over the store in memory of scim2-server."""

import os
import sys

import waitress
from flask import Flask, abort, request
from scim2_flask import ScimServer
from scim2_models import EnterpriseUser, Group, ResourceType, ScimProvider, User
from scim2_server.memory import InMemoryStorage

app = Flask(__name__, static_folder=None)
app.secret_key = "a peer"
provider = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[
        ResourceType.from_resource(User[EnterpriseUser]),
        ResourceType.from_resource(Group),
    ],
)
ScimServer(InMemoryStorage(), provider, app=app)


@app.before_request
def authenticate() -> None:
    if request.headers.get("Authorization") != f"Bearer {os.environ['PEER_TOKEN']}":
        abort(401)


waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), _quiet=True)
