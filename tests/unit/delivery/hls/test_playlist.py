"""Playlists by RFC 8216, read back by a parser that is not ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES
from foundation.media_time import from_seconds
from streaming.delivery.hls.config import HlsConfig
from streaming.delivery.hls.playlist import (
    Continuation,
    MediaPlaylist,
    Variant,
    continuation,
    multivariant_playlist,
)
from streaming.delivery.renditions import Rendition
from streaming.delivery.segments import Entry

DATE = datetime(2026, 3, 1, 9, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=5)))


def entry(number: int, seconds: float = 4, discontinuity: int = 0, gap: bool = False) -> Entry:
    return Entry(number, discontinuity, from_seconds(seconds), f"ru-{number}.vtt", DATE, gap)


def parsed(playlist: MediaPlaylist) -> m3u8.M3U8:
    return m3u8.loads(playlist.render().decode())


def test_the_text_of_a_live_playlist() -> None:
    playlist = MediaPlaylist(4, from_seconds(12))
    playlist.append(entry(7))
    playlist.append(entry(8, 2.5))
    playlist.append(entry(9, discontinuity=1, gap=True))
    assert playlist.render().decode() == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:8\n"
        "#EXT-X-TARGETDURATION:4\n"
        "#EXT-X-MEDIA-SEQUENCE:7\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T04:00:00.500Z\n"
        "#EXTINF:4.000000,\nru-7.vtt\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T04:00:00.500Z\n"
        "#EXTINF:2.500000,\nru-8.vtt\n"
        "#EXT-X-DISCONTINUITY\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T04:00:00.500Z\n"
        "#EXT-X-GAP\n"
        "#EXTINF:4.000000,\nru-9.vtt\n"
    )


def test_an_event_playlist_loses_nothing_and_ends() -> None:
    playlist = MediaPlaylist(4, None)
    assert not any(playlist.append(entry(n)) for n in range(100))
    playlist.ended = True
    read = parsed(playlist)
    assert read.playlist_type == "event"
    assert len(read.segments) == 100
    assert read.is_endlist


lengths = st.lists(
    st.tuples(st.floats(0.02, 4), st.booleans(), st.booleans()), min_size=1, max_size=60
)


@given(lengths, st.integers(12, 60))
def test_a_live_playlist_obeys_the_rules_after_every_segment(
    segments: Sequence[tuple[float, bool, bool]], window: int
) -> None:
    playlist = MediaPlaylist(4, from_seconds(window))
    before: m3u8.M3U8 | None = None
    discontinuity = 0
    gone: list[str] = []
    for number, (seconds, breaks, gap) in enumerate(segments):
        discontinuity += breaks and number > 0
        gone += [e.uri for e in playlist.append(entry(number, seconds, discontinuity, gap))]
        read = parsed(playlist)
        # EXTINF, rounded, is at most the target duration (§4.3.3.1), which never changes.
        assert read.target_duration == 4
        assert all(s.duration > 0 and round(s.duration) <= 4 for s in read.segments)
        listed = [s.uri for s in read.segments]
        assert gone + listed == [f"ru-{n}.vtt" for n in range(number + 1)]
        # The sequence number rises by one for each segment removed (§6.2.2).
        assert read.media_sequence == len(gone)
        # What stays is at least three target durations long, if there is so much (§6.2.2).
        assert not gone or sum(s.duration for s in read.segments) >= 12 - 0.001
        # Discontinuities are counted on when their segment goes (§4.3.3.3).
        total = (read.discontinuity_sequence or 0) + sum(s.discontinuity for s in read.segments)
        assert total == discontinuity
        if before is not None:
            assert read.media_sequence >= before.media_sequence
        before = read


def test_numbers_go_on_after_an_earlier_run() -> None:
    playlist = MediaPlaylist(4, from_seconds(12))
    for number in range(10):
        playlist.append(entry(number, discontinuity=number // 4))
    before = continuation(playlist.render().decode())
    assert (before.number, before.discontinuity) == (10, 3)
    assert before.uris == ("ru-7.vtt", "ru-8.vtt", "ru-9.vtt")
    assert continuation("") == Continuation()


def test_the_multivariant_playlist_names_the_tracks_in_their_own_languages() -> None:
    text = multivariant_playlist(
        [
            Rendition("source", ("kk", "ru")),
            Rendition("ru", ("ru",), translated=True),
            Rendition("en", ("en",), translated=True),
        ],
        [Variant("media.m3u8", 3_000_000, "avc1.64001f,mp4a.40.2", 1280, 720)],
    ).decode()
    read = m3u8.loads(text)
    spoken, russian, english = read.media
    assert [m.name for m in read.media] == ["Қазақша / Русский", "Русский", "English"]
    assert [m.language for m in read.media] == ["mul", "ru", "en"]
    assert [m.default for m in read.media] == ["YES", "NO", "NO"]
    assert {m.autoselect for m in read.media} == {"YES"}
    assert spoken.characteristics == "public.accessibility.transcribes-spoken-dialog"
    assert russian.characteristics is None
    assert english.uri == "en.m3u8"
    (variant,) = read.playlists
    assert variant.stream_info.subtitles == spoken.group_id
    assert variant.stream_info.closed_captions == "NONE"
    assert variant.stream_info.resolution == (1280, 720)
    assert "CLOSED-CAPTIONS=NONE" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_into_the_spoken_language_has_another_name(language: str) -> None:
    spoken = Rendition("source", (language,))  # type: ignore[arg-type]
    translated = Rendition(language, (language,), translated=True)  # type: ignore[arg-type]
    read = m3u8.loads(multivariant_playlist([spoken, translated], []).decode())
    assert len({media.name for media in read.media}) == 2


def test_latin_kazakh_is_named_and_tagged_so() -> None:
    spoken = Rendition("source", ("kk", "ru"), latin=True)
    translated = Rendition("kk", ("kk",), translated=True, latin=True)
    read = m3u8.loads(multivariant_playlist([spoken, translated], []).decode())
    assert [m.name for m in read.media] == ["Qazaqşa / Русский", "Qazaqşa"]
    assert [m.language for m in read.media] == ["mul", "kk-Latn"]


def test_names_that_make_no_file_or_stand_twice_are_refused() -> None:
    with pytest.raises(InvalidArgument):
        Rendition("../ru", ("ru",))
    with pytest.raises(InvalidArgument):
        multivariant_playlist([Rendition("a", ("ru",)), Rendition("b", ("ru",))], [])


@pytest.mark.parametrize(
    "figures",
    [
        {"segment_seconds": 0.5},
        {"segment_seconds": float("nan")},
        {"window_seconds": 11.0},
        {"hold_seconds": -1.0},
        {"video_delay_seconds": 10.5},
        {"video": "encode"},
    ],
)
def test_figures_out_of_their_bounds_are_refused(figures: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument):
        HlsConfig(**figures)  # type: ignore[arg-type]


def test_neighbours_in_the_playlist_are_neighbours_in_time() -> None:
    playlist = MediaPlaylist(4, None)
    for number in range(5):
        start = DATE + timedelta(seconds=4 * number)
        playlist.append(Entry(number, 0, from_seconds(4), f"ru-{number}.vtt", start))
    dates = [segment.program_date_time for segment in parsed(playlist).segments]
    assert {later - earlier for earlier, later in pairwise(dates)} == {timedelta(seconds=4)}
