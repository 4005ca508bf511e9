"""The names that users import."""

import scim_client

NAMES = [
    "Basic", "Bearer", "Bulk", "BulkResult", "Busy", "ClientCredentials", "ClientError", "Clock",
    "Endpoint", "IncompleteList", "Limit", "NotScim", "Operation", "OutcomeUnknown", "Page",
    "Results", "Retry", "ScimClient", "ScimError", "TokenRefused", "Unreachable", "UsageError",
    "WsgiAdapter", "add", "remove", "replace",
]  # fmt: skip


def test_the_public_names_are_these():
    assert scim_client.__all__ == NAMES


def test_every_public_name_is_there():
    assert all(hasattr(scim_client, name) for name in NAMES)
