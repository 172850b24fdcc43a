"""What the values of SSML's attributes mean. A ``ValueError`` says what would be right."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final, get_args

from foundation.languages import LANGUAGES, Language
from text.spoken.items import Gender, Prosody, VoiceChoice
from text.spoken.lexicon import MAX_SPOKEN, ipa_complaint

MAX_BREAK: Final = 10.0
"""Seconds."""

LEAST_RATE: Final = 0.25
MOST_RATE: Final = 4.0
MOST_PITCH: Final = 12.0
"""Semitones, up or down."""
LEAST_VOLUME: Final = -60.0
MOST_VOLUME: Final = 12.0
"""dB."""

BREAKS: Final[Mapping[str, float]] = {
    "none": 0.0,
    "x-weak": 0.1,
    "weak": 0.2,
    "medium": 0.4,
    "strong": 0.7,
    "x-strong": 1.2,
}
"""Seconds; SSML names the strengths, not their length."""

RATES: Final[Mapping[str, float]] = {
    "x-slow": 0.5,
    "slow": 0.75,
    "medium": 1.0,
    "default": 1.0,
    "fast": 1.25,
    "x-fast": 1.75,
}
PITCHES: Final[Mapping[str, float]] = {
    "x-low": -6.0,
    "low": -3.0,
    "medium": 0.0,
    "default": 0.0,
    "high": 3.0,
    "x-high": 6.0,
}
VOLUMES: Final[Mapping[str, float]] = {
    "silent": -math.inf,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 4.0,
    "x-loud": 8.0,
}
# rate ×, semitones, dB: heard as emphasis with any voice, without a model of it.
EMPHASES: Final[Mapping[str, tuple[float, float, float]]] = {
    "none": (1.0, 0.0, 0.0),
    "reduced": (1.1, -0.5, -2.0),
    "moderate": (0.92, 1.0, 1.5),
    "strong": (0.85, 2.0, 3.0),
}
_TIME: Final = re.compile(r"\+?(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})(ms|s)")
_NUMBER: Final = r"(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})"
_PERCENT: Final = re.compile(rf"([+-])?{_NUMBER}%")
_PLAIN: Final = re.compile(_NUMBER)
_SEMITONES: Final = re.compile(rf"([+-]?){_NUMBER}st")
_DECIBELS: Final = re.compile(rf"([+-]?){_NUMBER}dB", re.IGNORECASE)


def language(tag: str) -> Language:
    """Of a BCP 47 tag: ``kk-KZ`` is kk."""
    primary = re.split("[-_]", tag.strip())[0].lower()
    for known in LANGUAGES:
        if primary == known:
            return known
    raise ValueError(f"xml:lang={tag!r}; languages are {', '.join(LANGUAGES)}")


def break_seconds(attributes: Mapping[str, str]) -> float:
    """By ``time``, else by ``strength``."""
    strength = attributes.get("strength", "medium")
    if strength not in BREAKS:
        raise ValueError(f"strength={strength!r} is not one of {', '.join(BREAKS)}")
    time = attributes.get("time")
    if time is None:
        return BREAKS[strength]
    match = _TIME.fullmatch(time.strip())
    if match is None:
        raise ValueError(f"time={time!r} is not a time such as 500ms or 1.5s")
    seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
    if seconds > MAX_BREAK:
        raise ValueError(f"time={time!r}; {MAX_BREAK:g}s are allowed")
    return seconds


def prosody(attributes: Mapping[str, str], around: Prosody) -> Prosody:
    """Of an element inside others: rates multiply, pitch and volume add up."""
    if not attributes:
        raise ValueError("needs rate, pitch or volume")
    rate = around.rate * _rate(attributes.get("rate", "medium"))
    pitch = around.pitch + _pitch(attributes.get("pitch", "medium"))
    volume = around.volume + _volume(attributes.get("volume", "medium"))
    return _bounded(rate, pitch, volume)


def emphasis(level: str, around: Prosody) -> Prosody:
    """Slower, higher and louder, or the contrary."""
    if level not in EMPHASES:
        raise ValueError(f"level={level!r} is not one of {', '.join(EMPHASES)}")
    rate, pitch, volume = EMPHASES[level]
    limit = max(-MOST_PITCH, min(MOST_PITCH, around.pitch + pitch))
    rate = max(LEAST_RATE, min(MOST_RATE, around.rate * rate))
    return Prosody(rate, limit, min(MOST_VOLUME, around.volume + volume))


def _bounded(rate: float, pitch: float, volume: float) -> Prosody:
    # Rounded, so that what nests to a bound is not refused for its last bit.
    rate, pitch = round(rate, 6), round(pitch, 6)
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise ValueError(f"a rate of {rate:g}; {LEAST_RATE} to {MOST_RATE} are allowed")
    if abs(pitch) > MOST_PITCH:
        raise ValueError(f"a pitch of {pitch:+g} semitones; {MOST_PITCH:g} are allowed")
    if volume != -math.inf and not LEAST_VOLUME <= volume <= MOST_VOLUME:
        raise ValueError(
            f"a volume of {volume:+g} dB; {LEAST_VOLUME:g} to {MOST_VOLUME:g} are allowed"
        )
    return Prosody(rate, pitch, volume)


def _rate(value: str) -> float:
    value = value.strip()
    if value in RATES:
        return RATES[value]
    if match := _PERCENT.fullmatch(value):
        share = float(match[2]) / 100
        return {None: share, "+": 1 + share, "-": 1 - share}[match[1]]
    if match := _PLAIN.fullmatch(value):
        return float(value)
    raise ValueError(f"rate={value!r} is not one of {', '.join(RATES)}, nor 80%, +20% or 1.2")


def _pitch(value: str) -> float:
    value = value.strip()
    if value in PITCHES:
        return PITCHES[value]
    if match := _SEMITONES.fullmatch(value):
        return float(match[1] + match[2])
    match = _PERCENT.fullmatch(value)
    if match and match[1]:
        ratio = 1 + float(match[1] + match[2]) / 100
        if ratio > 0:
            return 12 * math.log2(ratio)
    raise ValueError(
        f"pitch={value!r} is not one of {', '.join(PITCHES)}, nor +2st or -10%;"
        " a pitch in Hz depends on the voice and is not read"
    )


def _volume(value: str) -> float:
    value = value.strip()
    if value in VOLUMES:
        return VOLUMES[value]
    if match := _DECIBELS.fullmatch(value):
        return float(match[1] + match[2])
    raise ValueError(f"volume={value!r} is not one of {', '.join(VOLUMES)}, nor +6dB or -3dB")


def voice(attributes: Mapping[str, str]) -> VoiceChoice:
    """What it asks for."""
    genders: tuple[Gender, ...] = get_args(Gender)
    gender = next((each for each in genders if each == attributes.get("gender")), None)
    if gender is None and attributes.get("gender"):
        raise ValueError(f"gender={attributes['gender']!r} is not one of {', '.join(genders)}")
    names = tuple(attributes.get("name", "").split())
    languages = tuple(language(tag) for tag in attributes.get("languages", "").split())
    if not (names or gender or languages or "xml:lang" in attributes):
        raise ValueError("needs name, gender or languages")
    return VoiceChoice(names, gender, languages)


def phonemes(attributes: Mapping[str, str]) -> str:
    """The pronunciation in IPA."""
    alphabet = attributes.get("alphabet", "ipa")
    if alphabet != "ipa":
        raise ValueError(f"alphabet={alphabet!r}; only ipa is read")
    ipa = attributes["ph"].strip()
    if len(ipa) > MAX_SPOKEN:
        raise ValueError(f"ph of {len(ipa)} characters; {MAX_SPOKEN} are allowed")
    if wrong := ipa_complaint(ipa):
        raise ValueError(f"ph: {wrong}")
    return ipa
