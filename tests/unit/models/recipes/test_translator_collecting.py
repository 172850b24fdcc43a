"""Parallel text out of unpacked packages."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest

from models.recipes.starter_translator import extraction
from models.recipes.starter_translator.collect import SOURCES, Source, collect
from models.recipes.starter_translator.corpus import gather
from models.recipes.starter_translator.documents import aligned, markup_blocks, roff_blocks

PAGE = """<page xmlns="http://projectmallard.org/1.0/"><title>{0}</title>
<!-- never this --><p>{1}</p><screen>rm -rf</screen>{2}</page>"""


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def catalogue(messages: dict[str, str]) -> bytes:
    """A gettext ``.mo`` file."""
    messages = {"": "Content-Type: text/plain; charset=UTF-8\n", **messages}
    pairs = [(a.encode() + b"\0", b.encode() + b"\0") for a, b in sorted(messages.items())]
    offset = 28 + 16 * len(pairs)
    tables: list[bytes] = []
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]) - 1, offset))
            offset += len(pair[column])
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    texts = b"".join(pair[column] for column in (0, 1) for pair in pairs)
    return head + b"".join(tables) + texts


def test_pages_of_a_manual_are_paired_across_packages(tmp_path: Path) -> None:
    write(
        tmp_path / "en/usr/share/help/C/a/index.page",
        PAGE.format("Files", "Open it. Close it.", ""),
    )
    write(
        tmp_path / "ru/usr/share/help/ru/a/index.page",
        PAGE.format("Файлы", "Откройте его. Закройте его.", ""),
    )
    write(
        tmp_path / "en/usr/share/help/kk/a/index.page",
        PAGE.format("Файлдар", "Open it. Close it.", ""),
    )
    rows = list(extraction.translated_documents([tmp_path / "en", tmp_path / "ru"]))
    assert rows == [
        {"kk": "Файлдар", "ru": "Файлы", "en": "Files"},
        {"ru": "Откройте его.", "en": "Open it."},
        {"ru": "Закройте его.", "en": "Close it."},
    ]


def test_a_paragraph_that_one_page_lacks_costs_only_itself() -> None:
    left = markup_blocks(PAGE.format("Files", "One 1", "<p>Two 2</p><p>Three 3</p>").encode())
    right = markup_blocks(PAGE.format("Файлы", "Бір 1", "<p>Үш 3</p>").encode())
    pairs = [(left[a].text, right[b].text) for a, b in aligned(left, right)]
    assert pairs == [("Files", "Файлы"), ("One 1", "Бір 1"), ("Three 3", "Үш 3")]


def test_manual_pages_lose_their_macros(tmp_path: Path) -> None:
    text = ".TH A 1\n.SH NAME\nls \\- list\n.PP\nShow\n.B all\nof \\fIit\\fP.\n.nf\ncode\n.fi\n"
    assert [block.text for block in roff_blocks(text)] == ["NAME", "ls - list", "Show all of it."]
    write(tmp_path / "usr/share/man/man1/a.1.gz", gzip.compress(text.encode()))
    russian = text.replace("NAME", "ИМЯ").replace("Show", "Показать")
    write(tmp_path / "usr/share/man/ru/man1/a.1.gz", gzip.compress(russian.encode()))
    rows = list(extraction.translated_documents([tmp_path]))
    assert rows == [
        {"ru": "ИМЯ", "en": "NAME"},
        {"ru": "Показать all of it.", "en": "Show all of it."},
    ]


def test_messages_meet_by_their_original(tmp_path: Path) -> None:
    for language, texts in (
        ("kk", {"Open": "Ашу", "menu\x04Quit": "Шығу", "": ""}),
        ("ru", {"Open": "Открыть", "One ring. Two rings.": "Одно кольцо. Два кольца."}),
    ):
        path = tmp_path / f"usr/share/locale/{language}/LC_MESSAGES/a.mo"
        write(path, catalogue({k: v for k, v in texts.items() if k}))
    write(tmp_path / "usr/share/locale/ru/LC_MESSAGES/broken.mo", b"not a catalogue")
    rows = list(extraction.message_catalogues(tmp_path))
    assert {"kk": "Ашу", "ru": "Открыть", "en": "Open"} in rows
    assert {"kk": "Шығу", "en": "Quit"} in rows
    assert {"ru": "Два кольца.", "en": "Two rings."} in rows
    assert len(rows) == 4


def test_android_s_placeholders_get_their_examples(tmp_path: Path) -> None:
    for ending, text in (
        ("", "It\\'s <xliff:g id='app' example='Maps'>%s</xliff:g>"),
        ("-kk", "Бұл <xliff:g id='app'>%s</xliff:g>"),
    ):
        write(
            tmp_path / f"res/values{ending}/strings.xml",
            "<resources xmlns:xliff='urn:oasis:names:tc:xliff:document:1.2'>"
            f"<string name='a'>{text}</string></resources>",
        )
    assert list(extraction.android_strings(tmp_path)) == [{"en": "It's Maps", "kk": "Бұл Maps"}]


def test_chromium_s_messages_meet_by_number(tmp_path: Path) -> None:
    def pak(texts: dict[int, str]) -> bytes:
        parts = [text.encode() for text in texts.values()]
        offset = 12 + 6 * (len(parts) + 1)
        index = b""
        for number, part in zip([*texts, 0], [*parts, b""], strict=True):
            index += struct.pack("<HI", number, offset)
            offset += len(part)
        return struct.pack("<IB3xHH", 5, 1, len(parts), 0) + index + b"".join(parts)

    write(tmp_path / "en.pak", pak({1: "Open", 2: "Close"}))
    write(tmp_path / "ru.pak", pak({2: "Закрыть", 3: "Новое"}))
    rows = list(extraction.chromium_paks(tmp_path / "en.pak", tmp_path / "ru.pak"))
    assert rows == [{"ru": "Закрыть", "en": "Close"}]
    write(tmp_path / "old.pak", struct.pack("<IB3xHH", 4, 1, 0, 0))
    with pytest.raises(ValueError, match="version 4"):
        list(extraction.chromium_paks(tmp_path / "old.pak", tmp_path / "ru.pak"))


def test_a_dictionary_gives_its_first_translations(tmp_path: Path) -> None:
    text = "header\nбалка /bˈaɫkə/ <n>\n1. beam, girder\n2.\nballoon\nдом <n>\nhouse (building)\n"
    write(tmp_path / "a.dict.dz", gzip.compress(text.encode()))
    rows = list(extraction.dictionary(tmp_path / "a.dict.dz", "ru", "en"))
    assert rows == [{"ru": "балка", "en": "beam"}, {"ru": "дом", "en": "house"}]


def test_what_is_collected_is_gathered(tmp_path: Path) -> None:
    def texts(_: list[Path]) -> list[dict[str, str]]:
        return [
            {
                "kk": "Бұл құжатты ашып,\nмұқият оқып шығыңыз.",
                "en": "Open it and read it with care.",
            },
            {"kk": "Жалғыз"},
        ]

    out = tmp_path / "parallel" / "collected"
    out.mkdir(parents=True)
    assert collect(Source("manual", (), texts, "prose"), tmp_path, out) == 1
    for name in (
        "tatoeba.kaz-eng.kaz",
        "tatoeba.kaz-eng.eng",
        "tatoeba.rus-eng.rus",
        "tatoeba.rus-eng.eng",
    ):
        write(tmp_path / "parallel" / "tatoeba" / name, "")
    write(tmp_path / "parallel/train/apertium-gov.kk-ru.tsv", "")
    for language in ("kk", "ru", "en"):
        write(tmp_path / f"parallel/flores200.dev.{language}", "")
    for pair in ("kk-ru-en", "kk-en", "ru-en"):
        for origin in ("mozilla", "mediawiki", "debian"):
            write(tmp_path / f"parallel/train/{origin}-l10n.{pair}.tsv", "")
    corpus = gather(tmp_path / "parallel")
    (row,) = corpus.rows + corpus.held_out
    assert (row.kind, row.source, set(row.texts)) == ("prose", "manual", {"kk", "en"})


def test_sources_have_names_of_their_own() -> None:
    assert len({source.name for source in SOURCES}) == len(SOURCES)
