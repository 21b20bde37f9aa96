"""Worker processes that read documents and can be stopped.

At most so much CPU, wall time and memory per document.

A worker that exceeds its limits is killed and replaced; the document it was reading is reported, no other
is harmed. Workers are reused, so that reading thousands of documents starts no more than a few processes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from digest.errors import SourceError
from digest.ingest.worker import ANSWER, JOB, Job

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from digest.ingest.source import Document, Found, Reading

_LARGEST_ANSWER = 64 << 20
_SLACK = 4.0  # wall seconds beyond the CPU limit, times the load of a busy machine
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONUTF8": "1",
}  # no secrets go into a worker
_JOBS_PER_WORKER = 2_000  # then it is replaced: parsers leak


class Pool:
    """``async with Pool(n) as pool: found = await pool.read(document, reading)``.

    ``cpu_seconds`` and ``megabytes`` (address space) hold for one document.
    """

    def __init__(self, workers: int = 0, *, cpu_seconds: int = 5, megabytes: int = 1_536) -> None:
        self._count = workers or min(4, os.cpu_count() or 1)
        self._cpu, self._megabytes = cpu_seconds, megabytes
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()

    async def __aenter__(self) -> Self:
        for _ in range(self._count):
            self._idle.put_nowait(_Worker(self._megabytes))
        return self

    async def __aexit__(self, *_: object) -> None:
        while not self._idle.empty():
            await self._idle.get_nowait().stop()

    async def read(self, document: Document, reading: Reading) -> Found:
        """Read one document in a worker. Raises ``SourceError`` with a readable reason when that fails."""
        worker = await self._idle.get()
        try:
            answer = ANSWER.validate_json(await worker.ask(document, reading, self._cpu))
        finally:
            self._idle.put_nowait(worker)
        if answer.found is None:
            raise SourceError(answer.error, excerpt=answer.excerpt)
        return answer.found


class _Worker:
    """One process, started when first needed and after each kill."""

    def __init__(self, megabytes: int) -> None:
        self._megabytes = megabytes
        self._process: Process | None = None
        self._jobs = 0

    async def ask(self, document: Document, reading: Reading, cpu: int) -> bytes:
        job = JOB.dump_json(Job(document=replace(document, body=b""), reading=reading, cpu_seconds=cpu))
        process = self._process or await self._start()
        try:
            async with asyncio.timeout(cpu * _SLACK + 10):
                answer = await _exchange(process, (job, document.body))
        except TimeoutError:
            await self.stop()
            raise SourceError(
                f"reading it took longer than {cpu * _SLACK + 10:.0f} s and was stopped"
            ) from None
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            code = await self._ended(process)
            raise SourceError(_cause(code, cpu, self._megabytes)) from None
        except asyncio.CancelledError:
            await self.stop()
            raise
        self._jobs += 1
        if self._jobs >= _JOBS_PER_WORKER:
            await self.stop()
        return answer

    async def _start(self) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "digest.ingest.worker", str(self._megabytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            limit=1 << 20,
        )  # fmt: skip
        self._jobs = 0
        return self._process

    async def _ended(self, process: Process) -> int:
        """Wait for a process that broke off; kill it where it lingers. Returns its exit code."""
        self._process = None
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                return await process.wait()
        with suppress(ProcessLookupError):
            process.kill()
        return await process.wait()

    async def stop(self) -> None:
        """Kill the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if process.stdin is not None:
                process.stdin.close()


async def _exchange(process: Process, frames: tuple[bytes, ...]) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    for frame in frames:
        process.stdin.write(len(frame).to_bytes(4, "big"))
        process.stdin.write(frame)
    await process.stdin.drain()
    size = int.from_bytes(await process.stdout.readexactly(4), "big")
    if size > _LARGEST_ANSWER:
        raise ValueError(size)
    return await process.stdout.readexactly(size)


def _cause(code: int, cpu: int, megabytes: int) -> str:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"reading it took more than {cpu} s of computing and was stopped"
    return f"reading it ended the worker (code {code}); it may need more than {megabytes} MB"
