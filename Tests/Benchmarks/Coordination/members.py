"""Three members of Roost and a small HTTP client of asyncio, for the figures of coordination."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple


def free_ports(count: int) -> List[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Members:
    """Three real members on loopback; what they keep goes with them."""

    def __init__(self, binary: str, flags: Tuple[str, ...] = ()) -> None:
        self.binary = binary
        self.directory = Path(tempfile.mkdtemp(prefix="roost-coordination-"))
        ports = free_ports(6)
        self.ports, peers = ports[:3], ports[3:]
        cluster = ",".join(f"n{i + 1}=127.0.0.1:{peer}" for i, peer in enumerate(peers))
        self.processes = [
            subprocess.Popen(
                [
                    binary, "serve", "--name", f"n{i + 1}", "--cluster", cluster,
                    "--data-dir", str(self.directory / f"n{i + 1}"),
                    "--listen", f"127.0.0.1:{self.ports[i]}",
                    "--peer-listen", f"127.0.0.1:{peers[i]}", *flags,
                ],
                stdout=subprocess.DEVNULL,
                stderr=open(self.directory / f"n{i + 1}.log", "w"),
            )
            for i in range(3)
        ]

    async def ready(self) -> "Members":
        """Waits until a leader serves, and knows everything that a member of this release does."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                async with Connection(self.ports[0]) as first:
                    status, body = await first.call("POST", "/v1/counters/ready", {"add": 1})
                    if status == 200:
                        return self
            except OSError:
                pass
            await asyncio.sleep(0.05)
        raise SystemExit(f"coordination: the members are not ready; see {self.directory}")

    async def leader(self) -> int:
        async with Connection(self.ports[0]) as first:
            _, body = await first.call("GET", "/v1/cluster")
            leader = body["leader"]
            for member in body["members"]:
                if leader in (member["id"], member["name"]):
                    return int(member["name"][1:]) - 1
        raise SystemExit("coordination: there is no leader")

    @property
    def endpoints(self) -> str:
        return ",".join(f"127.0.0.1:{port}" for port in self.ports)

    def seconds(self, member: int) -> float:
        """What all threads of the member have run, exactly."""
        tasks = Path(f"/proc/{self.processes[member].pid}/task")
        return sum(int((t / "schedstat").read_text().split()[0]) for t in tasks.iterdir()) / 1e9

    def megabytes(self, member: int) -> float:
        text = Path(f"/proc/{self.processes[member].pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", text)
        return int(found.group(1)) / 1024 if found else 0

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Connection:
    """One connection: requests in turn, or a stream of events."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def __aenter__(self) -> "Connection":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 26)
        return self

    async def __aexit__(self, *_: Any) -> None:
        self.writer.close()

    def send(self, method: str, target: str, body: Optional[Any] = None, field: str = "") -> None:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        length = "" if body is None else f"Content-Length: {len(data)}\r\n"
        self.writer.write(f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}{field}\r\n".encode() + data)

    async def answer(self) -> Tuple[int, Any]:
        status, headers = await self.head()
        length = int(headers.get("content-length", "0"))
        data = await self.reader.readexactly(length) if length else b""
        is_json = "json" in headers.get("content-type", "")
        return status, json.loads(data) if data and is_json else data

    async def head(self) -> Tuple[int, Dict[str, str]]:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = (line.split(":", 1) for line in lines[1:] if line)
        return int(lines[0].split()[1]), {name.lower(): value.strip() for name, value in fields}

    async def call(self, method: str, target: str, body: Optional[Any] = None) -> Tuple[int, Any]:
        self.send(method, target, body)
        return await self.answer()

    async def open_stream(self, target: str) -> None:
        self.send("GET", target)
        status, _ = await self.head()
        if status != 200:
            raise SystemExit(f"coordination: {target}: {status}")

    async def event(self) -> Tuple[str, Any]:
        """The stream's next event."""
        name = ""
        while True:
            line = (await self.reader.readline()).rstrip(b"\r\n")
            if line.startswith(b"event: "):
                name = line[7:].decode()
            elif line.startswith(b"data: "):
                return name, json.loads(line[6:])
            elif not line and self.reader.at_eof():
                return "end", None


def quantile(values: List[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def milliseconds(values: List[float]) -> str:
    return f"p50 {quantile(values, 0.5) * 1e3:.2f} ms, p99 {quantile(values, 0.99) * 1e3:.2f} ms"


async def writing(port: int, latencies: List[float], stop: asyncio.Event, rate: float = 200) -> None:
    """Somebody else's writes, so many a second, for as long as the rest goes on."""
    async with Connection(port) as own:
        due = time.monotonic()
        while not stop.is_set():
            begin = time.monotonic()
            status, _ = await own.call("PUT", "/v1/kv/elsewhere", b"x")
            assert status in (200, 201), status
            latencies.append(time.monotonic() - begin)
            due += 1 / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
