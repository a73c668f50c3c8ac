"""What speech costs: each engine raw and through the product, hits of the cache, pieces, and waits under load."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks import cpu
from benchmarks.results import ROOT, write
from benchmarks.statistics import percentile
from callwright.errors import SetupError
from callwright.flows.templates import fill_marked
from callwright.speech.speaker import Speaker, SpeechRequest, Urgency
from callwright.speech.tts.install import install
from callwright.speech.tts.installed import KOKORO, PIPER, VoiceFolders, neural_voices
from callwright.speech.tts.pools import SpeechPools

VOICES = ("espeak-en-US-f", "pico-en-US-f", "piper-en_US-joe-medium", "kokoro-af_heart")
SENTENCES = (
    "Hello, this is the office of Doctor Smith.",
    "Your appointment is on Tuesday at three fifteen.",
    "To confirm press one, to cancel press two.",
    "Your prescription is ready at the pharmacy on Main Street.",
    "The school will be closed tomorrow because of heavy snow.",
    "Please call us back before Friday afternoon.",
    "The package was delivered to your front door this morning.",
    "Thank you for your donation, and have a good evening.",
)
_TEMPLATE = "Hello {NAME}, this is the public library. The book that you asked for is ready until {DAY}. Goodbye."
_NAMES = ("Maria", "Peter", "Susan", "Ahmed", "Olga", "John", "Grace", "Tom", "Anna", "Luis")
_DAYS = ("Monday", "Tuesday", "Friday")


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./run bench speech", description=__doc__)
    parser.add_argument("--voice", action="append", help="only these voices")
    parser.add_argument("--persons", type=int, default=4, help="personal messages rendered in each mode")
    parser.add_argument("--hits", type=int, default=2000, help="cache hits timed")
    options = parser.parse_args(arguments)
    folders = VoiceFolders(own=ROOT / ".cache" / "voices")
    missing = _fetch(folders)
    voices = [voice for voice in (options.voice or VOICES) if voice.partition("-")[0] not in missing]
    with tempfile.TemporaryDirectory(prefix="bench-speech-") as work:
        result = asyncio.run(_measure(voices, folders, Path(work), options.persons, options.hits))
    result["missing"] = missing
    path = write("speech", result)
    _show(result)
    print(f"\n{path}")
    return 0


def _fetch(folders: VoiceFolders) -> dict[str, str]:
    """Install the neural engines, and return those that cannot be, with the reason."""
    missing: dict[str, str] = {}
    there = {entry.voice.engine for entry in neural_voices(folders)}
    for engine in {KOKORO, PIPER} - there:
        try:
            install(engine, folders)
        except SetupError as error:
            missing[engine] = str(error)
    return missing


async def _measure(voices: list[str], folders: VoiceFolders, work: Path, persons: int, hits: int) -> dict[str, Any]:
    rows = []
    for voice in voices:
        row: dict[str, Any] = {"voice": voice, "raw": _raw(voice, folders)}
        row["product"], row["hit_us"], row["cold_hit_us"], row["errors"] = await _product(voice, folders, work, hits)
        for cut in ("sentences", "pieces"):
            row[cut] = await _personal(voice, folders, work / f"{voice}-{cut}", persons, cut)
        rows.append(row)
        print(f"{voice} measured", file=sys.stderr)
    found: dict[str, Any] = {"voices": rows}
    neural = next((voice for voice in voices if voice.startswith("kokoro")), None)
    if neural is not None:
        found["under_load"] = await _under_load(neural, folders, work / "load")
    return found


def _raw(voice: str, folders: VoiceFolders) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speech.raw", voice, str(folders.own)],
        input=json.dumps(SENTENCES),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def _product(
    voice: str, folders: VoiceFolders, work: Path, hits: int
) -> tuple[dict[str, float], float, float, dict[str, float]]:
    """Return what the sentences cost through the product, and a hit of its cache in memory and on disk, in µs."""
    pools = SpeechPools(folders)
    speaker = Speaker(work / voice, folders=folders, pool=pools)
    requests = [SpeechRequest(text=sentence, voice=voice) for sentence in SENTENCES]
    process = psutil.Process()
    try:
        # the engine is loaded before the measurement, as in the raw condition
        await speaker.render(SpeechRequest(text="Yes.", voice=voice), Urgency.AHEAD)
        before = cpu.tree(process)
        files = [await speaker.render(request, Urgency.AHEAD) for request in requests]
        used = cpu.tree(process) - before
        memory = sum(psutil.Process(pid).memory_info().rss for pid in pools.pids) / 2**20
        audio = sum(path.with_suffix(".ulaw").stat().st_size for paths in files for path in paths) / 8000
        hit = await _hits(speaker, requests, hits)
        cold = await _cold_hits(voice, folders, work, requests, max(20, hits // 50))
        return {"audio": audio, "cpu": used, "rss_mb": memory}, hit, cold, _errors(files)
    finally:
        await pools.close()


async def _hits(speaker: Speaker, requests: list[SpeechRequest], hits: int) -> float:
    begin = time.perf_counter()
    for index in range(hits):
        await speaker.render(requests[index % len(requests)])
    return (time.perf_counter() - begin) * 1e6 / hits


async def _cold_hits(voice: str, folders: VoiceFolders, work: Path, requests: list[SpeechRequest], hits: int) -> float:
    """Time messages that this process has not seen and whose segments are on disk."""
    speaker = Speaker(work / voice, folders=folders, pool=SpeechPools(folders))
    spent = 0.0
    for index in range(hits):
        # another rate by less than is told apart: another message, the same segment
        request = requests[index % len(requests)]
        other = SpeechRequest(text=request.text, voice=voice, rate=1 + (index + 1) * 1e-9)
        begin = time.perf_counter()
        await speaker.render(other)
        spent += time.perf_counter() - begin
    await speaker.close()
    return spent * 1e6 / hits


def _errors(files: list[list[Path]]) -> dict[str, float]:
    try:
        from benchmarks.speech.hearing import NOISE_DB, Ears  # noqa: PLC0415  (the recogniser is an extra)

        ears = Ears()
    except (ImportError, LookupError):
        return {}
    found: dict[str, float] = {}
    for name, noise in (("clean", None), (f"{NOISE_DB:g} dB", NOISE_DB)):
        wrong = [ears.errors(said, paths, noise_db=noise) for said, paths in zip(SENTENCES, files, strict=True)]
        found[name] = sum(errors for errors, _ in wrong) / sum(words for _, words in wrong)
    return found


async def _personal(voice: str, folders: VoiceFolders, work: Path, persons: int, cut: Any) -> dict[str, float]:
    """Render a message for several people and return what each of them costs after the first."""
    pools = SpeechPools(folders)
    speaker = Speaker(work, folders=folders, pool=pools)
    process = psutil.Process()
    try:
        await speaker.render(_message(voice, 0, cut), Urgency.AHEAD)
        before = cpu.tree(process)
        for person in range(1, persons + 1):
            await speaker.render(_message(voice, person, cut), Urgency.AHEAD)
        return {"cpu_per_person": (cpu.tree(process) - before) / persons}
    finally:
        await pools.close()


def _message(voice: str, person: int, cut: Any) -> SpeechRequest:
    variables = {"NAME": f"{_NAMES[person % len(_NAMES)]}", "DAY": _DAYS[person % len(_DAYS)]}
    text, values = fill_marked(_TEMPLATE, variables)
    return SpeechRequest(text=text, voice=voice, values=values, cut=cut)


async def _under_load(neural: str, folders: VoiceFolders, work: Path) -> dict[str, Any]:
    """Fill a neural voice's queue with speech for calls to come, and time speech for calls in the air."""
    pools = SpeechPools(folders)
    speaker = Speaker(work, folders=folders, pool=pools)
    try:
        await speaker.render(SpeechRequest(text="Yes.", voice=neural), Urgency.AHEAD)
        ahead = [
            asyncio.create_task(
                speaker.render(SpeechRequest(text=f"This is the message number {n}.", voice=neural), Urgency.AHEAD)
            )
            for n in range(60)
        ]
        await asyncio.sleep(0.5)
        waiting = pools.waiting(KOKORO)
        waits: dict[str, list[float]] = {"pico-en-US-f": [], neural: []}
        for index in range(4):
            for voice, found in waits.items():
                begin = time.perf_counter()
                await speaker.render(SpeechRequest(text=f"You are caller number {index}.", voice=voice))
                found.append((time.perf_counter() - begin) * 1000)
        for task in ahead:
            task.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)
        return {
            "waiting_ahead": waiting,
            "call_ms": {voice: {"p50": percentile(found, 50), "max": max(found)} for voice, found in waits.items()},
        }
    finally:
        await pools.close()


