"""What a file may say of outputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from foundation.errors import InvalidArgument
from streaming.delivery.hls.kind import HlsOutputConfig
from streaming.delivery.specs import (
    MAX_OUTPUTS,
    OutputSpec,
    check_together,
    read_short,
    read_specs,
    renamed,
)

pytestmark = pytest.mark.usefixtures("opened")


def read(folder: Path, text: str) -> tuple[OutputSpec, ...]:
    path = folder / "outputs.toml"
    path.write_text(text, encoding="utf-8")
    return read_specs(path)


def test_a_file_of_outputs(tmp_path: Path) -> None:
    air, archive = read(
        tmp_path,
        """
        [[output]]
        kind = "hls"
        folder = "/srv/air"
        segment_seconds = 2
        video = "copy"
        offset = -0.5

        [[output]]
        kind = "hls"
        name = "archive"
        folder = "/srv/archive"
        window_seconds = 0
        tracks = ["source", "ru"]
        """,
    )
    assert (air.name, air.offset, air.needs_media) == ("hls", -45_000, True)
    assert air.config == HlsOutputConfig(folder=Path("/srv/air"), segment_seconds=2.0, video="copy")
    assert (archive.name, archive.tracks) == ("archive", ("source", "ru"))
    assert archive.root == Path("/srv/archive")


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('folder = "x"', "output[0].kind: is missing or no text"),
        ('kind = "betamax"', "output[0].kind: 'betamax' is not one of hls"),
        ('kind = "hls"', "output[0].folder: is missing"),
        ('kind = "hls"\nfolder = "x"\nsegments = 4', "output[0].segments: is unknown; want"),
        ('kind = "hls"\nfolder = 7', "output[0].folder: Input is not a valid path"),
        (
            'kind = "hls"\nfolder = "x"\nsegment_seconds = "long"',
            "output[0].segment_seconds: Input should be a valid number",
        ),
        (
            'kind = "hls"\nfolder = "x"\nsegment_seconds = true',
            "output[0].segment_seconds: must be a number",
        ),
        (
            'kind = "hls"\nfolder = "x"\nsegment_seconds = nan',
            "output[0].segment_seconds: must be 1 to 30 seconds",
        ),
        (
            'kind = "hls"\nfolder = "x"\nwindow_seconds = 2',
            "output[0].window_seconds: must be 0 (keep all) or 12 to 86400 seconds",
        ),
        ('kind = "hls"\nfolder = "x"\nvideo = "hevc"', "output[0].video: Input should be"),
        ('kind = "hls"\nfolder = "x"\noffset = nan', "output[0].offset: must be -60 to 60"),
        ('kind = "hls"\nfolder = "x"\noffset = inf', "output[0].offset: must be -60 to 60"),
        ('kind = "hls"\nfolder = "x"\noffset = "soon"', "output[0].offset: Input should be"),
        ('kind = "hls"\nfolder = "x"\nname = "../air"', "output[0].name: '../air' is not 1 to 40"),
        ('kind = "hls"\nfolder = "x"\ntracks = "ru"', "output[0].tracks: Input should be a"),
        ('kind = "hls"\nfolder = "x"\ntracks = ["ru", 2]', "output[0].tracks[1]: Input should"),
        ('kind = "hls"\nfolder = "x"\ntracks = ["ru", "ru"]', "output[0].tracks: a track stands"),
        (
            'kind = "arrivals"\nscript = "all"\noffset = -1',
            "output[0].offset: arrivals shows text as it comes: it can be later, not earlier",
        ),
        (
            'kind = "arrivals"\nscript = "all"\ntracks = ["kk", "ru"]',
            "output[0].tracks: arrivals carries one track",
        ),
        (
            'kind = "burn-in"\ntarget = "a.ts"\ncolours = ["white", "beige"]',
            "output[0].colours[1]: 'beige' is no #rrggbb",
        ),
        ('kind = "scripted"\nscript = "all"\nsize = 0', "output[0].size: must be 1 or more"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_entry_and_field(
    tmp_path: Path, entry: str, says: str
) -> None:
    with pytest.raises(InvalidArgument) as refused:
        read(tmp_path, f"[[output]]\n{entry}")
    assert refused.value.message.startswith(f"{tmp_path}/outputs.toml: {says}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[output]", "is no TOML"),
        ("[[outputs]]\nkind = 'hls'", "outputs: is unknown; want [[output]] tables"),
        ("output = 3", "output: must be [[output]] tables"),
        ("[output]\nkind = 'hls'", "output: must be [[output]] tables"),
        (f"[[output]]\nsegment_seconds = {'9' * 10_000}", "is no TOML"),
        (f"output = {'[' * 20_000}", "is no TOML"),
    ],
    ids=range(6),
)
def test_a_file_of_something_else(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidArgument, match=r"outputs\.toml") as refused:
        read(tmp_path, text)
    assert says in refused.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="No such file"):
        read_specs(tmp_path / "none.toml")


def spec(name: str, folder: str) -> OutputSpec:
    return OutputSpec("hls", HlsOutputConfig(folder=Path(folder)), name)


@pytest.mark.parametrize(
    ("specs", "says"),
    [
        ([spec("a", "x"), spec("a", "y")], "outputs[1].name: 'a' stands twice"),
        ([spec("a", "x"), spec("b", "y/../x")], "outputs[1]: writes y/../x, as 'a' does"),
        (
            [spec(f"n{n}", f"f{n}") for n in range(MAX_OUTPUTS + 1)],
            f"outputs: {MAX_OUTPUTS + 1}, limit {MAX_OUTPUTS}",
        ),
    ],
)
def test_outputs_that_are_in_each_others_way(specs: Sequence[OutputSpec], says: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        check_together(specs)
    assert refused.value.message == says


def test_two_kinds_may_share_a_folder(tmp_path: Path) -> None:
    text = '[[output]]\nkind = "hls"\nfolder = "x"\n[[output]]\nkind = "dash"\nfolder = "x"\n'
    check_together(read(tmp_path, text))


@pytest.mark.parametrize("folder", ["a\x00b", "a" * 300, "a/" * 4000, "\ud800"], ids=range(4))
def test_what_no_folder_can_be_called(folder: str) -> None:
    with pytest.raises(InvalidArgument, match=r"--output\.folder: cannot be used") as refused:
        read_short(f"hls={folder}", "--output")
    assert len(refused.value.message) < 200


def test_the_short_form() -> None:
    assert read_short("hls=/srv/a=b", "--output").root == Path("/srv/a=b")
    for wrong, says in (
        ("hls", "'hls' is not hls=FOLDER"),
        ("hls=", "'hls=' is not hls=FOLDER"),
        ("dvd=x", "'dvd' is not one of"),
    ):
        with pytest.raises(InvalidArgument) as refused:
            read_short(wrong, "--output")
        assert refused.value.message.startswith(f"--output: {says}")


def test_several_outputs_of_a_kind_are_numbered() -> None:
    specs = [spec("", "a"), spec("", "b"), spec("mine", "c"), spec("", "d")]
    assert [each.name for each in renamed(specs)] == ["hls", "hls-2", "mine", "hls-3"]
