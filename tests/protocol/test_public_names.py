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
        "add_values assign assign_each copied keep_one_primary listed merged refuse_immutable "
        "refuse_read_only_parts replacement unassign without_doubles"
    ),
    "catalog": "Catalog",
    "datatypes": "ADMITS CAN_BE_UNIQUE EXPECTED fold fold_name parse_date_time",
    "definitions": (
        "Attribute COMMON_ATTRIBUTES Document PASSWORD ResourceModel ResourceType Schema "
        "SchemaExtension TYPES Target USERNAME UnknownAttribute"
    ),
    "dialects": (
        "BY_DEFAULT NONE OPTIONAL read_filter relax_filter relax_media_type relax_method "
        "relax_name relax_operations relax_path relax_preconditions relax_resource settle_operation"
    ),
    "dialects.bodies": (
        "decoded is_empty_reference nothing_for_empty_reference reference_of_id "
        "with_all_schemas without_foreign_schemas without_repeated_schemas "
        "without_unknown_attributes without_unknown_parts"
    ),
    "dialects.filters": "COMPARED_VALUE_PATH UNQUOTED_VALUE read relax_booleans relax_names",
    "dialects.kinds": "Body Dialect Noted Rewrite Settle Spoken Value note",
    "dialects.operations": (
        "in_any_case listed_values_apart paths_apart removal_for_nothing reworked_parts "
        "with_booleans_in_path with_extension_names with_value without_ids "
        "unwrapped without_read_only_parts without_unknown_names"
    ),
    "dialects.requests": (
        "EXTRA_SLASHES METHOD_IN_ANY_CASE UNQUOTED_TAG UNTYPED_BODY relax_media_type relax_method "
        "relax_path relax_preconditions"
    ),
    "dialects.settling": "created_value removed_if_equal",
    "dialects.table": "BARE_NAME BOOLEANS DIALECTS MEMBER_TYPE UNPREPARED",
    "document_shapes": (
        "Flag Found Keyword Listed Members Object Prose Text Urn as_list raise_all shown"
    ),
    "documents": "DocumentError Extending Problem doubts read_document",
    "errors": (
        "BadRequest Conflict ExpiredCursor Forbidden InternalError InvalidCount InvalidCursor "
        "InvalidFilter InvalidPath InvalidSyntax InvalidValue InvalidVersion MethodNotAllowed "
        "Mutability NoTarget NotFound NotImplementedByServer PayloadTooLarge PreconditionFailed "
        "ScimError Sensitive TooMany Unauthorized Uniqueness UnsupportedMediaType error_from "
        "shortened"
    ),
    "etag": "Preconditions format_version",
    "filter": (
        "And AttributePath COMPARISONS Comparison Filter FilterReader Literal MAX_DEPTH "
        "MAX_LENGTH MAX_TERMS Not Or Present ValuePath has_value_path names_equated "
        "parse_attribute_path parse_filter print_filter print_literal"
    ),
    "listing": "MOST_EXACT Page sort_key sort_resources sort_target",
    "matching": (
        "Effort Found Predicate Resolve Values compile_filter compile_value_filter count_terms "
        "values_of"
    ),
    "messages": (
        "BulkOperation BulkRequest PARAMETERS Query bulk_response list_response parse_bulk "
        "parse_patch parse_search patch_request"
    ),
    "patch": "OPERATIONS Operation Settle apply_patch by_core_urn",
    "place": "Place find_place",
    "path": "PatchPath parse_patch_path",
    "plain": "OTHER plain_resource plain_value",
    "projection": "Names Projection listed_names",
    "relaxing": (
        "Change attribute_named boolean_of_text is_reference place_of qualify_filter qualify_path "
        "relax_filter relax_inside rework"
    ),
    "requirements": "require_assigned",
    "resource": (
        "Resource UNASSIGNED Unknown as_values check_create check_replace check_value distinct "
        "holds_undefined names_schema repeats_its_schema schemas_of without_primary"
    ),
    "urns": (
        "BULK BULK_REQUEST BULK_RESPONSE ENTERPRISE_USER ERROR GROUP GROUPS JSON LIST_RESPONSE "
        "ME PATCH_OP RESOURCE_TYPE RESOURCE_TYPES SCHEMA SCHEMAS SCIM_JSON SEARCH "
        "SEARCH_REQUEST SERVICE_PROVIDER_CONFIG SERVICE_PROVIDER_CONFIGS USER USERS"
    ),
}


def file_of(module: str) -> Path:
    """Return the file of a module, or of a package's own text."""
    path = ROOM.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def module_of(file: Path) -> str:
    """Return the name of the module in a file, within the room."""
    parts = file.relative_to(ROOM).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def defined_names(module: str) -> set[str]:
    """Return the public names that a module's own text gives a meaning."""
    names: set[str] = set()
    for node in ast.parse(file_of(module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return {name for name in names if not name.startswith("_")}


def test_the_modules_are_these() -> None:
    assert set(PUBLIC) == {module_of(file) for file in ROOM.rglob("*.py")} - {""}


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
    for file in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).partition(".")[0])
            elif isinstance(node, ast.Import):
                imported.update(alias.name.partition(".")[0] for alias in node.names)

    assert {"scim_protocol", "marshmallow"} == imported - set(sys.stdlib_module_names)
    assert not imported & {"time", "random", "secrets", "uuid", "os", "socket", "sqlite3"}


def test_the_room_is_typed() -> None:
    assert (ROOM / "py.typed").is_file()
