"""Where models come from: one module each.

A local mirror, a model hub, a package registry, a conversion, or this distribution itself.
"""
