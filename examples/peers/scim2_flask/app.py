"""scim2-flask over the store in memory of scim2-server, with all that it can do switched on."""

import os
import sys

import waitress
from flask import Flask, request
from scim2_flask import ScimServer
from scim2_models import (
    EnterpriseUser,
    Group,
    ResourceType,
    ScimProvider,
    UnauthorizedException,
    User,
)
from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME
from scim2_server.utils import load_default_service_provider_config

app = Flask(__name__, static_folder=None)
app.secret_key = "a peer"
config = load_default_service_provider_config()
config.authentication_schemes = [BEARER_TOKEN_SCHEME]
provider = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[
        ResourceType.from_resource(User[EnterpriseUser]),
        ResourceType.from_resource(Group),
    ],
    config=config,
)
ScimServer(InMemoryStorage(), provider, app=app)


@app.before_request
def authenticate() -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token != os.environ["PEER_TOKEN"]:
        raise UnauthorizedException


waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), _quiet=True)
