"""The command `scim-client`: looks at and changes a SCIM server from a terminal or a script.

Results go to stdout; errors to stderr, in one line. Exit codes: 0 well, 1 the server said no,
2 could not run (usage, network, credentials, not SCIM).
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import click
import orjson

from scim_client.answers import BOM, Resource
from scim_client.auth import Bearer
from scim_client.client import ScimClient
from scim_client.endpoint import Endpoint
from scim_client.errors import Busy, ClientError, ScimError, UsageError
from scim_client.retry import Retry
from scim_client.table import printable, table
from scim_protocol import urns

THE_ANSWER_IS_NO, COULD_NOT_RUN = 1, 2

# What to do about an answer, where its own words do not say so.
HINTS = {
    401: "check --token, --token-env or the variable SCIM_TOKEN",
    403: "the token is known, but may not do this",
    404: "check the id, and the path of --url",
    405: "the server does not offer this here; `scim-client config` shows what it does",
    429: "try again later",
    501: "the server does not offer this; `scim-client config` shows what it does",
    503: "try again later",
}

FILE_HELP = "FILE is a file of JSON, or - for standard input."


@dataclass
class Connection:
    """Where to connect to: told by the options, used once a command needs it."""

    url: str | None
    token: str | None
    timeout: float
    path: str = ""

    def client(self) -> ScimClient:
        """Return the client, or say which option is missing."""
        if not self.url:
            raise UsageError("which server? give --url, or set the variable SCIM_URL")
        auth = Bearer(self.token) if self.token else None
        return ScimClient(self.url, auth, timeout=self.timeout, retry=Retry(attempts=3))

    def endpoint(self) -> Endpoint:
        """Return the endpoint that the command group stands for."""
        return self.client().resource(self.path)


class OneLineErrors(click.Group):
    """Says what went wrong in one line on stderr, and ends with the exit code for it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            raise  # Who reads has seen enough, as with `| head`: click ends quietly.
        except OSError as error:
            _fail(ctx, f"the output cannot be written: {error.strerror}", COULD_NOT_RUN)
        except ScimError as error:
            code = COULD_NOT_RUN if error.status == 401 or isinstance(error, Busy) else 1
            _fail(ctx, _refusal(error), code)
        except ClientError as error:
            _fail(ctx, str(error), COULD_NOT_RUN)


def _fail(ctx: click.Context, message: str, code: int) -> None:
    click.echo(f"scim-client: {printable(message)}", err=True)
    ctx.exit(code)


def _refusal(error: ScimError) -> str:
    kind = f" {error.scim_type}" if error.scim_type else ""
    asked = "".join(f" ({note})" for note in getattr(error, "__notes__", []))
    hint = f"; {HINTS[error.status]}" if error.status in HINTS else ""
    return f"{error.status}{kind}: {error.detail.rstrip('.')}{asked}{hint}"


connected = click.make_pass_decorator(Connection)


@click.group(
    cls=OneLineErrors,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 all well; 1 the server said no; 2 could not run.",
)
@click.option("--url", envvar="SCIM_URL", show_envvar=True, help="The server's base URL.")
@click.option("--token", help="The bearer token.  [env var: SCIM_TOKEN]")
@click.option("--token-env", metavar="NAME", help="Take the bearer token from this variable.")
@click.option("--timeout", default=30.0, show_default=True, help="Seconds to wait for an answer.")
@click.version_option(package_name="scim-toolkit")
@click.pass_context
def main(
    ctx: click.Context, url: str | None, token: str | None, token_env: str | None, timeout: float
) -> None:
    """Look at and change what a SCIM 2.0 server holds.

    \b
    Examples:
      export SCIM_URL=https://app.example/scim/v2 SCIM_TOKEN=...
      scim-client users list --filter 'userName sw "a"'
      scim-client users get 2819c223
      echo '{"userName": "ada"}' | scim-client users create -
      scim-client groups patch e9e30dba operations.json
      scim-client resource /Devices list --json
    """
    ctx.obj = Connection(url, _token(token, token_env), timeout)


def _token(token: str | None, variable: str | None) -> str | None:
    if token is not None and variable is not None:
        raise UsageError("give --token or --token-env, not both")
    if variable is None:
        return token if token is not None else os.environ.get("SCIM_TOKEN")
    if not os.environ.get(variable):
        raise UsageError(f"the variable {variable} named by --token-env is not set, or empty")
    return os.environ[variable]


@main.group()
@connected
def users(connection: Connection) -> None:
    """List, read and change users."""
    connection.path = urns.USERS


@main.group()
@connected
def groups(connection: Connection) -> None:
    """List, read and change groups."""
    connection.path = urns.GROUPS


@main.group()
@click.argument("path")
@connected
def resource(connection: Connection, path: str) -> None:
    """List, read and change what is at any other endpoint, such as /Devices."""
    connection.path = path


