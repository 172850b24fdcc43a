"""Adapters of other live recognisers; each runs in a virtual environment of its own."""
