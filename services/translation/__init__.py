"""Translation: texts, live text, documents and speech between Kazakh, Russian and English."""
