"""What can go wrong, told apart by whose fault it is and by what it says about the request.

ScimError              the server said no: `.status`, `.scim_type`, `.detail` (see scim_protocol)
└── Busy               429 or 503, still so after every retry; nothing was done: `.retry_after`
ClientError
├── UsageError         the caller: an address, id, credential or body that cannot be sent
├── TokenRefused       the configuration: the OAuth token endpoint gave no token
├── NotScim            the remote: an answer that is not SCIM, often a wrong base URL
│   └── IncompleteList the remote: a list that contradicts itself, so that it cannot be read whole
├── Unreachable        the network: the server could not be asked, or a reading got no answer
└── OutcomeUnknown     the network: a change was sent, and may or may not have been carried out

After OutcomeUnknown, look at the resource before repeating the change; so too after NotScim whose
`status` is one of success. After every other error a change has not been carried out.
"""

from scim_protocol.errors import ScimError

__all__ = [
    "Busy",
    "ClientError",
    "IncompleteList",
    "NotScim",
    "OutcomeUnknown",
    "ScimError",
    "TokenRefused",
    "Unreachable",
    "UsageError",
]


class Busy(ScimError):
    """The server asks to come back later (429, 503); the request was not carried out."""

    status = 429
    title = "The server is busy."

    def __init__(self, status: int, detail: str | None, retry_after: float | None) -> None:
        super().__init__(detail)
        self.status = status
        self.retry_after = retry_after


class ClientError(Exception):
    """Anything that kept the client from getting a SCIM answer."""


class UsageError(ClientError, ValueError):
    """The call cannot be turned into a request; nothing was sent."""


class TokenRefused(ClientError):
    """The OAuth 2.0 token endpoint did not give an access token; nothing was sent."""


class NotScim(ClientError):
    """The answer is not SCIM: `status`, `content_type` and `words`, the first of its text."""

    def __init__(
        self, message: str, *, status: int = 200, content_type: str = "", words: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.content_type = content_type
        self.words = words


class IncompleteList(NotScim):
    """The server claims more resources than it hands out, or hands the same ones out again."""


class Unreachable(ClientError):
    """No answer came: the name is unknown, or the connection was refused, not trusted or lost.

    `sent` tells whether the request may have reached the server, `temporary` whether trying again
    can help (it cannot where a certificate is not trusted).
    """

    def __init__(self, message: str, *, sent: bool, temporary: bool = True) -> None:
        super().__init__(message)
        self.sent = sent
        self.temporary = temporary


class OutcomeUnknown(ClientError):
    """A change was sent and may or may not have been carried out; look before repeating it.

    `status` is that of the answer, or None where none came.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
