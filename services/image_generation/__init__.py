"""Image generation: the service, its gallery, and pictures that say that they are synthetic.

Files are signed by ``provenance`` and ``signing``, which need the extra ``images``; whatever else
is here runs without it, so that every server can say what it lacks.
"""
