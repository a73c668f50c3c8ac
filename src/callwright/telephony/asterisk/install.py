"""Finding an Asterisk that can do what we need, or unpacking Debian's packages into a folder of ours.

Nothing is installed: the packages, and the C library they were built for, are unpacked into one folder and started
through that folder's own dynamic loader, so neither root nor the machine's own libraries are involved. ``versions``
says how several such folders live side by side.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from callwright.errors import SetupError
from callwright.telephony.asterisk import versions

#: Modules that came with the features we rest on: outbound control websockets, and media over websockets beside them.
PROBE_MODULES = ("res_websocket_client.so", "chan_websocket.so", "res_ari_channels.so", "chan_pjsip.so")
#: Where a distribution keeps Asterisk's modules and data.
_MODULE_GLOBS = ("/usr/lib/*/asterisk/modules", "/usr/lib/asterisk/modules", "/usr/lib64/asterisk/modules")
_DATA_DIRS = ("/usr/share/asterisk", "/var/lib/asterisk")
#: Tried in this order; ``testing`` when ``sid`` is in the middle of a transition.
_SUITES = ("sid", "testing")
_PACKAGES = ("asterisk=1:22.*", "asterisk-modules=1:22.*", "asterisk-config=1:22.*")
#: Helpers of the packages' own install scripts, which we never run.
_NOT_UNPACKED = re.compile(
    r"^(perl|libperl|passwd_|adduser_|login|util-linux_|coreutils_|dpkg_|tar_|bash_|debconf_|libc-gconv)"
)
_KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)
_TIMEOUT_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class AsteriskProgram:
    """An Asterisk that can be started with our own configuration."""

    binary: Path
    modules_dir: Path
    data_dir: Path
    version: str
    #: ``path`` (the machine's own) or ``debian`` (unpacked by us).
    source: str


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What became of looking for Asterisk on the PATH."""

    program: AsteriskProgram | None
    #: Why the one that is there cannot be used, or that there is none; empty when it can.
    reason: str


def probe_path() -> Probe:
    """Look at the machine's own Asterisk: by its features, not by its number."""
    found = shutil.which("asterisk")
    if found is None:
        return Probe(program=None, reason="there is no asterisk on the PATH")
    version = _version(Path(found))
    if version is None:
        return Probe(program=None, reason=f"{found} does not run")
    modules = next((Path(path) for pattern in _MODULE_GLOBS for path in sorted(Path("/").glob(pattern[1:]))), None)
    if modules is None:
        return Probe(program=None, reason=f"the modules of {found} ({version}) were not found")
    missing = [name for name in PROBE_MODULES if not (modules / name).exists()]
    if missing:
        return Probe(program=None, reason=f"{found} is version {version}, which lacks {', '.join(missing)}")
    data = next((Path(path) for path in _DATA_DIRS if Path(path).is_dir()), Path(_DATA_DIRS[0]))
    return Probe(
        program=AsteriskProgram(binary=Path(found), modules_dir=modules, data_dir=data, version=version, source="path"),
        reason="",
    )


def unpacked(cache_dir: Path) -> AsteriskProgram | None:
    """Return the Asterisk that was unpacked before and is to be used, if it is there and runs."""
    return program_in(versions.current_folder(cache_dir))


def program_in(folder: Path) -> AsteriskProgram | None:
    """Return the Asterisk that was unpacked into ``folder``, if it is there and runs."""
    binary = folder / versions.STARTER
    if not binary.exists():
        return None
    version = _version(binary)
    if version is None:
        return None
    return AsteriskProgram(
        binary=binary,
        modules_dir=folder / "modules",
        data_dir=folder / "data",
        version=version,
        source="debian",
    )


def find_or_install(cache_dir: Path, *, mirror: str | None = None) -> AsteriskProgram:
    """Return a usable Asterisk: the machine's own, the unpacked one, or one unpacked now (about 10 s, 80 MB).

    Raises ``SetupError`` with what is missing and how to get it.
    """
    own = probe_path()
    if own.program is not None:
        return own.program
    with _alone(cache_dir):
        ready = unpacked(cache_dir)
        if ready is None:
            ready = _unpack(cache_dir, mirror, own.reason)
            versions.make_current(cache_dir, ready.binary.parent)
        return ready


def fetch(cache_dir: Path, *, mirror: str | None = None) -> AsteriskProgram:
    """Unpack Debian's packages of today beside what is there, and return that Asterisk; what is used stays so.

    Packages that are there already are not unpacked again. Raises ``SetupError``, also when the machine's own Asterisk
    is the one that is used.
    """
    own = probe_path()
    if own.program is not None:
        raise SetupError(
            f"{own.program.binary} of this machine is used, which its own package tool upgrades; restart callwright in "
            "order afterwards"
        )
    with _alone(cache_dir):
        return _unpack(cache_dir, mirror, own.reason)


def obstacles(mirror: str | None = None) -> list[str]:
    """Return what keeps this machine from fetching Debian's packages, each with its remedy; nothing when it can."""
    found = [
        f"'{program}' is missing (Debian's and Ubuntu's own package tool)"
        for program in ("apt-get", "dpkg-deb")
        if shutil.which(program) is None
    ]
    if not any(path.exists() for path in _KEYRINGS):
        found.append("Debian's signing keys are missing: apt install debian-archive-keyring")
    if mirror is None and not found and _mirror() is None:
        found.append("this machine's apt knows no Debian mirror (is it Ubuntu?): set CALLWRIGHT_DEBIAN_MIRROR to one")
    return found


