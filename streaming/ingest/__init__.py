"""Audio from anywhere: URLs and files through an ffmpeg child, or pushed by a client."""