def _show(result: dict[str, Any]) -> None:
    print("Speech seconds per processor second; word errors of Whisper tiny.en on 8 kHz µ-law; memory of the worker\n")
    print(
        f"{'voice':<26}{'raw':>8}{'product':>9}{'load s':>8}{'MB':>6}{'hit µs':>8}{'disk µs':>9}"
        f"{'person: whole':>15}{'pieces':>8}  word errors"
    )
    for row in result["voices"]:
        raw, product = row["raw"], row["product"]
        errors = ", ".join(f"{name} {100 * share:.1f} %" for name, share in row["errors"].items()) or "not measured"
        print(
            f"{row['voice']:<26}{raw['audio'] / raw['cpu']:>8.1f}{product['audio'] / product['cpu']:>9.1f}"
            f"{raw['load_cpu']:>8.2f}{product['rss_mb']:>6.0f}{row['hit_us']:>8.0f}{row['cold_hit_us']:>9.0f}"
            f"{row['sentences']['cpu_per_person']:>13.2f} s{row['pieces']['cpu_per_person']:>6.2f} s  {errors}"
        )
    if "under_load" in result:
        load = result["under_load"]
        print(
            f"\nWith {load['waiting_ahead']} sentences waiting that calls to come will need, a call in the air waits:"
        )
        for voice, found in load["call_ms"].items():
            print(f"  {voice:<26}{found['p50']:>8.0f} ms, at most {found['max']:.0f} ms")
    for engine, reason in result["missing"].items():
        print(f"\nNot measured: {engine}: {reason}")
