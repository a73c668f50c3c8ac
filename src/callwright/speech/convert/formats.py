"""What a sound file is, by its first bytes: neither its name nor its announced type is believed."""

from __future__ import annotations

from collections.abc import Callable

#: Format → the demuxer that reads it. Only these are ever tried: others open further files, or the network, by name.
DEMUXERS = {"wav": "wav", "mp3": "mp3", "ogg": "ogg", "m4a": "mov", "flac": "flac"}
#: Names of decoders that are used; a file may hold anything.
DECODERS = frozenset(
    {
        "aac",
        "adpcm_ima_wav",
        "adpcm_ms",
        "alac",
        "flac",
        "gsm",
        "gsm_ms",
        "libopus",
        "mp3",
        "mp3float",
        "opus",
        "pcm_alaw",
        "pcm_f32le",
        "pcm_f64le",
        "pcm_mulaw",
        "pcm_s16le",
        "pcm_s24le",
        "pcm_s32le",
        "pcm_u8",
        "vorbis",
    }
)
#: In sentences.
NAMES = "wav, mp3, ogg, opus, m4a or flac"
#: Bytes that ``sniff`` needs.
HEAD_BYTES = 16
#: Programs that write a WAV into a pipe put sizes from here on into its header.
_STREAMED = 0x7FFF_0000
_MOST_CHUNKS = 100

#: Returns so many bytes of a file from an offset on; fewer at its end.
Read = Callable[[int, int], bytes]


def sniff(head: bytes) -> str | None:
    """Return the format of a file that begins with ``head``: a key of ``DEMUXERS``, or ``None``."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"OggS":
        return "ogg"
    if head[4:8] == b"ftyp":
        return "m4a"
    # an ID3v2 tag, or the eleven bits at the start of an MPEG frame whose layer is not the reserved one (that is AAC)
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06):
        return "mp3"
    return None


def wav_seconds(read: Read) -> float | None:
    """Return the length that a WAV's header claims; ``None`` when its writer did not know it.

    ``read(offset, size)`` returns bytes of the file. Decoders believe the file's size rather than this, and take what
    is left of a file for the whole.
    """
    if read(0, 4) != b"RIFF":
        return None
    offset, bytes_per_second = 12, 0
    for _ in range(_MOST_CHUNKS):
        head = read(offset, 8)
        if len(head) < 8:
            return None
        size = int.from_bytes(head[4:], "little")
        if head[:4] == b"fmt ":
            bytes_per_second = int.from_bytes(read(offset + 16, 4), "little")
        elif head[:4] == b"data":
            return size / bytes_per_second if 0 < size < _STREAMED and bytes_per_second else None
        # chunks begin at even places
        offset += 8 + size + size % 2
    return None


def mp3_seconds(read: Read) -> float | None:
    """Return the length that an MP3's Xing or Info header claims; ``None`` when it has none.

    ``read(offset, size)`` returns bytes of the file. Without that header a length can only be guessed from the bit
    rate, and nothing tells whether the file is whole. Layout: ISO 11172-3 frame header; the Xing header stands after
    the side information of the first frame.
    """
    start = 0
    tag = read(0, 10)
    if tag[:3] == b"ID3" and len(tag) == 10:
        # four bytes of seven bits each (ID3v2)
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=True))
    frame = read(start, 64)
    if len(frame) < 64 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        return None
    version = frame[1] >> 3 & 3
    rates = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}.get(version)
    index = frame[2] >> 2 & 3
    if rates is None or index == 3:
        return None
    mono = frame[3] >> 6 == 3
    side = (17 if mono else 32) if version == 3 else (9 if mono else 17)
    at = 4 + side
    if frame[at : at + 4] not in (b"Xing", b"Info") or not frame[at + 7] & 1:
        return None
    frames = int.from_bytes(frame[at + 8 : at + 12])
    return frames * (1152 if version == 3 else 576) / rates[index]
