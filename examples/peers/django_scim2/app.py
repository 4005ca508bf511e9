"""django-scim2 over a user and a group model, in a SQLite database in memory."""

import os
import sys

import django
import waitress
from django.conf import settings
from django.core.management import call_command
from django.urls import include, path

PORT = sys.argv[1]

settings.configure(
    SECRET_KEY="a peer",
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            # Each thread has a connection of its own: what they share has a name.
            "NAME": "file:peer?mode=memory&cache=shared",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "people"],
    AUTH_USER_MODEL="people.User",
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[f"{__name__}.authenticate", "django_scim.middleware.SCIMAuthCheckMiddleware"],
    SCIM_SERVICE_PROVIDER={
        "SCHEME": "http",
        "NETLOC": f"127.0.0.1:{PORT}",
        "WWW_AUTHENTICATE_HEADER": "Bearer",
        "GROUP_MODEL": "people.models.Group",
        "AUTHENTICATION_SCHEMES": [
            {"type": "oauthbearertoken", "name": "Bearer", "description": "A bearer token"}
        ],
    },
)


class Somebody:
    def __init__(self, known):
        self.is_authenticated = known


def authenticate(get_response):
    def middleware(request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = scheme.lower() == "bearer" and token == os.environ["PEER_TOKEN"]
        request.user = Somebody(known)  # who is not known is refused by django-scim2 itself
        return get_response(request)

    return middleware


django.setup()
urlpatterns = [path("scim/v2/", include("django_scim.urls"))]

if __name__ == "__main__":
    from django.core.wsgi import get_wsgi_application
    from django.db import connection

    connection.ensure_connection()  # The database lives as long as one is open.
    call_command("migrate", run_syncdb=True, verbosity=0)
    waitress.serve(get_wsgi_application(), host="127.0.0.1", port=int(PORT), _quiet=True)
