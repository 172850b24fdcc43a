"""Recipes: how models that Dauys ships were trained. Nothing that runs imports from here."""
