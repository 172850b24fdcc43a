"""The vocabulary that every room speaks: errors, languages, media time, words."""
