"""Who may come in: bearer tokens (RFC 6750), and OAuth clients that get them (RFC 6749 §4.4)."""
