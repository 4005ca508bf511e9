"""How sections are called in what people read."""

from conformance.check import Check
from conformance.profiles.step import Step

_TITLES = {
    "rfc7643/2.1": "Attributes",
    "rfc7643/2.2": "Attribute characteristics",
    "rfc7643/2.3": "Data types",
    "rfc7643/2.3.1": "String",
    "rfc7643/2.3.2": "Boolean",
    "rfc7643/2.3.3": "Decimal",
    "rfc7643/2.3.4": "Integer",
    "rfc7643/2.3.5": "DateTime",
    "rfc7643/2.3.6": "Binary",
    "rfc7643/2.3.7": "Reference",
    "rfc7643/2.3.8": "Complex",
    "rfc7643/2.4": "Multi-valued attributes",
    "rfc7643/2.5": "Unassigned and null values",
    "rfc7643/3": "Resources",
    "rfc7643/3.1": "Common attributes",
    "rfc7643/3.2": "Defining new resource types",
    "rfc7643/3.3": "Extensions of resources",
    "rfc7643/4.1": "User",
    "rfc7643/4.1.1": "User: single values",
    "rfc7643/4.1.2": "User: multi-valued attributes",
    "rfc7643/4.2": "Group",
    "rfc7643/4.3": "Enterprise user",
    "rfc7643/5": "ServiceProviderConfig",
    "rfc7643/6": "ResourceTypes",
    "rfc7643/7": "Schemas",
    "rfc7643/8": "JSON representation",
    "rfc7643/9.2": "Passwords and other sensitive data",
    "rfc7643/9.3": "Privacy",
    "rfc7644/2": "Authentication and authorization",
    "rfc7644/3.1": "Background",
    "rfc7644/3.2": "Endpoints and methods",
    "rfc7644/3.3": "Creating resources",
    "rfc7644/3.3.1": "Creating: resource types",
    "rfc7644/3.4.1": "Reading a resource",
    "rfc7644/3.4.2": "Querying resources",
    "rfc7644/3.4.2.1": "Where to query",
    "rfc7644/3.4.2.2": "Filters",
    "rfc7644/3.4.2.3": "Sorting",
    "rfc7644/3.4.2.4": "Pages by index",
    "rfc7644/3.4.2.5": "Attributes of a query",
    "rfc7644/3.4.3": "Querying by POST",
    "rfc7644/3.5": "Modifying resources",
    "rfc7644/3.5.1": "Replacing by PUT",
    "rfc7644/3.5.2": "Modifying by PATCH",
    "rfc7644/3.5.2.1": "PATCH: add",
    "rfc7644/3.5.2.2": "PATCH: remove",
    "rfc7644/3.5.2.3": "PATCH: replace",
    "rfc7644/3.6": "Deleting resources",
    "rfc7644/3.7": "Bulk",
    "rfc7644/3.7.1": "Bulk: circular references",
    "rfc7644/3.7.2": "Bulk: bulkId",
    "rfc7644/3.7.3": "Bulk: answers and errors",
    "rfc7644/3.7.4": "Bulk: limits",
    "rfc7644/3.8": "Media types",
    "rfc7644/3.9": "attributes and excludedAttributes",
    "rfc7644/3.10": "Notation of attributes",
    "rfc7644/3.11": "/Me",
    "rfc7644/3.12": "Statuses and errors",
    "rfc7644/3.13": "Versions of the protocol",
    "rfc7644/3.14": "Versions of resources: ETags",
    "rfc7644/4": "Discovery",
    "rfc7644/5": "Text that is compared",
    "rfc7644/6": "Many tenants",
    "rfc7644/7": "Security",
    "rfc9865/2": "Pages by cursor",
    "rfc9865/2.1": "Errors of pages",
    "rfc9865/2.2": "Sorted pages",
    "rfc9865/2.3": "Cursors as the only way",
    "rfc9865/2.4": "Cursors and indexes",
    "rfc9865/3": "Pages by POST",
    "rfc9865/4": "Pages in ServiceProviderConfig",
    "rfc9865/5.2": "Confidentiality of pages",
}


def heading(check: Check) -> str:
    """Return the section of a check as a reader knows it: RFC 7644 §3.3, or a provider's name."""
    if isinstance(check, Step):
        return f"Profile {check.profile}: {check.title}"
    rfc, _, number = check.section.partition("/")
    return f"RFC {rfc[3:]} §{number}"


def subject(check: Check) -> str:
    """Return what the section of a check is about, in a few words; nothing where that is said."""
    return _TITLES.get(check.section, "")
