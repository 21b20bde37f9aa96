"""One worker process: takes a job from standard input, reads the document, answers on standard output.

Frames are a length (4 bytes, big-endian) and that many bytes. A job is two frames: its description (JSON)
and the
document's bytes. The answer is JSON too, checked against its types on the other side: nothing that comes
out of a process that read hostile bytes is executed. Started by ``digest.ingest.pool``, as ``python -m
digest.ingest.worker``.
"""

from __future__ import annotations

import resource
import signal
import sys
from dataclasses import dataclass, replace
from typing import BinaryIO

from pydantic import TypeAdapter

from digest import plugins
from digest.errors import DigestError, SourceError
from digest.ingest.sniff import read
from digest.ingest.source import Document, Found, Reading  # noqa: TC001 (pydantic reads them)

_HEAD = 4
_WARMING = 2  # seconds more for the first document: libraries are loaded when they are first needed
_DEEP = 2_000  # frames of recursion; deeper input ends in RecursionError, which is reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is asked; the document's bytes travel in a frame of their own."""

    document: Document
    reading: Reading
    cpu_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a worker found, or why the document is unusable."""

    found: Found | None = None
    error: str = ""
    excerpt: str = ""


JOB = TypeAdapter(Job)
ANSWER = TypeAdapter(Answer)


def work(job: Job) -> Answer:
    """Read one document; every foreseen failure becomes an answer."""
    try:
        return Answer(found=read(job.document, job.reading))
    except SourceError as error:
        return Answer(error=str(error), excerpt=error.excerpt)
    except DigestError as error:
        return Answer(error=str(error))
    except RecursionError:
        return Answer(error="it is nested too deeply to be read")
    except MemoryError:
        return Answer(error="it needs more memory than a document may take")
    except Exception as error:  # noqa: BLE001 (hostile input finds every fault of every parser; none may stop the run)
        return Answer(error=f"it cannot be read: {type(error).__name__}: {error}"[:200])


def _frame(stream: BinaryIO) -> bytes | None:
    head = stream.read(_HEAD)
    return stream.read(int.from_bytes(head, "big")) if len(head) == _HEAD else None


def _allow(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def main() -> None:
    """Serve jobs until standard input ends."""
    megabytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    sys.setrecursionlimit(_DEEP)
    for name in plugins.names(plugins.SOURCES):
        plugins.load(plugins.SOURCES, name)  # before the first document's computing time is counted
    source, target = sys.stdin.buffer, sys.stdout.buffer
    warm = 0
    sys.stdout = sys.stderr  # whatever a library prints must not spoil the frames
    while (described := _frame(source)) is not None and (body := _frame(source)) is not None:
        job = JOB.validate_json(described)
        _allow(job.cpu_seconds + (0 if warm else _WARMING))
        warm += 1
        answer = ANSWER.dump_json(work(replace(job, document=replace(job.document, body=body))))
        target.write(len(answer).to_bytes(_HEAD, "big") + answer)
        target.flush()


if __name__ == "__main__":
    main()
