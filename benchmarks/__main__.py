"""``./run bench NAME [options]``: runs one benchmark, or lists them."""

from __future__ import annotations

import sys
from importlib import import_module

#: Name of a benchmark (a module of this package with ``main(arguments)``) and what it measures.
BENCHMARKS = {
    "amd": "who answered: people called machines, machines called people, waits, on a corpus built from packages",
    "api": "requests a second of each dialect's send and status, and its CPU beside the native call's",
    "calls": "time to INVITE and CPU per call: AMI, raw ARI, the whole product, on one Asterisk build",
    "campaigns": "a million recipients from a file, claims by several dialers, a pause, growth",
    "console": "a campaign's page with a thousand live calls: frames in the browser, server CPU a viewer",
    "day": "a day of ten million contacts in virtual time: what a fleet of a given size reaches",
    "email": "mails a second and CPU a mail into Postfix, against a bare loop of aiosmtplib",
    "faults": "random kills, cuts, hangs and slow disks under 50 calls; exits 1 when something is lost or done twice",
    "contacts": "import of a million contacts against raw COPY, filters over them",
    "suppression": "what opt-outs, lists and consents by the million cost a claim",
    "simulated": "thousands of campaigns on a virtual clock with faults; exits 1 when a rule was broken",
    "smpp": "messages per second and CPU of the SMPP client alone, against a bare asyncio session",
    "sms": "texts a second and CPU a text, from the batch at the API to the stored receipt",
    "speech": "speech seconds per CPU second of each engine, cache hits, word errors, waits of calls under load",
    "hearing": "extra CPU of a call while the detector of answering machines listens to it",
    "recognise": "words in an answer: right, made up, CPU per answer, and the queue when too many speak at once",
    "simulator": "calls per second of the flow machine, the runner and the simulated engine in memory",
}


def main() -> int:
    """Run the benchmark named by the first argument; returns the exit status."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in BENCHMARKS:
        print("usage: ./run bench NAME [--help]\n")
        for known, what in BENCHMARKS.items():
            print(f"  {known:<11} {what}")
        return 0 if name in {"", "-h", "--help"} else 2
    return int(import_module(f"benchmarks.{name}").main(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
