from __future__ import annotations

from pathlib import Path

import pytest

from callwright.errors import SetupError
from callwright.speech.recognise.models import ANY, SPHINX, Models, find_models
from callwright.speech.recognise.worker import pack_models, read_models


def model(folder: Path, *, without: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in {"model.bin", "config.json", "tokenizer.json"} - {without}:
        (folder / name).write_bytes(b"{}")
    return folder


def test_english_is_understood_by_what_is_shipped() -> None:
    models = find_models()
    assert models.understands("en-GB")
    assert not models.understands("de")
    assert models.languages == ("en",)


def test_off_is_off() -> None:
    assert not find_models("off")
    assert not find_models("off").understands("en")


def test_pocketsphinx_is_a_choice_for_english(tmp_path: Path) -> None:
    models = find_models("pocketsphinx", model(tmp_path))
    assert models.model_of("en-US") == SPHINX
    assert models.model_of("fr") == ANY


def test_a_folder_holds_a_model_for_all_other_languages(tmp_path: Path) -> None:
    models = find_models("whisper", model(tmp_path))
    assert models.model_of("en") == "en"
    assert models.model_of("pt-BR") == ANY


def test_a_folder_holds_a_model_for_each_language(tmp_path: Path) -> None:
    model(tmp_path / "de")
    own = model(tmp_path / "en")
    models = find_models("auto", tmp_path)
    assert models.languages == ("de", "en")
    assert models.whisper["en"] == own
    assert not models.understands("fr")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"holds no model\.bin"):
        find_models("auto", tmp_path)
    model(tmp_path / "de", without="tokenizer.json")
    with pytest.raises(SetupError, match=r"de lacks tokenizer\.json"):
        find_models("auto", tmp_path)


def test_the_worker_is_told_all_of_it(tmp_path: Path) -> None:
    models = Models(whisper={"de": tmp_path, ANY: tmp_path / "x"}, sphinx=True)
    assert read_models(pack_models(models)) == models
