"""The room's modules and public names, pinned; and what it must not stand on."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import scim_protocol

ROOM = Path(scim_protocol.__file__).parent

PUBLIC = {
    "assignment": (
        "add_values assign keep_one_primary listed refuse_immutable replacement unassign"
    ),
    "catalog": "Catalog",
    "datatypes": "ADMITS EXPECTED fold fold_name parse_date_time",
    "definitions": (
        "Attribute COMMON_ATTRIBUTES Document PASSWORD ResourceModel ResourceType Schema "
        "SchemaExtension TYPES Target USERNAME UnknownAttribute"
    ),
    "dialects": (
        "ABSENT_MEMBER BARE_NAME DIALECTS Dialect Noted Rewrite Settle VALUES relax_filter "
        "relax_operations relax_resource settle_operation"
    ),
    "document_shapes": (
        "Flag Found Keyword Listed Members Object Prose Text Urn as_list raise_all shown"
    ),
    "documents": "DocumentError Extending Problem read_document",
    "errors": (
        "BadRequest Conflict ExpiredCursor Forbidden InternalError InvalidCount InvalidCursor "
        "InvalidFilter InvalidPath InvalidSyntax InvalidValue InvalidVersion MethodNotAllowed "
        "Mutability NoTarget NotFound NotImplementedByServer PayloadTooLarge PreconditionFailed "
        "ScimError Sensitive TooMany Unauthorized Uniqueness UnsupportedMediaType error_from"
    ),
    "etag": "Preconditions format_version",
    "filter": (
        "And AttributePath COMPARISONS Comparison Filter FilterReader Literal MAX_DEPTH "
        "MAX_LENGTH MAX_TERMS Not Or Present ValuePath has_value_path parse_attribute_path "
        "parse_filter print_filter print_literal"
    ),
    "listing": "Page sort_key sort_resources sort_target",
    "matching": "Predicate Resolve Values compile_filter compile_value_filter values_of",
    "messages": (
        "BulkOperation BulkRequest Query bulk_response list_response parse_bulk parse_patch "
        "parse_search patch_request"
    ),
    "patch": "OPERATIONS Operation Place Settle apply_patch find_place",
    "path": "PatchPath parse_patch_path",
    "projection": "Names Projection",
    "relaxing": "attribute_named is_reference place_of qualify_filter qualify_path relax_filter "
    "relax_inside relax_value",
    "resource": (
        "Resource Unknown check_create check_replace check_value distinct holds_undefined "
        "require_assigned schemas_of"
    ),
    "urns": (
        "BULK BULK_REQUEST BULK_RESPONSE ENTERPRISE_USER ERROR GROUP GROUPS JSON LIST_RESPONSE "
        "ME PATCH_OP RESOURCE_TYPE RESOURCE_TYPES SCHEMA SCHEMAS SCIM_JSON SEARCH "
        "SEARCH_REQUEST SERVICE_PROVIDER_CONFIG SERVICE_PROVIDER_CONFIGS USER USERS"
    ),
}


def defined_names(module: str) -> set[str]:
    """Return the public names that a module's own text gives a meaning."""
    names: set[str] = set()
    for node in ast.parse((ROOM / f"{module}.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return {name for name in names if not name.startswith("_")}


def test_the_modules_are_these() -> None:
    assert set(PUBLIC) == {file.stem for file in ROOM.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_names_of_a_module_are_these(module: str) -> None:
    assert set(PUBLIC[module].split()) == defined_names(module)


@pytest.mark.parametrize("module", PUBLIC)
def test_everything_public_says_what_it_is(module: str) -> None:
    loaded = importlib.import_module(f"scim_protocol.{module}")

    assert loaded.__doc__
    for name in defined_names(module):
        value = getattr(loaded, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name


def test_the_room_imports_no_transport_no_store_and_no_clock() -> None:
    script = "\n".join(f"import scim_protocol.{module}" for module in PUBLIC)
    listing = "import sys; print(' '.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", f"{script}\n{listing}"], capture_output=True, text=True, check=True
    )

    assert not set(run.stdout.split()) & {
        "flask", "werkzeug", "requests", "urllib3", "sqlite3", "sqlite_utils", "click",
    }  # fmt: skip


def test_the_room_imports_itself_and_marshmallow_only() -> None:
    imported = set()
    for file in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).partition(".")[0])
            elif isinstance(node, ast.Import):
                imported.update(alias.name.partition(".")[0] for alias in node.names)

    assert {"scim_protocol", "marshmallow"} == imported - set(sys.stdlib_module_names)
    assert not imported & {"time", "random", "secrets", "uuid", "os", "socket", "sqlite3"}


def test_the_room_is_typed() -> None:
    assert (ROOM / "py.typed").is_file()
