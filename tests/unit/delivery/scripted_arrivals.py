"""A scripted output of one track that shows text as it comes."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.delivery import scripted_output

KIND = replace(scripted_output.KIND, name="arrivals", timed=False, single_track=True)
