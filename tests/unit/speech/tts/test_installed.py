"""Voices on disk, found by their names; the files of these tests are never opened as models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callwright.speech.tts.installed import VoiceFolders, neural_voices
from callwright.speech.tts.library import open_catalogue
from callwright.speech.tts.voices import VoiceCatalogue


def add_kokoro(folders: VoiceFolders, *names: str) -> None:
    (folders.kokoro / "voices").mkdir(parents=True, exist_ok=True)
    (folders.kokoro / "model.onnx").write_bytes(b"model")
    for name in names:
        (folders.kokoro / "voices" / f"{name}.bin").write_bytes(b"style")


def add_piper(folder: Path, name: str, **configuration: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(b"model")
    (folder / f"{name}.onnx.json").write_text(json.dumps({"espeak": {"voice": "de"}, **configuration}))


def test_kokoros_voices_by_their_letters(tmp_path: Path) -> None:
    folders = VoiceFolders.of(tmp_path)
    add_kokoro(folders, "af_heart", "bm_george", "pf_dora", "jf_alpha", "zm_yunxi", "xx")
    found = {entry.voice.id: (entry.voice.language, entry.voice.gender) for entry in neural_voices(folders)}
    # Japanese and Chinese need other spellings of sounds
    assert found == {
        "kokoro-af_heart": ("en-US", "female"),
        "kokoro-bm_george": ("en-GB", "male"),
        "kokoro-pf_dora": ("pt-BR", "female"),
    }


@pytest.mark.parametrize(
    ("name", "configuration", "language", "gender"),
    [
        ("de_DE-thorsten-medium", {}, "de-DE", "male"),
        ("de_DE-nobody-low", {}, "de-DE", "neutral"),
        ("de_DE-nobody-low", {"gender": "female"}, "de-DE", "female"),
        ("de_DE-nobody-low", {"gender": "purple"}, "de-DE", "neutral"),
        ("ours", {"language": {"code": "nl_BE"}, "gender": "male"}, "nl-BE", "male"),
        ("fi-harri-low", {}, "fi", "neutral"),
        ("reception", {}, "de", "neutral"),
    ],
)
def test_pipers_voices_by_name_and_configuration(
    tmp_path: Path, name: str, configuration: dict[str, object], language: str, gender: str
) -> None:
    folders = VoiceFolders.of(tmp_path / "data", f"{tmp_path / 'mine'}:{tmp_path / 'missing'}")
    add_piper(tmp_path / "mine", name, **configuration)
    (entry,) = neural_voices(folders)
    assert (entry.voice.id, entry.voice.language, entry.voice.gender) == (f"piper-{name}", language, gender)


def test_a_voice_without_a_readable_configuration_is_left_out(tmp_path: Path) -> None:
    folders = VoiceFolders.of(tmp_path, str(tmp_path / "mine"))
    add_piper(tmp_path / "mine", "en_US-good-low")
    for name, text in (("none", None), ("broken", "{"), ("list", "[]"), ("empty", "{}")):
        (tmp_path / "mine" / f"{name}.onnx").write_bytes(b"x")
        if text is not None:
            (tmp_path / "mine" / f"{name}.onnx.json").write_text(text)
    assert [entry.voice.id for entry in neural_voices(folders)] == ["piper-en_US-good-low"]


def test_another_file_under_the_same_name_is_another_version(tmp_path: Path) -> None:
    folders = VoiceFolders.of(tmp_path)
    add_kokoro(folders, "af_heart")
    (before,) = neural_voices(folders)
    (folders.kokoro / "model.onnx").write_bytes(b"another model")
    (after,) = neural_voices(folders)
    assert before.voice.version != after.voice.version


def test_what_is_installed_speaks_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callwright.speech.tts.voices._LOOK_SECONDS", 0.0)
    folders = VoiceFolders.of(tmp_path)
    catalogue = open_catalogue(folders)
    assert catalogue.resolve("kokoro-af_heart").voice.id == "pico-en-US-f"
    add_kokoro(folders, "af_heart")
    assert catalogue.resolve("kokoro-af_heart").voice.id == "kokoro-af_heart"
    assert catalogue.generation == 1
    (folders.kokoro / "voices" / "af_heart.bin").unlink()
    assert catalogue.resolve("kokoro-af_heart").voice.id == "pico-en-US-f"


def test_only_some_engines_may_be_asked_for(tmp_path: Path) -> None:
    folders = VoiceFolders.of(tmp_path)
    add_kokoro(folders, "af_heart", "am_michael")
    catalogue: VoiceCatalogue = open_catalogue(folders)
    quick = ("pico", "espeak")
    assert catalogue.resolve("kokoro-am_michael", engines=quick).voice.id == "espeak-en-US-m"
    assert catalogue.resolve(None, engines=quick).voice.id == "pico-en-US-f"
    assert catalogue.resolve(None).voice.id == "kokoro-af_heart"
