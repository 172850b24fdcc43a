"""Word lists of line breaking, one TOML file a language."""
