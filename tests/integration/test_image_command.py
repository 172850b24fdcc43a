"""``dauys image``, ``images`` and ``styles`` over the real service and a scripted engine."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import c2pa
import numpy as np
import pytest
import structlog
from PIL import Image

from models.store import ModelStore
from services.command_line import runtime
from services.server.bootstrap import Server
from services.server.settings import Settings
from tests.command_line import Run, runner
from tests.scripted_images import CATALOGUE, KAZAKH_MODEL, MODEL, Studio, scripted_pool

KEY: Final = "a key of many letters"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("images")
    (folder / "own.toml").write_text(CATALOGUE, encoding="utf-8")
    for model in (MODEL, KAZAKH_MODEL, "toy"):
        (folder / "mirror" / model).mkdir(parents=True)
        (folder / "mirror" / model / "model.bin").write_bytes(b"0")
    return {
        "DAUYS_CATALOGUE": str(folder / "own.toml"),
        "DAUYS_MODELS_DIR": str(folder / "models"),
        "DAUYS_MODELS_MIRROR": str(folder / "mirror"),
        "DAUYS_IMAGE_MODEL": MODEL,
        "DAUYS_IMAGE_IDENTITY_FOLDER": str(folder / "certificate"),
        "DAUYS_DEFAULT_TRANSLATION_MODEL": "toy",
        "COLUMNS": "200",
    }


@pytest.fixture
def studio(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """What the engine of this test is asked; commands draw with it."""
    runtime.configure_logging(False)
    made = Studio()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAUYS_IMAGES_ROOT", str(tmp_path / "gallery"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(runtime, "open_pool", lambda workers=0: scripted_pool(made))
    for folder in ("temporary", "here"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return made


@pytest.fixture
def dauys(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Runs ``dauys`` here, in a folder of its own."""

    yield runner(monkeypatch, capsys)
    structlog.reset_defaults()


