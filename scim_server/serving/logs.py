"""What is logged beside requests: on standard error, with the id of the request it is about."""

from typing import Any, Final

from scim_server.serving.request_ids import WithRequestId

_FORMAT: Final = "%(asctime)s %(levelname)s [%(process)d %(request_id)s] %(name)s: %(message)s"


def log_configuration(level: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig` takes."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": WithRequestId}},
        "formatters": {"line": {"format": _FORMAT}},
        "handlers": {
            "errors": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["request"],
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": level.upper(), "handlers": ["errors"]},
        "loggers": {"_granian": {"handlers": [], "propagate": True}},
    }
