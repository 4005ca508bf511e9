"""The ways out: a webhook, a mail, a command. What goes wrong in one is its own affair."""

import os
import smtplib
import ssl
import subprocess
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Final

import orjson
import requests

from provisioner.job.settings import AlertSettings, MailSettings
from provisioner.watching.alerts import Alert

PATIENCE: Final = 10.0  # seconds that a channel may take: the run waits for it

Channel = Callable[[Alert], None]


class ChannelError(Exception):
    """A message could not be handed over; the text says why, without any secret."""


def channels(settings: AlertSettings) -> Iterator[tuple[str, Channel]]:
    """Yield the channels of a job, each by the key that names it."""
    if (variable := settings.webhook_env) is not None:
        yield "alerts.webhook_env", lambda alert: post(alert, variable)
    if (mail := settings.mail) is not None:
        yield "alerts.mail", lambda alert: send_mail(alert, mail)
    if settings.command:
        yield "alerts.command", lambda alert: run(alert, settings.command)


def post(alert: Alert, variable: str) -> None:
    """Send an alert as a JSON document to the URL in an environment variable.

    :raises ChannelError: if there is none, or it does not take the message.
    """
    try:
        answer = requests.post(
            _variable(variable),
            data=orjson.dumps({**alert.to_json(), "text": str(alert)}),
            headers={"Content-Type": "application/json"},
            timeout=PATIENCE,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        # The message of the library has the URL in it, which is often a secret.
        raise ChannelError(f"the URL in {variable} cannot be reached: {_kind(error)}") from None
    if not 200 <= answer.status_code < 300:
        raise ChannelError(f"the URL in {variable} answered {answer.status_code}")


def send_mail(alert: Alert, settings: MailSettings) -> None:
    """Send an alert as a mail.

    :raises ChannelError: if the server cannot be reached or does not take it.
    """
    message = EmailMessage()
    message["Subject"] = " ".join(alert.title.split())
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message.set_content(str(alert))
    try:
        with _connected(settings) as server:
            if settings.user is not None:
                server.login(settings.user, _variable(settings.password_env or ""))
            server.send_message(message)
    except smtplib.SMTPAuthenticationError:
        raise ChannelError(f"{settings.server} refuses the user or the password") from None
    except smtplib.SMTPResponseException as error:
        raise ChannelError(f"{settings.server} answered {error.smtp_code}") from None
    except smtplib.SMTPRecipientsRefused:
        raise ChannelError(f"{settings.server} takes no mail for those in alerts.mail.to") from None
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelError(f"{settings.server}: {_kind(error)}") from None


def _connected(settings: MailSettings) -> smtplib.SMTP:
    address = (settings.server, settings.port)
    if settings.encryption == "tls":
        return smtplib.SMTP_SSL(*address, timeout=PATIENCE, context=ssl.create_default_context())
    server = smtplib.SMTP(*address, timeout=PATIENCE)
    if settings.encryption == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def run(alert: Alert, command: tuple[str, ...]) -> None:
    """Hand an alert to a command, as a JSON document on its standard input.

    :raises ChannelError: if it cannot be run, or ends with another code than 0.
    """
    try:
        ended = subprocess.run(
            command,
            input=orjson.dumps(alert.to_json()),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ChannelError(f"{command[0]} took more than {PATIENCE:g} seconds") from None
    except OSError as error:
        raise ChannelError(f"{command[0]} cannot be run: {error.strerror}") from None
    if ended.returncode:
        raise ChannelError(f"{command[0]} ended with {ended.returncode}")


def _variable(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise ChannelError(f"the environment variable {name or '(none)'} is not set")
    return value


def _kind(error: BaseException) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
