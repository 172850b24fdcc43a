"""TextToSpeech: text and SSML in, synthetic speech out."""
