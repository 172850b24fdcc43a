"""Words become cues."""
