"""Headers and errors that say more than they should (RFC 7644 §7)."""

from scim_server.testing.defects.mechanism import Asked, Breakage, Told, defect, telling


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"security-{name}", "security", what)(breakage)


def _sending(header: str, value: str) -> Breakage:
    return telling(lambda asked, told: told.headers.set(header, value))


def _saying(detail: str, status: int) -> Breakage:
    return telling(lambda asked, told: _tell(told, detail), status=status)


def _tell(told: Told, detail: str) -> None:
    told.json = told.document | {"detail": detail}


def _repeat_origin(asked: Asked, told: Told) -> None:
    if origin := asked.header("Origin"):
        told.headers["Access-Control-Allow-Origin"] = origin
        told.headers["Access-Control-Allow-Credentials"] = "true"


def _repeat_token(asked: Asked, told: Told, header: str) -> None:
    if sent := asked.header("Authorization"):
        told.headers[header] = f'Bearer error_description="unknown: {sent.partition(" ")[2]}"'


_JAVA = "java.lang.NullPointerException\n at com.x.Users.get(Users.java:42)"
for _status, _place in ((401, "401"), (404, "404"), (409, "conflicts")):
    _define(
        f"traces-of-{_place}",
        f"A {_status} shows a stack trace.",
        _saying(_JAVA, _status),
    )
_define(
    "exception-named",
    "Errors name the class of the exception.",
    _saying("com.acme.scim.BadRequestException", 400),
)
_define(
    "unique-index-named",
    "A conflict shows the error of the database.",
    _saying('duplicate key value violates unique constraint "users_username_key"', 409),
)
_define(
    "any-origin",
    "Every web page may read answers.",
    _sending("Access-Control-Allow-Origin", "*"),
)
_define("origin-repeated", "Whatever page asks may read answers.", telling(_repeat_origin))
_define(
    "server-in-detail",
    "Server lists all parts with their versions.",
    _sending("Server", "Apache/2.4.49 (Unix) OpenSSL/1.1.1 PHP/7.2.1"),
)
_define(
    "versions-told",
    "X-Powered-By has a version.",
    _sending("X-Powered-By", "PHP/7.2.1"),
)
_define(
    "debug-headers",
    "A header shows the statement that was sent to the database.",
    _sending("X-Debug-Statement", "SELECT * FROM users"),
)
_define(
    "for-any-cache",
    "Answers are for caches that everybody shares.",
    _sending("Cache-Control", "public, max-age=3600"),
)
_define(
    "token-in-challenge",
    "WWW-Authenticate repeats the wrong token.",
    telling(lambda a, t: _repeat_token(a, t, "WWW-Authenticate"), status=401),
)
_define(
    "token-in-headers",
    "A header of every answer repeats the token.",
    telling(lambda a, t: _repeat_token(a, t, "X-Request-Token")),
)
_define(
    "token-traced",
    "TRACE answers with the headers of the request.",
    lambda asked, server: (
        Told(
            200,
            Told.of(200, **{"Content-Type": "message/http"}).headers,
            f"Authorization: {asked.header('Authorization')}".encode(),
        )
        if asked.method == "TRACE"
        else server(asked)
    ),
)
