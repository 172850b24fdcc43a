"""A small Kazakh, Russian and English translator, trained on openly licensed text."""