@main.command()
@connected
def config(connection: Connection) -> None:
    """Show what the server says it can do (its ServiceProviderConfig)."""
    _show(connection.client().service_provider_config())


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


@main.command()
@as_json
@connected
def schemas(connection: Connection, as_json: bool) -> None:
    """List the schemas that the server knows; --json shows them in full."""
    _show_all(connection.client().schemas(), [], as_json)


@main.command("resource-types")
@as_json
@connected
def resource_types(connection: Connection, as_json: bool) -> None:
    """List the kinds of resources that the server has."""
    _show_all(connection.client().resource_types(), [], as_json)


@click.command("list")
@click.option("--filter", "expression", metavar="F", help="""Such as 'userName eq "ada"'.""")
@click.option("--attributes", metavar="A,B", help="Ask for these alone, and show them.")
@click.option("--excluded-attributes", metavar="A,B", help="Leave these out, such as members.")
@click.option("--sort-by", metavar="A", help="Sort by this attribute.")
@click.option("--count", type=click.IntRange(min=1), help="Resources to ask for at a time.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many resources.")
@as_json
@connected
def list_command(
    connection: Connection,
    expression: str | None,
    attributes: str | None,
    excluded_attributes: str | None,
    sort_by: str | None,
    count: int | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List what a filter finds, or everything: a table, or JSON with one resource a line."""
    found = connection.endpoint().search(
        expression,
        attributes=attributes,
        excluded_attributes=excluded_attributes,
        sort_by=sort_by,
        count=count,
    )
    columns = [name.strip() for name in (attributes or "").split(",") if name.strip()]
    _show_all(islice(found, limit), columns, as_json)


@click.command("get")
@click.argument("id")
@click.option("--attributes", metavar="A,B", help="Ask for these alone.")
@connected
def get_command(connection: Connection, id: str, attributes: str | None) -> None:
    """Show one resource."""
    _show(connection.endpoint().get(id, attributes=attributes))


@click.command("create", epilog=FILE_HELP)
@click.argument("file")
@connected
def create_command(connection: Connection, file: str) -> None:
    """Create a resource from FILE, and show what the server made of it."""
    _show(connection.endpoint().create(_read_object(file)))


@click.command("replace", epilog=FILE_HELP)
@click.argument("id")
@click.argument("file")
@click.option("--etag", help="Only if this is still the version of the resource.")
@connected
def replace_command(connection: Connection, id: str, file: str, etag: str | None) -> None:
    """Replace a whole resource by FILE, and show the result."""
    _show(connection.endpoint().replace(id, _read_object(file), etag=etag))


@click.command("patch", epilog=FILE_HELP)
@click.argument("id")
@click.argument("file")
@connected
def patch_command(connection: Connection, id: str, file: str) -> None:
    """Change a resource by the operations in FILE, and show the result.

    FILE holds a whole PatchOp message, or just its list of operations:

    \b
      [{"op": "replace", "path": "active", "value": false}]
    """
    _show(connection.endpoint().send_patch(id, _read_patch(file)))


@click.command("delete")
@click.argument("id")
@click.option("--etag", help="Only if this is still the version of the resource.")
@connected
def delete_command(connection: Connection, id: str, etag: str | None) -> None:
    """Delete a resource; prints nothing."""
    connection.endpoint().delete(id, etag=etag)


for _group in (users, groups, resource):
    for _command in (
        list_command,
        get_command,
        create_command,
        replace_command,
        patch_command,
        delete_command,
    ):
        _group.add_command(_command)


def _read_object(file: str) -> Resource:
    document = _read(file)
    if not isinstance(document, dict):
        raise UsageError(f"{_name(file)}: a resource is a JSON object: {{...}}")
    return document


def _read_patch(file: str) -> Resource:
    document = _read(file)
    if isinstance(document, list):
        return {"schemas": [urns.PATCH_OP], "Operations": document}
    if isinstance(document, dict) and any(key.lower() == "operations" for key in document):
        return document
    raise UsageError(
        f"{_name(file)}: neither a PatchOp message nor a list of operations: [{{...}}]"
    )


def _read(file: str) -> object:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    try:
        return orjson.loads(data.removeprefix(BOM))
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{_name(file)} is not JSON: {error}") from error


def _name(file: str) -> str:
    return "standard input" if file == "-" else file


def _show(resource: Resource) -> None:
    click.echo(orjson.dumps(resource, option=orjson.OPT_INDENT_2).decode())


def _show_all(resources: Iterable[Resource], columns: list[str], as_json: bool) -> None:
    if as_json:
        for each in resources:
            click.echo(orjson.dumps(each).decode())
        return
    rows: list[Resource] = []
    try:
        for each in resources:
            rows.append(each)
    finally:  # what has come is shown, also where the list breaks off with an error
        for line in table(rows, columns) if rows else []:
            click.echo(line)
    if not rows:
        click.echo("nothing found", err=True)
