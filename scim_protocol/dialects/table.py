"""The dialects, each with who sends it; the order is that in which they are applied."""

from typing import Final

from scim_protocol.dialects import bodies, operations, settling
from scim_protocol.dialects.filters import COMPARED_VALUE_PATH, UNQUOTED_VALUE
from scim_protocol.dialects.kinds import Dialect
from scim_protocol.dialects.requests import (
    EXTRA_SLASHES,
    METHOD_IN_ANY_CASE,
    UNQUOTED_TAG,
    UNTYPED_BODY,
)
from scim_protocol.relaxing import boolean_of_text

# Dialects that are met outside of their rewriting: in filters, in members, in what is stored.
BARE_NAME: Final = "bare-extension-name"
BOOLEANS: Final = "text-for-boolean"
MEMBER_TYPE: Final = "mistaken-member-type"
UNPREPARED: Final = "unprepared-text"

_COMPATIBILITY: Final = "Microsoft Learn, SCIM 2.0 compliance issues of Entra ID"
_OPERATIONS: Final = (
    Dialect(
        "operation-in-any-case",
        "Entra ID without aadOptscim062020 sends Add, Replace, Remove",
        _COMPATIBILITY,
        rewrite=operations.in_any_case,
    ),
    Dialect(
        "ids-in-value",
        "Okta and authentik repeat id and schemas in a path-less value",
        "Okta developer documentation, SCIM 2.0; goauthentik/authentik PR 23950",
        rewrite=operations.without_ids,
    ),
    Dialect(
        BARE_NAME,
        "Entra ID of 2017 to 2019 sends manager without the URN of its extension",
        "Microsoft Learn, use SCIM to provision users (2017)",
        rewrite=operations.with_extension_names,
    ),
    Dialect(
        "paths-as-keys",
        "Entra ID with aadOptscim062020 sends name.familyName as a key of a path-less value",
        "pingidentity/scim2 issue 224, thomaspoignant/scim-patch PR 133",
        rewrite=operations.paths_apart,
    ),
)
_SCHEMAS: Final = (
    Dialect(
        "foreign-schemas",
        "OneLogin names urn:scim:schemas:core:2.0 in schemas, Entra ID did ADSCIM/Group",
        "goauthentik/authentik issue 11249; Microsoft Learn, use SCIM to provision users",
        body=bodies.without_foreign_schemas,
    ),
    Dialect(
        "repeated-schemas",
        "OneLogin sends schemas from a template that an administrator types",
        "scim.dev, guide to OneLogin",
        body=bodies.without_repeated_schemas,
    ),
    Dialect(
        "unlisted-schemas",
        "Entra ID sends a custom extension's data without its URN in schemas",
        "Microsoft Learn, customise attribute mappings",
        body=bodies.with_all_schemas,
    ),
)
_VALUES: Final = (
    Dialect(
        "wrapped-value",
        "Entra ID of 2017 to 2019 wraps a single value of a PATCH in a list of objects",
        "MicrosoftDocs/azure-docs issue 42220",
        rewrite=operations.unwrapped,
    ),
    Dialect(
        "json-in-value",
        "Entra ID with AppRoleAssignmentsComplex sends a role as JSON text inside of its value",
        "Captain-P-Goldfish/SCIM-SDK issue 516",
        value=bodies.decoded,
        by_default=False,
    ),
    Dialect(
        "unknown-attributes",
        "OneLogin's templates, Entra ID's roles and others have attributes of no schema",
        "scim.dev, guide to OneLogin; AzureAD/SCIMReferenceCode issue 20",
        body=bodies.without_unknown_attributes,
        value=bodies.without_unknown_parts,
        rewrite=operations.without_unknown_names,
    ),
    Dialect(
        "read-only-parts",
        "Entra ID, Okta and others repeat manager.displayName as they have read it",
        "RFC 7643 §4.3, where the service provider sets it; Okta developer documentation, SCIM 2.0",
        rewrite=operations.without_read_only_parts,
    ),
    Dialect(
        "empty-reference",
        "Microsoft's SCIM validator removes a manager by an empty value",
        "reports of scimvalidator.microsoft.com",
        value=bodies.nothing_for_empty_reference,
        rewrite=operations.removal_for_nothing,
    ),
    Dialect(
        BOOLEANS,
        "Entra ID sends active and primary as True or False in quotes",
        f"{_COMPATIBILITY}; AzureAD/SCIMReferenceCode issue 21, scimmyjs/scimmy issue 86",
        value=boolean_of_text,
        rewrite=operations.with_booleans_in_path,
    ),
    Dialect(
        "bare-reference",
        "Entra ID and others send a manager or a member as its id",
        "Captain-P-Goldfish/SCIM-SDK issue 686, apache/directory-scimple issue 1242",
        value=bodies.reference_of_id,
    ),
)
_REMOVALS: Final = (
    Dialect(
        "removal-of-listed-values",
        "Entra ID, authentik and ssosync remove members by a list of values",
        f"{_COMPATIBILITY}; awslabs/ssosync; AzureAD/SCIMReferenceCode, Core2EnterpriseUser",
        rewrite=operations.listed_values_apart,
        settle=settling.removed_if_equal,
    ),
    Dialect(
        "unmatched-value",
        "Entra ID adds and replaces emails[type eq work].value where no such e-mail exists",
        "Captain-P-Goldfish/SCIM-SDK issue 416",
        settle=settling.created_value,
    ),
    Dialect(
        MEMBER_TYPE,
        "clients that fill a template send one type for members of every type",
        "RFC 7643 §2.4, where `type` is a label of a value; §4.2, where it is the member's type",
    ),
    Dialect(
        UNPREPARED,
        "directories have user names with spaces and signs that PRECIS does not admit",
        "RFC 7644 §5, RFC 7613 §3.2",
    ),
)
_REQUESTS: Final = (
    Dialect(
        COMPARED_VALUE_PATH,
        "Entra ID matches with emails[type eq work].value eq",
        "Microsoft Learn, use SCIM to provision users",
    ),
    Dialect(
        UNQUOTED_VALUE,
        "authentik until 2025 and Microsoft's documents send userName eq ada",
        "goauthentik/authentik issue 16455; AzureAD/SCIMReferenceCode issue 44",
        by_default=False,
    ),
    Dialect(
        EXTRA_SLASHES,
        "Microsoft's requests for Postman have a slash before the query",
        "AzureAD/SCIMReferenceCode issue 44",
    ),
    Dialect(
        METHOD_IN_ANY_CASE,
        "clients that write the method of a bulk operation as their HTTP library does: post, Put",
        "RFC 7644 §3.7, which names the methods in capitals",
    ),
    Dialect(
        UNTYPED_BODY,
        "clients on bare HTTP libraries send a body without Content-Type",
        "OneLogin's and others' minimal requests",
    ),
    Dialect(
        UNQUOTED_TAG,
        "clients that take the quotes of meta.version for JSON's send If-Match without them",
        "RFC 7644 §3.14, whose versions are text in quotes within text",
    ),
)
DIALECTS: Final = (*_OPERATIONS, *_SCHEMAS, *_VALUES, *_REMOVALS, *_REQUESTS)
