"""SCIM 2.0 as a pure library: schemas, filters, PATCH, projection, messages, errors.

No I/O, no clock, no randomness: the server, the client and the provisioner stand on it, and each
module can be read beside the RFC section that it names.
"""
