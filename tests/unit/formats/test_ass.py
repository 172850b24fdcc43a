"""ASS scripts, to the byte and as libass draws them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from foundation.errors import InvalidArgument
from streaming.cues.model import Cue
from streaming.formats import encode_track
from streaming.formats.ass import AssConfig
from streaming.formats.ass.writer import AssWriter
from streaming.formats.interface import TrackOptions
from tests.unit.formats.tracks import KAZAKH, seconds

WIDTH, HEIGHT = 640, 360


def test_exact_script() -> None:
    cues = [
        Cue(1, seconds(0.5), seconds(3661) + 450, ("Сәлем, <әлем>", "екінші жол"), "kk"),
        Cue(2, -90, -45, ("{\\b1}x\\Ny", "\n"), "en"),
    ]
    track = encode_track(cues, "ass", TrackOptions(title="Жаңалықтар\nдайджест"))
    assert (track.media_type, track.extension, len(track.losses)) == ("text/x-ssa", ".ass", 0)
    assert track.data.decode() == (
        "[Script Info]\n"
        "; Automatic subtitles, not checked by a person.\n"
        "Title: Жаңалықтар дайджест\n"
        "ScriptType: v4.00+\nPlayResX: 1920\nPlayResY: 1080\n"
        "WrapStyle: 0\nScaledBorderAndShadow: yes\nYCbCr Matrix: TV.709\n\n"
        "[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour,"
        " BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle,"
        " BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
        "Style: Default,DejaVu Sans,58,&H00FFFFFF,&H00FFFFFF,&H00000000,&H80000000,"
        "0,0,0,0,100,100,0,0,1,3,1,2,192,192,108,1\n\n"
        "[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:00.50,1:01:01.01,Default,,0,0,0,,Сәлем, <әлем>\\Nекінші жол\n"
        "Dialogue: 0,0:00:00.00,0:00:00.01,Default,,0,0,0,,\\{\\\u2060b1\\}x\\\u2060Ny\n"
    )


@pytest.mark.parametrize("wrong", [{"font": "A,B"}, {"font_size": 1}, {"safe_margin_percent": 50}])
def test_looks_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument):
        AssConfig(**wrong)  # type: ignore[arg-type]


def drawn(script: str, folder: Path, frames: int = 1) -> NDArray[np.uint8]:
    """Brightness [frames, HEIGHT, WIDTH] of a black film with the script's text, one a second."""
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    matplotlib = pytest.importorskip("matplotlib")
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    (folder / "script.ass").write_text(script, encoding="utf-8")
    result = subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            *("-loglevel", "error", "-f", "lavfi", "-i"),
            f"color=black:size={WIDTH}x{HEIGHT}:rate=1:duration={frames}",
            *("-vf", f"ass=script.ass:fontsdir={fonts}", "-fps_mode", "passthrough"),
            *("-pix_fmt", "gray", "-f", "rawvideo", "-"),
        ],
        cwd=folder,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return np.frombuffer(result.stdout, np.uint8).reshape(frames, HEIGHT, WIDTH)


def script(text: tuple[str, ...], config: AssConfig | None = None) -> str:
    writer = AssWriter(config)
    return writer.header() + writer.cue(Cue(1, 0, seconds(2), text, "kk"))


@pytest.mark.parametrize("place", ["bottom", "top"])
@pytest.mark.parametrize("background", ["outline", "box"])
def test_two_lines_of_42_letters_stand_in_the_safe_area(
    tmp_path: Path, place: str, background: str
) -> None:
    config = AssConfig(place=place, background=background)  # type: ignore[arg-type]
    picture = drawn(script((KAZAKH, "б" * 42), config), tmp_path)[0]
    rows, columns = np.nonzero(picture > 100)
    assert columns.min() >= 0.1 * WIDTH - 1
    assert columns.max() <= 0.9 * WIDTH
    assert rows.min() >= 0.1 * HEIGHT - 1
    assert rows.max() <= 0.9 * HEIGHT
    height = rows.max() - rows.min()
    assert 20 < height < 45, "two lines, not one and not three"
    assert rows.max() > 0.8 * HEIGHT if place == "bottom" else rows.min() < 0.2 * HEIGHT


def test_every_letter_is_drawn_and_none_as_another(tmp_path: Path) -> None:
    # The last has no glyph in any font: what libass draws for a letter that a font lacks.
    letters = [*KAZAKH, *KAZAKH.upper(), "\U000f0000"]
    writer = AssWriter()
    cues = [
        Cue(at + 1, seconds(at), seconds(at + 1), (letter,), "kk")
        for at, letter in enumerate(letters)
    ]
    film = drawn(writer.header() + "".join(map(writer.cue, cues)), tmp_path, len(letters))
    assert len({frame.tobytes() for frame in film}) == len(letters) == 85


def test_orders_in_the_text_are_text(tmp_path: Path) -> None:
    """Braces are drawn; what would hide the text or break the line does not."""
    plain = np.count_nonzero(drawn(script(("(ab)",)), tmp_path)[0] > 100)
    hidden = np.count_nonzero(drawn(script(("{ab}",)), tmp_path)[0] > 100)
    assert hidden > 0.8 * plain
    rows, _ = np.nonzero(drawn(script(("a\\Nb",)), tmp_path)[0] > 100)
    assert rows.max() - rows.min() < 24