@pytest.fixture
def server(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server with a key, on an event loop of its own, as it would be elsewhere."""
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    with serving(studio, api_key_sha256=digest) as target:
        monkeypatch.setenv("DAUYS_API_KEY", KEY)
        yield target


@contextmanager
def serving(studio: Studio, **settings: Any) -> Iterator[str]:
    ready, stop, found = threading.Event(), asyncio.Event(), []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with scripted_pool(studio) as pool:
            wanted = Settings(port=0, drain_seconds=2.0, **settings)
            async with Server(wanted, pool, ModelStore(), ["image_generation"]) as server:
                found.append(f"127.0.0.1:{server.port}")
                ready.set()
                await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(20), "the server did not start"
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


def pixels(path: Path) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(path).convert("RGB"))


def state(path: Path, media_type: str = "image/png") -> str:
    with c2pa.Reader(media_type, io.BytesIO(path.read_bytes())) as reader:
        return str(reader.get_validation_state())


def test_a_picture_here_named_after_its_prompt(dauys: Run, studio: Studio, tmp_path: Path) -> None:
    ended = dauys("image", "Two yurts, a river", "--seed", "7")
    assert ended.code == 0, ended.err
    written = Path("two-yurts-a-river.png")
    assert state(written) == "Valid"
    assert pixels(written).shape == (128, 128, 3)
    assert ended.out.startswith(f"{written}  128 x 128, {MODEL}, seed 7, 4 steps, ")
    assert ended.out.endswith(" s, synthetic\n")
    assert ended.err == ""
    assert dauys("image", "Two yurts, a river", "--seed", "7").code == 0
    assert Path("two-yurts-a-river-2.png").is_file(), "nothing is written over unasked"
    assert not list(Path().glob(".*")), "no half file is left"
    assert not list((tmp_path / "gallery").rglob("*.png")), "the file is what is kept"
    assert list((tmp_path / "temporary").iterdir()) == [], "nor a socket"


def test_a_seed_draws_the_same_pixels_again(dauys: Run) -> None:
    for name, seed in (("a", "11"), ("b", "11"), ("c", "12")):
        assert dauys("image", "a yurt", "--seed", seed, "--out", f"{name}.png").code == 0
    assert np.array_equal(pixels(Path("a.png")), pixels(Path("b.png")))
    assert not np.array_equal(pixels(Path("a.png")), pixels(Path("c.png")))


def test_a_seed_by_lot_is_told(dauys: Run, studio: Studio) -> None:
    first = dauys("image", "a yurt", "--out", "a.png")
    seed = first.out.split("seed ")[1].split(",")[0]
    assert int(seed) == studio.requests[0].seed
    dauys("image", "a yurt", "--out", "b.png", "--seed", seed)
    assert np.array_equal(pixels(Path("a.png")), pixels(Path("b.png")))


def test_every_option_reaches_the_model(dauys: Run, studio: Studio) -> None:
    Image.new("RGB", (80, 80), "red").save("start.png")
    Image.new("L", (80, 80), 255).save("mask.png")
    ended = dauys(
        "image", "a yurt", "--out", "sub/a.webp", "--seed", "3", "--size", "101x90", "--count", "2",
        "--steps", "6", "--guidance", "2.5", "--negative", "text", "--style", "qoshqar_muiz",
        "--model", KAZAKH_MODEL, "--adapter", "felt=-0.5", "--scheduler", "heun",
        "--image", "start.png", "--mask", "mask.png", "--strength", "0.9", "--badge", "top-left",
        "--language", "en",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    [asked] = studio.requests
    assert asked.prompt.startswith("a yurt")
    assert "ram's horn" in asked.prompt
    assert (asked.width, asked.height, asked.count, asked.seed) == (101, 90, 2, 3)
    assert (asked.steps, asked.guidance, asked.scheduler) == (6, 2.5, "heun")
    assert (asked.negative_prompt, asked.strength) == ("text", 0.9)
    assert [(one.name, one.weight) for one in asked.adapters] == [("felt", -0.5)]
    assert asked.image is not None
    assert asked.mask is not None
    assert state(Path("sub/a-1.webp"), "image/webp") == state(Path("sub/a-2.webp"), "image/webp")
    assert "seed 3" in ended.out.splitlines()[0]
    assert "seed 4" in ended.out.splitlines()[1]
    assert "--size: 101x90 became 104x88" in ended.err


@pytest.mark.parametrize(("ending", "kind"), [("jpg", "JPEG"), ("JPEG", "JPEG"), ("webp", "WEBP")])
def test_the_ending_names_the_format(dauys: Run, ending: str, kind: str) -> None:
    assert dauys("image", "a yurt", "--out", f"a.{ending}").code == 0
    with Image.open(f"a.{ending}") as opened:
        assert opened.format == kind
        assert opened.getexif() is not None


def test_sizes_have_names(dauys: Run) -> None:
    assert dauys("image", "a yurt", "--size", "news", "--out", "a.png").code == 0
    height, width, _ = pixels(Path("a.png")).shape
    assert width / height == pytest.approx(16 / 9, rel=0.06)


def test_a_prompt_that_was_translated_is_told(dauys: Run, studio: Studio) -> None:
    ended = dauys("image", "қошқар мүйіз, көк және алтын", "--language", "kk")
    assert ended.code == 0, ended.err
    read = studio.requests[0].prompt
    assert f"dauys: toy translated the prompt: {read}" in ended.err
    assert read != "қошқар мүйіз, көк және алтын"
    kept = dauys("image", "қошқар мүйіз", "--as-written", "--out", "b.png")
    assert kept.code == 0
    assert kept.err == ""
    assert studio.requests[1].prompt == "қошқар мүйіз"


def test_styles_alone_are_a_prompt(dauys: Run, studio: Studio) -> None:
    assert dauys("image", "--style", "qoshqar_muiz", "--style", "yurt").code == 0
    assert "ram's horn" in studio.requests[0].prompt
    assert Path("qoshqar_muiz-yurt.png").is_file()


def test_the_badge_can_be_left_out(dauys: Run) -> None:
    for name, badge in (("off", "off"), ("corner", "top-left")):
        ended = dauys("image", "a yurt", "--seed", "1", "--badge", badge, "--out", f"{name}.png")
        assert ended.code == 0, ended.err
    plain, marked = pixels(Path("off.png")), pixels(Path("corner.png"))
    assert not np.array_equal(plain[:64, :64], marked[:64, :64])
    assert np.array_equal(plain[64:], marked[64:])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["  "], "prompt: is empty"),
        (["ү" * 4001], "prompt: 4001 characters, limit 4000"),
        (["a", "--out", "a.gif"], "--out: 'a.gif' does not end in .png"),
        (["a", "--out", "."], "--out"),
        (["a", "--out", "x" * 252 + ".png"], "--out: cannot write xxx"),
        (["a", "--size", "0x0"], "--size: width: 0 is no number of pixels"),
        (["a", "--size", "20000x64"], "--size: width: 20000 is not in 64..512"),
        (["a", "--size", "512x512"], "--size"),
        (["a", "--size", "huge"], "--size: 'huge' is not one of"),
        (["a", "--steps", "151"], "--steps"),
        (["a", "--guidance", "nan"], "--guidance"),
        (["a", "--seed", "-1"], "--seed"),
        (["a", "--seed", str(2**70)], "--seed: 1180591620717411303424 has more than 64 bits"),
        (["a", "--steps", str(2**40)], "--steps: 1099511627776 has more than 32 bits"),
        (["a\udcff"], "prompt: is no text"),
        (["a", "--style", "\udcff"], "--style: is no text"),
        (["a", "--style", "x"], "--style: "),
        (["a", "--model", "x"], "--model: no image model 'x'"),
        (["a", "--model", "../x"], "--model: no image model '../x'"),
        (["a", "--model", "toy"], "--model: 'toy' is a translation model"),
        (["a", "--adapter", "silk"], "--adapter: 'silk' is not one of the model's: felt"),
        (["a", "--adapter", "felt=x"], "--adapter: 'felt=x' is not NAME or NAME=WEIGHT"),
        (["a", "--adapter", "felt=nan"], "--adapter"),
        (["a", "--scheduler", "x"], "--scheduler: 'x' is not one of euler, heun"),
        (["a", "--badge", "middle"], "--badge: 'middle' is not one of off, top-left"),
        (["a", "--language", "de"], "--language"),
        (["a", "--strength", "0.5"], "--strength: needs --image"),
        (["a", "--image", "none.png"], "--image: cannot read none.png: No such file"),
        (["a", "--image", "huge.png"], "--image: over 33554432 bytes, the limit"),
        (["a", "--image", "text.png"], "--image: is no PNG, JPEG or WebP"),
        (["a", "--mask", "text.png"], "--mask"),
        (["a", "--seamless"], "--seamless"),
        (["a", "--server", "127.0.0.1:1"], "127.0.0.1:1: "),
        (["a", "--server", "x:1", "--tls-root", "none.pem"], "--tls-root: cannot read none.pem"),
    ],
)
def test_what_is_wrong_is_said_in_the_commands_words(
    dauys: Run, arguments: list[str], reason: str
) -> None:
    Path("text.png").write_text("no picture", encoding="utf-8")
    with Path("huge.png").open("wb") as file:
        file.truncate(2**30)
    ended = dauys("image", *arguments)
    assert ended.code in (1, 2)
    assert reason in ended.err, ended.err
    assert len(ended.err.strip().splitlines()) == 1, ended.err
    assert sorted(os.listdir()) == ["huge.png", "text.png"]


def test_a_file_that_cannot_be_written_is_said_after_the_work(dauys: Run) -> None:
    ended = dauys("image", "a yurt", "--out", "/proc/no/a.png")
    assert ended.code == 2
    assert "--out: cannot write /proc/no/a.png" in ended.err


def test_a_picture_is_not_lost_for_its_long_name(dauys: Run) -> None:
    name = "x" * 251 + ".png"  # as long as names can be
    assert dauys("image", "a yurt", "--out", name).code == 0
    assert os.listdir() == [name]


def test_a_model_that_fails_leaves_nothing(dauys: Run, studio: Studio) -> None:
    studio.fault = RuntimeError("out of memory")
    ended = dauys("image", "a yurt", "--count", "2", "--out", "a.png")
    assert ended.code == 1
    assert len(ended.err.strip().splitlines()) == 1
    assert os.listdir() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_behind(
    dauys: Run, studio: Studio, tmp_path: Path, number: signal.Signals
) -> None:
    # A shell has its background jobs ignore Ctrl-C, and the tests may be one.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    studio.hold(1)
    over = threading.Event()

    def interrupt() -> None:
        studio.wait_for(lambda one: len(one.steps) == 1)
        os.kill(os.getpid(), number)
        while not over.wait(0.05):  # a step takes its time, as a model's does
            studio.hold(1)
        studio.release()

    thread = threading.Thread(target=interrupt)
    thread.start()
    ended = dauys("image", "a yurt", "--steps", "100", "--out", "new/a.png")
    over.set()
    thread.join()
    signal.signal(signal.SIGINT, before)
    assert ended.code == 128 + number
    assert (studio.stopped, studio.finished) == (1, 0)
    assert len(studio.steps) < 100
    assert os.listdir() == []
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_servers_gallery(dauys: Run, server: str) -> None:
    drawn = dauys("image", "Two yurts", "--server", server, "--seed", "5", "--out", "a.jpg")
    assert drawn.code == 0, drawn.err
    assert dauys("image", "A river", "--server", server, "--seed", "6", "--out", "b.png").code == 0
    listed = dauys("images", "--server", server)
    assert listed.code == 0, listed.err
    heading, river, _ = listed.out.splitlines()
    assert heading.split() == ["name", "made", "size", "model", "seed", "prompt"]
    assert river.rstrip().endswith("6     A river")
    found = dauys("images", "--server", server, "--contains", "YURTS", "--json")
    [line] = found.out.splitlines()
    image = json.loads(line)
    assert (image["prompt"], image["seed"], image["format"]) == ("Two yurts", 5, "jpeg")
    assert image["synthetic"] is True
    assert dauys("images", "--server", server, "--most", "1").out.split()[-2:] == ["A", "river"]

    fetched = dauys("images", "get", image["name"], "--server", server, "--out", "copy.jpeg")
    assert fetched.out == "copy.jpeg\n"
    assert Path("copy.jpeg").read_bytes() == Path("a.jpg").read_bytes()
    here = dauys("images", "--server", server, "get", image["name"])
    assert Path(here.out.strip()).read_bytes() == Path("a.jpg").read_bytes()
    wrong = dauys("images", "get", image["name"], "--server", server, "--out", "copy.png")
    assert (wrong.code, Path("copy.png").exists()) == (2, False)
    assert "--out: the picture is image/jpeg: name it *.jpg" in wrong.err

    deleted = dauys("images", "delete", image["name"], "--server", server)
    assert deleted.out == f"{image['name']}: deleted\n"
    again = dauys("images", "delete", image["name"], "--server", server)
    assert again.code == 1
    assert len(again.err.strip().splitlines()) == 1
    left = dauys("images", "--server", server).out.splitlines()
    assert [line.split()[0] for line in left] == ["name", river.split()[0]]


def test_a_server_wants_its_key(dauys: Run, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAUYS_API_KEY")
    for arguments in (["images"], ["image", "a yurt"], ["styles"]):
        ended = dauys(*arguments, "--server", server)
        assert ended.code == 1
        assert len(ended.err.strip().splitlines()) == 1
    assert os.listdir() == []


def test_styles_of_this_machine_and_of_a_server(dauys: Run, server: str) -> None:
    own = dauys("styles", "--kind", "motif", "--language", "kk")
    assert own.code == 0, own.err
    [row] = [line for line in own.out.splitlines() if line.startswith("qoshqar_muiz ")]
    assert "motif" in row
    assert "Қошқар мүйіз" in row
    served = dauys("styles", "--kind", "motif", "--language", "kk", "--server", server)
    assert served.out == own.out
    assert len(dauys("styles").out.splitlines()) > len(own.out.splitlines())
    for place in ([], ["--server", server]):
        wrong = dauys("styles", "--kind", "x", *place)
        assert (wrong.code, wrong.out) == (2, "")
        assert "--kind: 'x' is not one of motif, dress" in wrong.err