def _unpack(cache_dir: Path, mirror: str | None, reason: str) -> AsteriskProgram:
    found = obstacles(mirror)
    if found:
        raise SetupError(f"Asterisk 22 is needed and {reason}; it cannot be fetched: " + "; ".join(found))
    work = Path(tempfile.mkdtemp(prefix=".unpack-", dir=cache_dir))
    try:
        debs = _download(work, mirror or _mirror() or "")
        packages = {deb.name: hashlib.sha256(deb.read_bytes()).hexdigest() for deb in debs}
        prefix = cache_dir.absolute() / versions.label(packages)
        program = program_in(prefix)
        if program is not None:
            return program
        shutil.rmtree(prefix, ignore_errors=True)
        root = prefix / "root"
        root.mkdir(parents=True)
        prefix.chmod(0o755)
        for deb in debs:
            if not _NOT_UNPACKED.match(deb.name):
                _run(["dpkg-deb", "-x", str(deb), str(root)])
        for waste in ("usr/share/doc", "usr/share/man", "usr/share/locale"):
            shutil.rmtree(root / waste, ignore_errors=True)
        (prefix / versions.PACKAGES).write_text(json.dumps(packages, indent=1, sort_keys=True))
        link(prefix)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    program = program_in(prefix)
    if program is None:
        raise SetupError(f"the unpacked Asterisk in {prefix} does not run; delete that folder and try again")
    return program


def link(prefix: Path) -> None:
    """Make the starter of what was unpacked into ``prefix/root``, last of all: a folder with a starter is complete."""
    root = prefix / "root"
    libc = next(iter(root.glob("usr/lib/*/libc.so.6")), None)
    loader = next(
        iter(sorted(root.glob("usr/lib*/ld-linux*.so.*")) + sorted(root.glob("usr/lib/*/ld-linux*.so.*"))), None
    )
    if libc is None or loader is None:
        raise SetupError("Debian's packages came without the C library; nothing was installed")
    (prefix / "modules").symlink_to(libc.parent / "asterisk" / "modules")
    (prefix / "data").symlink_to(root / "usr/share/asterisk")
    starter = prefix / f"{versions.STARTER}.new"
    starter.write_text(f'#!/bin/sh\nexec "{loader}" --library-path "{libc.parent}" "{root}/usr/sbin/asterisk" "$@"\n')
    starter.chmod(0o755)
    starter.replace(prefix / versions.STARTER)


def _download(work: Path, mirror: str) -> list[Path]:
    keyring = next(path for path in _KEYRINGS if path.exists())
    failures = []
    for suite in _SUITES:
        folder = work / suite
        for part in ("none", "state/lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources.list").write_text(f"deb [signed-by={keyring}] {mirror} {suite} main\n")
        apt = ["apt-get", "-qq"]
        for option in (
            f"Dir::State={folder}/state",
            f"Dir::State::status={folder}/status",
            f"Dir::Cache={folder}/cache",
            f"Dir::Etc::sourcelist={folder}/sources.list",
            f"Dir::Etc::sourceparts={folder}/none",
            f"Dir::Etc::preferencesparts={folder}/none",
            "APT::Sandbox::User=root",
            "Debug::NoLocking=1",
            "APT::Install-Recommends=false",
            "Acquire::Languages=none",
            "Acquire::Retries=3",
        ):
            apt += ["-o", option]
        try:
            _run([*apt, "update"])
            _run([*apt, "-y", "--download-only", "install", *_PACKAGES])
        except SetupError as error:
            failures.append(f"{suite}: {error}")
            continue
        debs = sorted((folder / "cache/archives").glob("*.deb"))
        if debs:
            return debs
    raise SetupError("Debian's packages of Asterisk 22 could not be fetched: " + "; ".join(failures))


def _mirror() -> str | None:
    """Return the Debian mirror that this machine's apt uses; works before any ``apt-get update``."""
    try:
        shown = subprocess.run(
            ["apt-get", "-o", "Debug::NoLocking=1", "update", "--print-uris"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    for uri in re.findall(r"^'([^']+)'", shown, re.MULTILINE):
        base, separator, _ = uri.partition("/dists/")
        if separator and "security" not in base and base.rstrip("/").endswith("/debian"):
            return str(base)
    return None


def _run(argv: list[str]) -> None:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise SetupError(f"{argv[0]} did not end in {_TIMEOUT_SECONDS} s") from None
    if done.returncode != 0:
        raise SetupError(f"{argv[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")


def _version(binary: Path) -> str | None:
    try:
        done = subprocess.run([str(binary), "-V"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"Asterisk (\S+)", done.stdout)
    return found.group(1) if found else None


@contextmanager
def _alone(cache_dir: Path) -> Iterator[None]:
    """Hold a lock while looking and unpacking: two starts at once must not unpack into each other."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        cache_dir.chmod(0o755)
    with (cache_dir / "asterisk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
