"""The plain_text format."""
