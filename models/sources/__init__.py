"""Where models come from: a local mirror, a model hub, a package registry. One module each."""
