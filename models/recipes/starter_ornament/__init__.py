"""The recipe of the starter ornament model: procedural Kazakh ornaments and their captions."""
