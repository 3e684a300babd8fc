"""Tests of roost.py against real members: ROOST_BINARY=…/roost python3 test_roost.py"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import io
import json
import os
import pickle
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

import roost as module
from roost import (
    BadRequest, Compacted, Event, Leader, LockHeld, LockLost, NotFound, PermissionDenied,
    PreconditionFailed, Roost, RoostError, SessionLost, Unauthenticated, Unavailable,
    UnknownOutcome, compare, op_delete, op_get, op_put,
)

BINARY = os.environ.get("ROOST_BINARY", "")
HERE = os.path.dirname(os.path.abspath(__file__))


def until(holds: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Waits for a condition; the deadline is only for what would never come."""
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came to this: {what}")
        time.sleep(0.01)


def in_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    """Runs it beside; the result waits for it, and raises what it raised."""
    outcome: Dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["value"] = work()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result() -> Any:
        thread.join(120)
        if thread.is_alive():
            raise AssertionError("a thread never came to its end")
        if "error" in outcome:
            raise outcome["error"]
        return outcome["value"]

    return result


def with_parent() -> None:
    """A child that ends with this process, however that ends (prctl's PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Member:
    """One real `roost serve`."""

    def __init__(self, name: str, directory: str, endpoint: str, flags: Sequence[str]) -> None:
        self.name = name
        self.endpoint = endpoint
        self._log = os.path.join(directory, name + ".log")
        self._command = [
            BINARY, "serve", "--name", name, "--data-dir", os.path.join(directory, name),
            "--listen", endpoint, *flags,
        ]
        self.process: Optional[subprocess.Popen[bytes]] = None

    def start(self) -> None:
        with open(self._log, "ab") as log:
            self.process = subprocess.Popen(
                self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                cwd=os.path.dirname(self._log), preexec_fn=with_parent,
            )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9 by its process id."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def log(self) -> str:
        with open(self._log, errors="replace") as log:
            return f"--- {self.name}\n{log.read()}"


class Cluster:
    """Members on a loopback address of their own, where nobody else's ports are."""

    def __init__(self, count: int, flags: Sequence[str] = (), **options: Any) -> None:
        self._options = options
        self.directory = tempfile.mkdtemp(prefix="roost-python-")
        atexit.register(self.close)
        self.host = self._host(2 * count)
        names = [f"n{number + 1}" for number in range(count)]
        peers = {name: f"{self.host}:{23800 + number}" for number, name in enumerate(names)}
        cluster = ",".join(f"{name}={peer}" for name, peer in peers.items())
        self.members = [
            Member(
                name, self.directory, f"{self.host}:{23700 + number}",
                ["--peer-listen", peers[name]]
                + (["--cluster", cluster] if count > 1 else []) + list(flags),
            )
            for number, name in enumerate(names)
        ]

    @staticmethod
    def _host(count: int) -> str:
        while True:
            numbers = [str(random.randrange(1, 255)) for _ in range(3)]
            host = ".".join(["127", *numbers])
            with socket.socket() as probe:
                try:
                    probe.bind((host, 23700))
                    return host
                except OSError:
                    continue

    @property
    def endpoints(self) -> str:
        return ",".join(member.endpoint for member in self.members)

    def client(self, **options: Any) -> Roost:
        return Roost(self.endpoints, **{"timeout": 60.0, **self._options, **options})

    def heal(self) -> None:
        """Everybody runs, and serves."""
        for member in self.members:
            if not member.is_running:
                member.start()
        for member in self.members:
            until(lambda: self._is_ready(member), f"{member.name} is ready\n{self.logs()}")

    def _is_ready(self, member: Member) -> bool:
        try:
            with Roost(member.endpoint, timeout=2, **self._options) as client:
                return bool(client.call("GET", "/readyz"))
        except RoostError:
            return False

    def leader(self) -> Member:
        def find() -> Optional[Member]:
            for member in self.members:
                try:
                    with Roost(member.endpoint, timeout=1) as client:
                        told = client.call("GET", "/v1/status")
                except RoostError:
                    continue
                if told["role"] == "leader":
                    return member
            return None

        found = until(find, "somebody leads")
        assert isinstance(found, Member)
        return found

    def at(self, endpoint: str) -> Member:
        return next(member for member in self.members if member.endpoint == endpoint)

    def logs(self) -> str:
        return "\n".join(member.log() for member in self.members if member.process is not None)

    def run(self, *words: str) -> None:
        """A command of the real `roost`, in the cluster's directory."""
        command = [BINARY, *words]
        done = subprocess.run(command, cwd=self.directory, text=True, capture_output=True)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.returncode}: {done.stderr}")

    def close(self) -> None:
        for member in self.members:
            member.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class Wire:
    """A way to one member that can be cut, break once after so many bytes of answers, and delay or
    lose what comes back."""

    def __init__(self, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()
        self._links: List[socket.socket] = []
        self.accepted = 0
        self.is_cut = False
        self.loses_answers = False
        self.lost_answers = 0
        self.breaks_after: Optional[int] = None
        self.delay = 0.0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From now on nothing passes, neither way, and nobody is told."""
        self.is_cut = True

    def sever(self) -> None:
        """Ends the connections there are; new ones pass."""
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @property
    def links(self) -> int:
        return len(self._links) // 2

    def close(self) -> None:
        self._listener.close()
        self.sever()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            with self._lock:
                self.accepted += 1
                self._links += [near, far]
            for source, sink, is_answer in ((near, far, False), (far, near, True)):
                threading.Thread(
                    target=self._carry, args=(source, sink, is_answer), daemon=True
                ).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        try:
            while True:
                data = source.recv(65536)
                if self.is_cut and data:
                    continue
                if is_answer and self.loses_answers:
                    self.lost_answers += 1
                    data = b""
                if is_answer and self.breaks_after is not None:
                    self.breaks_after -= len(data)
                    if self.breaks_after < 0:
                        self.breaks_after, data = None, b""
                if is_answer:
                    time.sleep(self.delay)
                if not data:
                    sink.shutdown(socket.SHUT_RDWR)
                    source.shutdown(socket.SHUT_RDWR)
                    return
                sink.sendall(data)
        except OSError:
            pass


CLUSTER: Cluster


def setUpModule() -> None:
    global CLUSTER
    if not os.access(BINARY, os.X_OK):
        raise RuntimeError(f"ROOST_BINARY names the binary under test, not '{BINARY}'")
    CLUSTER = Cluster(3)


class Case(unittest.TestCase):
    """A test with three members that serve."""

    cluster: Cluster
    roost: Roost

    def setUp(self) -> None:
        self.cluster = CLUSTER
        self.cluster.heal()
        self.roost = self.cluster.client()
        self.addCleanup(self.roost.close)

    def name(self) -> str:
        """What no other test uses."""
        return self.id().rpartition(".")[2]

    def client(self, **options: Any) -> Roost:
        client = self.cluster.client(**options)
        self.addCleanup(client.close)
        return client


class Keys(Case):
    def test_put_and_get(self) -> None:
        written = self.roost.put("/keys/a", "grüße")
        self.assertEqual((written.key, written.version), ("/keys/a", 1))
        found = self.roost.get("/keys/a")
        assert found is not None
        self.assertEqual((found.text, found.mod_revision), ("grüße", written.revision))
        self.assertIsNone(self.roost.get("/keys/none"))
        self.roost.put("/keys/a", json.dumps({"b": 1}))
        again = self.roost.get("/keys/a")
        assert again is not None
        self.assertEqual((again.json(), again.version), ({"b": 1}, 2))
        past = self.roost.get("/keys/a", revision=written.revision)
        self.assertEqual(past, found)
        stale = self.roost.get("/keys/a", stale=True, at_least=again.mod_revision)
        self.assertEqual(stale, again)

    def test_bytes(self) -> None:
        every = bytes(range(256))
        for key in ("no path", "/a//b/", b"\xff\x00", "/ü?&=#%+ b"):
            self.roost.put(key, every)
            found = self.roost.get(key)
            assert found is not None
            self.assertEqual((found.key, found.value), (key, every))
            self.assertEqual(self.roost.delete(key), 1)
            self.assertEqual(self.roost.delete(key), 0)
        self.roost.put("/keys/empty", b"")
        empty = self.roost.get("/keys/empty")
        assert empty is not None
        self.assertEqual(empty.value, b"")

    def test_conditions(self) -> None:
        first = self.roost.put("/keys/c", "1", create=True)
        with self.assertRaises(PreconditionFailed) as caught:
            self.roost.put("/keys/c", "2", create=True)
        self.assertEqual(caught.exception.status, 412)
        self.assertEqual(caught.exception.kind, "precondition-failed")
        self.assertEqual(caught.exception.problem["current"]["value"], "1")
        self.assertIs(caught.exception.applied, False)
        second = self.roost.put("/keys/c", "2", if_revision=first.revision)
        with self.assertRaises(PreconditionFailed):
            self.roost.delete("/keys/c", if_revision=first.revision)
        self.assertEqual(self.roost.delete("/keys/c", if_revision=second.revision), 1)

    def test_listings(self) -> None:
        names = [f"/list/{number:04}" for number in range(1100)]
        for start in range(0, len(names), 500):
            part = names[start:start + 500]
            self.roost.transaction(then=[op_put(name, name) for name in part])
        listing = self.roost.list("/list")
        self.assertEqual([item.key for item in listing], names)
        self.assertEqual(listing[7].text, names[7])
        self.roost.put("/list/a/b", "deep")
        self.assertEqual(len(self.roost.list("/list", revision=listing.revision)), 1100)
        self.assertEqual(len(self.roost.list(prefix="/list/00")), 100)
        self.assertEqual(self.roost.children("/list"), [*names, "/list/a"])
        self.assertEqual(self.roost.delete(prefix="/list/0"), 1000)
        self.assertEqual(self.roost.delete("/list", recursive=True), 101)
        self.assertEqual(self.roost.list("/list"), [])

    def test_numbered_children(self) -> None:
        keys = [self.roost.append("/jobs", f"job {number}").key for number in range(3)]
        self.assertEqual(len(set(keys)), 3)
        self.assertEqual(sorted(map(str, keys)), keys)

    def test_transactions(self) -> None:
        self.roost.put("/txn/a", "1")
        won = self.roost.transaction(
            [compare("/txn/a", "value", "==", "1"), compare("/txn/b", "exists", "==", False)],
            then=[op_put("/txn/b", b"\xff"), op_get(prefix="/txn/"), op_delete("/txn/a")],
            otherwise=[op_get("/txn/a")],
        )
        self.assertTrue(won.succeeded)
        written, items, deleted = won.results
        self.assertEqual(written.revision, won.revision)
        self.assertEqual([item.value for item in items], [b"1", b"\xff"])
        self.assertEqual(deleted, 1)
        lost = self.roost.transaction(
            compare=[compare("/txn/b", "version", ">", 7)], otherwise=[op_get("/txn/b")]
        )
        self.assertFalse(lost.succeeded)
        self.assertEqual(lost.results[0][0].value, b"\xff")

    def test_counters(self) -> None:
        self.assertEqual(self.roost.counter("c"), 0)
        self.assertEqual(self.roost.add("c", 5), 5)
        self.assertEqual(self.roost.add("c", -2), 3)
        self.assertEqual(self.roost.counter("c"), 3)

    def test_any_call(self) -> None:
        instance = {"address": "10.0.0.1", "port": 80}
        self.roost.call("PUT", "/v1/services/web/n1", body=instance)
        found = self.roost.call("GET", "/v1/services/web", query=[("healthy", "")])
        self.assertEqual(found["instances"][0]["address"], "10.0.0.1")
        self.assertEqual(self.roost.call("GET", "/livez")[:2], b"al")

    def test_notes(self) -> None:
        self.roost.put("/keys/noted", "1", note="für später")
        told = self.roost.call("GET", "/v1/kv/keys/noted", query=[("meta", "")])
        self.assertEqual(told["note"], "für später")

    def test_a_page_of_a_forgotten_revision(self) -> None:
        old = self.roost.put("/keys/old", "1").revision
        new = self.roost.put("/keys/old", "2").revision
        self.roost.call("POST", "/v1/compact", body={"revision": new})
        with self.assertRaises(Compacted) as caught:
            self.roost.get("/keys/old", revision=old)
        self.assertEqual(caught.exception.compact_revision, new)


class Errors(Case):
    def test_each_kind_has_its_class(self) -> None:
        with self.assertRaises(BadRequest) as caught:
            self.roost.call("GET", "/v1/kv/a", query=[("wiat", "5s")])
        self.assertEqual(caught.exception.problem["parameter"], "wiat")
        with self.assertRaises(NotFound) as missing:
            self.roost.call("GET", "/v1/leases/00000000000000aa")
        self.assertEqual(missing.exception.problem["what"], "lease")
        copied = pickle.loads(pickle.dumps(missing.exception))
        self.assertEqual((type(copied), str(copied)), (NotFound, str(missing.exception)))
        self.assertEqual(copied.problem["what"], "lease")

    def test_nobody_there(self) -> None:
        client = Roost("127.0.0.1:1", timeout=0.5)
        with self.assertRaises(Unavailable) as caught:
            client.put("/a", "1")
        self.assertNotIsInstance(caught.exception, UnknownOutcome)
        self.assertIs(caught.exception.applied, False)
        self.assertEqual(caught.exception.kind, "unreachable")

    def test_a_lost_answer_is_found_again_by_its_key(self) -> None:
        wire = Wire(self.cluster.members[0].endpoint)
        self.addCleanup(wire.close)
        client = Roost(wire.endpoint, timeout=2.0)
        self.addCleanup(client.close)
        wire.loses_answers = True
        with self.assertRaises(UnknownOutcome) as caught:
            client.add(self.name())
        self.assertIsNone(caught.exception.applied)
        self.assertGreater(wire.lost_answers, 1, "it was sent again and again")
        wire.loses_answers = False
        key = caught.exception.idempotency_key
        self.assertEqual(client.add(self.name(), idempotency_key=key), 1)
        self.assertEqual(self.roost.counter(self.name()), 1)

    def test_only_what_the_log_decided_takes_a_doubt_away(self) -> None:
        doubt = module._Doubt(is_write=True, key="k")
        doubt.failed(module._Failed("the answer is lost", sent=True))
        denied = module._Reply(401, {}, b'{"code":"unauthenticated"}')
        self.assertIsInstance(doubt.verdict(denied), UnknownOutcome)
        failed = module._Reply(412, {}, b'{"code":"precondition-failed"}')
        self.assertIs(type(doubt.verdict(failed)), PreconditionFailed)

    def test_a_member_that_hangs_is_passed_over(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            endpoint = f"127.0.0.1:{silent.getsockname()[1]}"
            for _ in range(4):  # Whichever it begins with.
                client = Roost([endpoint, self.cluster.members[0].endpoint], timeout=10)
                client.put("/errors/hang", "1")
                client.close()

    def test_connections_are_kept(self) -> None:
        wire = Wire(self.cluster.members[0].endpoint)
        self.addCleanup(wire.close)
        client = Roost(wire.endpoint, timeout=60)
        self.addCleanup(client.close)
        for number in range(20):
            client.put("/errors/kept", str(number))
        self.assertEqual(wire.links, 1)
        wire.sever()
        client.put("/errors/kept", "severed")
        self.assertEqual(wire.links, 1)

    def test_what_makes_no_sense_is_refused(self) -> None:
        for endpoints in ("", "ftp://a:1", "http://a:1/path"):
            with self.assertRaises(ValueError):
                Roost(endpoints)
        with self.assertRaises(ValueError):
            Roost("a:1", user="ann")
        with self.assertRaises(ValueError):
            self.roost.session(ttl=0.5)
        with self.assertRaises(ValueError):
            self.roost.delete()
        with self.assertRaises(ValueError):
            self.roost.watch("/a", since="1\r\nHost: b")

    def test_nothing_shows_credentials(self) -> None:
        secret = "correct-horse"
        shown = [repr(Roost("127.0.0.1:1", user="ann", password=secret))]
        shown.append(repr(Roost("127.0.0.1:1", token=secret)._transport.credentials))
        for attempt in (
            lambda: Roost(f"http://ann:{secret}@127.0.0.1:1"),
            lambda: Roost("127.0.0.1:1", token=secret + "\n\x00"),
            lambda: Roost("127.0.0.1:1", token=secret, timeout=0.2).put("/a", "1"),
            lambda: Roost("127.0.0.1:1", timeout=0.2).login("ann", secret),
        ):
            try:
                attempt()
                self.fail("it was let pass")
            except (ValueError, RoostError) as error:
                shown += [repr(error), str(error), repr(vars(error))]
        self.assertNotIn(secret, "".join(shown))


class Once(Case):
    """Writes while members are killed."""

    def test_each_write_happens_exactly_once(self) -> None:
        answers: List[int] = []
        enough = threading.Event()

        def write(client: Roost) -> None:
            while not enough.is_set():
                answers.append(client.add(self.name()))
                client.append("/once", "x")

        clients = [self.client() for _ in range(4)]
        results = [in_thread(functools.partial(write, client)) for client in clients]
        try:
            for _ in range(2):
                begun = len(answers)
                until(lambda: len(answers) > begun + 80, "the writers go on")
                self.cluster.leader().kill()
                before = len(answers)
                until(lambda: len(answers) > before + 8, "they go on without the leader")
                self.cluster.heal()
        finally:
            enough.set()
        for result in results:
            result()
        count = len(answers)
        self.assertEqual(sorted(answers), list(range(1, count + 1)))
        self.assertEqual(self.roost.counter(self.name()), count)
        self.assertEqual(len(self.roost.list("/once")), count)


def contend(roost: Roost, name: str, rounds: int, marker: str) -> None:
    """Adds to a key in two steps, in the name of a lock; whoever finds another inside says so."""
    for _ in range(rounds):
        with roost.lock(name, ttl=10) as held:
            descriptor = os.open(marker, os.O_CREAT | os.O_EXCL)
            try:
                found = roost.get("/mutex")
                roost.put("/mutex", str(int(found.text) + 1 if found else 1), fence=held)
            finally:
                os.close(descriptor)
                os.unlink(marker)


class Processes(Case):
    def spawn(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), *words], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=with_parent,
        )
        assert process.stdout is not None
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process


class Locks(Processes):
    def waiters(self) -> int:
        return len(self.roost.call("GET", f"/v1/locks/{self.name()}")["waiters"])

    def test_one_holder_at_a_time_while_a_member_is_killed(self) -> None:
        rounds, marker = 12, os.path.join(self.cluster.directory, "inside")
        work = functools.partial(contend, name="mutex", rounds=rounds, marker=marker)
        threads = [in_thread(functools.partial(work, self.client())) for _ in range(2)]
        endpoints = self.cluster.endpoints
        processes = [
            self.spawn("contend", endpoints, "mutex", str(rounds), marker) for _ in range(2)
        ]

        def done() -> int:
            found = self.roost.get("/mutex")
            return int(found.text) if found else 0

        until(lambda: done() >= rounds, "they take turns")
        self.cluster.leader().kill()
        until(lambda: done() >= 2 * rounds, "they take turns without the leader")
        self.cluster.heal()
        for result in threads:
            result()
        for process in processes:
            output, _ = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, output)
        self.assertEqual(done(), 4 * rounds)

    def test_a_killed_holder_is_followed(self) -> None:
        process = self.spawn("hold", self.cluster.endpoints, self.name())
        assert process.stdout is not None
        token = int(process.stdout.readline())
        with self.assertRaises(LockHeld) as caught:
            self.roost.lock(self.name(), wait=0).acquire()
        self.assertEqual(caught.exception.problem["holders"][0]["token"], token)
        process.kill()
        with self.roost.lock(self.name()) as held:
            self.assertGreater(held.token, token)

    def test_loss_is_told_before_another_holds(self) -> None:
        wires = [Wire(member.endpoint) for member in self.cluster.members]
        for wire in wires:
            self.addCleanup(wire.close)
        cut_off = Roost([wire.endpoint for wire in wires], timeout=60)
        with self.assertRaisesRegex(SessionLost, "before the end of its block"):
            with cut_off.lock(self.name(), ttl=2) as held:
                self.assertFalse(held.lost.is_set())

                def take_over() -> Tuple[bool, bool, int]:
                    with self.roost.lock(self.name()) as mine:
                        return held.lost.is_set(), held.session.lost.is_set(), mine.token

                rival = in_thread(take_over)
                until(lambda: self.waiters(), "the rival waits")
                for wire in wires:
                    wire.cut()
                was_told, session_was_told, token = rival()
                self.assertTrue(was_told, "the holder is told first")
                self.assertTrue(session_was_told)
                self.assertTrue(held.lost.wait(60))
                self.assertGreater(token, held.token)
                with self.assertRaises(LockLost):
                    self.roost.put("/locks/late", "x", fence=held)
                with self.assertRaises(SessionLost):
                    held.check()
                cut_off.timeout = 1.0  # For what it says at its end, in vain.
        self.assertIsNone(self.roost.get("/locks/late"))

    def test_loss_asks_the_clock_when_its_thread_is_gone(self) -> None:
        held = self.roost.lock(self.name(), ttl=2).acquire()
        held.session._closed.set()  # Ends the thread, and nothing else.
        with self.roost.lock(self.name()):
            self.assertTrue(held.lost.is_set())

    def test_signs_of_life_count_from_when_they_were_sent(self) -> None:
        wire = Wire(self.cluster.members[0].endpoint)
        self.addCleanup(wire.close)
        with Roost(wire.endpoint, timeout=60) as client:
            wire.delay = 0.3
            session = client.session(ttl=6)
            for _ in range(2):
                proven = session._proven
                self.assertGreaterEqual(module._boot_time() - proven, wire.delay)
                until(lambda: session._proven > proven, "it is kept alive")
            wire.delay = 0.0

    def test_a_session_outlives_a_leader_that_hangs(self) -> None:
        with self.roost.session(ttl=20) as session:
            leader = self.cluster.leader()
            leader.signal(signal.SIGSTOP)
            try:
                others = [one.endpoint for one in self.cluster.members if one is not leader]
                Roost(others, timeout=60).put("/locks/leaderless", "1")
                proven = session._proven
                until(lambda: session._proven > proven, "the others keep it alive")
                self.roost.put("/locks/ephemeral", "1", session=session)
                self.assertFalse(session.lost.is_set())
            finally:
                leader.signal(signal.SIGCONT)
        self.assertIsNone(self.roost.get("/locks/ephemeral"))

    def test_what_others_end_is_noticed(self) -> None:
        with self.roost.session(ttl=3) as session:
            lock = self.roost.lock(self.name(), session=session)
            held = lock.acquire()
            with self.assertRaises(RuntimeError):
                self.roost.lock(self.name(), session=session).acquire()
            self.roost.call("DELETE", f"/v1/locks/{self.name()}", query=[("force", "")])
            self.assertTrue(held.lost.wait(60))
            self.assertFalse(session.lost.is_set())
            self.roost.call("DELETE", f"/v1/leases/{session.id}")
            self.assertTrue(session.lost.wait(60))
            with self.assertRaises(SessionLost):
                self.roost.put("/locks/too-late", "1", session=session)

    def test_a_place_that_is_given_up_is_granted_to_nobody(self) -> None:
        with self.roost.session(ttl=30) as one, self.roost.session(ttl=30) as other:
            held = self.roost.lock(self.name(), session=one).acquire()
            with self.assertRaises(LockHeld):
                self.roost.lock(self.name(), session=other, wait=0.2).acquire()
            waiting = in_thread(
                lambda: self.roost.lock(self.name(), session=other, wait=600).acquire()
            )
            until(lambda: self.waiters(), "it waits")
            other.close()
            with self.assertRaises(SessionLost):
                waiting()
            held.release()
            with self.roost.lock(self.name(), wait=60):
                pass
            self.roost.lock(self.name(), session=one, wait=60).acquire().release()

    def test_a_place_that_another_request_gave_up_is_asked_for_again(self) -> None:
        held = self.roost.lock(self.name()).acquire()
        with self.roost.session(ttl=60) as session:
            lock = self.roost.lock(self.name(), session=session)
            waiting = in_thread(lock.acquire)
            until(self.waiters, "it waits")
            with self.assertRaises((LockHeld, NotFound)):
                body = {"lease": session.id, "wait": "1ms"}
                self.roost.call("POST", f"/v1/locks/{self.name()}", body=body)
            until(self.waiters, "it waits again")
            held.release()
            waiting().release()

    def test_an_interrupted_wait_leaves_the_queue(self) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGUSR1, interrupt)
        self.addCleanup(signal.signal, signal.SIGUSR1, before)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])

        def press() -> None:
            until(self.waiters, "it waits")
            os.kill(os.getpid(), signal.SIGUSR1)

        with self.roost.lock(self.name()), self.roost.session(ttl=60) as session:
            pressing = in_thread(press)
            with self.assertRaises(KeyboardInterrupt):
                self.roost.lock(self.name(), session=session).acquire()
            pressing()
            self.assertEqual(self.waiters(), 0)

    def test_semaphore(self) -> None:
        first = self.roost.lock(self.name(), permits=2).acquire()
        second = self.roost.lock(self.name(), permits=2).acquire()
        with self.assertRaises(LockHeld):
            self.roost.lock(self.name(), permits=2, wait=0).acquire()
        first.release()
        with self.roost.lock(self.name(), permits=2) as third:
            self.assertGreater(third.token, second.token)
        second.release()

    def test_a_hold_has_an_end_of_its_own(self) -> None:
        held = self.roost.lock(self.name(), ttl=2, max_hold=2).acquire()
        with self.roost.lock(self.name()):
            self.assertTrue(held.lost.is_set())
        held.release()


class Elections(Processes):
    def test_leaders_follow_each_other(self) -> None:
        first = self.roost.election(self.name(), ttl=10)
        self.assertIsNone(first.leader())
        seen: List[Optional[Leader]] = []
        wire = Wire(self.cluster.members[0].endpoint)
        self.addCleanup(wire.close)
        client = Roost(wire.endpoint, timeout=60)
        self.addCleanup(client.close)
        with client.election(self.name()).observe() as observation:

            def observe() -> None:
                for state in observation:
                    seen.append(state)

            observing = in_thread(observe)
            until(lambda: seen, "the state there is")
            leadership = first.campaign("one")
            self.assertTrue(first.is_leader)
            until(lambda: seen[-1] and seen[-1].text == "one", "it is seen")
            wire.sever()
            until(lambda: wire.accepted > 1, "it looks again")
            other = self.client().election(self.name(), ttl=10)
            following = in_thread(lambda: other.campaign("two"))
            leadership.proclaim("one and a half")
            until(lambda: seen[-1] and seen[-1].text == "one and a half", "that, too")
            self.cluster.members[0].kill()
            self.cluster.members[0].start()
            with self.assertRaises(LockHeld):
                self.client().election(self.name()).campaign("three", wait=0)
            self.assertTrue(first.is_leader)
            self.assertFalse(other.is_leader)
            first.resign()
            self.assertFalse(first.is_leader)
            second = following()
            self.assertTrue(other.is_leader)
            until(lambda: seen[-1] and seen[-1].text == "two", "the next one is seen")
            self.assertGreater(second.token, leadership.token)
            with self.assertRaises(LockLost):
                leadership.proclaim("late")
            found = other.leader()
            assert found is not None
            self.assertEqual((found.text, found.token), ("two", second.token))
            other.resign()
            until(lambda: seen[-1] is None, "nobody leads")
        observing()
        self.assertTrue(all(one != next for one, next in zip(seen, seen[1:])), seen)
        tokens = [state.token for state in seen if state is not None]
        self.assertEqual(tokens, sorted(tokens))

    def test_a_killed_leader_is_followed(self) -> None:
        process = self.spawn("lead", self.cluster.endpoints, self.name())
        assert process.stdout is not None
        token = int(process.stdout.readline())
        waiting = in_thread(lambda: self.roost.election(self.name()).campaign("next"))
        process.kill()
        with waiting() as leadership:
            self.assertGreater(leadership.token, token)


class Watches(Case):
    def test_every_change_once_while_members_are_killed(self) -> None:
        count = 300
        expected: List[Tuple[str, str]] = []
        received: List[Event] = []
        tellers: Set[Optional[str]] = set()

        def write(client: Roost) -> None:
            for number in range(0, count, 3):
                # Most is still to come when a member is killed.
                until(lambda: len(expected) < len(received) + 30, "the watch goes on")
                keys = [f"/watched/{number + step}" for step in range(3)]
                client.transaction(then=[op_put(key, str(number)) for key in keys])
                expected.extend((key, str(number)) for key in keys)

        with self.roost.watch("/watched", recursive=True) as watch:
            writing = in_thread(functools.partial(write, self.client()))
            for event in watch:
                received.append(event)
                tellers.add(watch.endpoint)
                if len(received) == count:
                    break
                if len(received) in (40, 170):
                    assert watch.endpoint is not None
                    self.cluster.at(watch.endpoint).kill()
                elif len(received) in (100, 230):
                    self.cluster.heal()
            writing()
            self.assertEqual([(event.key, event.value.decode()) for event in received], expected)
            places = [event.id for event in received]
            self.assertEqual(len(set(places)), count)
            self.assertGreater(len(tellers), 1)
            self.assertIsNone(watch.next(timeout=0.1))

    def test_it_goes_on_within_a_revision(self) -> None:
        start = self.roost.put("/w/start", "0").revision
        keys = [f"/w/{name}" for name in "abcd"]
        self.roost.transaction(then=[op_put(key, "1") for key in keys])
        with self.roost.watch(prefix="/w/", since=start) as watch:
            events = [next(watch) for _ in keys]
        self.assertEqual([event.key for event in events], keys)
        with self.roost.watch(prefix="/w/", since=events[1].id) as watch:
            self.assertEqual([next(watch).key for _ in range(2)], keys[2:])

    def test_items_first_once_though_the_connection_breaks_among_them(self) -> None:
        keys = [f"/items/{number:02}" for number in range(40)]
        for key in keys:
            self.roost.put(key, b"x" * 50_000)
        wire = Wire(self.cluster.members[0].endpoint)
        self.addCleanup(wire.close)
        client = Roost(wire.endpoint, timeout=60)
        wire.breaks_after = 1_000_000
        with client.watch("/items", recursive=True, initial=True, previous=True) as watch:
            told = [next(watch)]
            while told[-1].type != "synced":
                told.append(next(watch))
            self.assertEqual([event.key for event in told[:-1]], keys)
            self.assertEqual(wire.accepted, 2)
            self.roost.put("/items/00", "3")
            changed = next(watch)
            assert changed.previous is not None
            self.assertEqual((changed.value, len(changed.previous.value)), (b"3", 50_000))
            self.roost.delete("/items/01")
            gone = next(watch)
            self.assertEqual((gone.type, gone.key, gone.cause), ("delete", "/items/01", "deleted"))

    def test_it_ends_and_says_why(self) -> None:
        first = self.roost.put("/ends", "1").revision
        last = self.roost.put("/ends", "2").revision
        with self.roost.watch("/ends", since=first - 1, to=last) as watch:
            self.assertEqual([event.value for event in watch], [b"1", b"2"])
        self.roost.call("POST", "/v1/compact", body={"revision": last})
        with self.assertRaises(Compacted) as caught:
            next(self.roost.watch("/ends", since=first - 1))
        self.assertEqual(caught.exception.compact_revision, last)

    def test_it_ends_by_close_from_another_thread(self) -> None:
        watch = self.roost.watch("/closed")
        reading = in_thread(lambda: list(watch))
        until(lambda: watch._busy.locked(), "it reads")
        watch.close()
        self.assertEqual(reading(), [])


class Secured(unittest.TestCase):
    """TLS, users and their tokens, and rights that end."""

    def test_tls_and_users(self) -> None:
        files = ["--tls-cert", "certs/n1.crt", "--tls-key", "certs/n1.key"]
        secure = Cluster(1, [*files, "--tls-ca", "certs/ca.crt"])
        self.addCleanup(secure.close)
        secure.run("certs", "init", "certs")
        secure.run("certs", "issue", "member", "n1", "--host", secure.host, "--dir", "certs")
        secure._options["cafile"] = os.path.join(secure.directory, "certs", "ca.crt")
        secure.heal()
        with self.assertRaises(Unavailable) as distrusted:
            Roost("https://" + secure.endpoints, timeout=1).get("/a")
        self.assertIn("certificate", distrusted.exception.detail)

        secret, rules = "correct horse", [{"allow": ["read"], "path": "/app", "recursive": True}]
        everything = [
            {"allow": ["admin"]}, {"allow": ["lock"], "name": "*"},
            {"allow": ["read", "write"], "path": "/", "recursive": True},
        ]
        nobody = secure.client(timeout=20)
        nobody.call("PUT", "/v1/auth/roles/root", body={"rules": everything})
        nobody.call("PUT", "/v1/auth/roles/reader", body={"rules": rules})
        for user, role in (("root", "root"), ("ann", "reader")):
            body = {"password": secret, "roles": [role]}
            nobody.call("PUT", f"/v1/auth/users/{user}", body=body)
        nobody.call("POST", "/v1/auth/enable")
        with self.assertRaises(Unauthenticated):
            nobody.get("/app/a")
        with self.assertRaises(Unauthenticated):
            secure.client(user="ann", password="wrong horse").get("/app/a")

        root = secure.client(user="root", password=secret)
        with root.lock("deploy") as held:
            root.put("/app/a", "1", fence=held)
        tokens: List[str] = []

        def token() -> str:
            tokens.append(root.login("ann", secret))
            return tokens[-1]

        ann = secure.client(token=token)
        found = ann.get("/app/a")
        assert found is not None
        self.assertEqual(found.text, "1")
        with self.assertRaises(PermissionDenied) as denied:
            ann.put("/app/a", "2")
        self.assertNotIn(secret, traceback.format_exc() + repr(denied.exception))
        watch = ann.watch("/app", recursive=True)
        # Whatever changes about a user or its roles ends its tokens: a new one is asked for.
        more = [*rules, {"allow": ["read"], "path": "/more"}]
        root.call("PUT", "/v1/auth/roles/reader", body={"rules": more})
        with self.assertRaises(Unauthenticated):
            secure.client(token=tokens[0]).get("/app/a")
        self.assertIsNotNone(ann.get("/app/a"))
        self.assertGreater(len(tokens), 1)
        root.put("/app/b", "2")
        self.assertEqual(next(watch).key, "/app/b")
        root.call("PUT", "/v1/auth/roles/reader", body={"rules": []})
        with self.assertRaises(PermissionDenied):
            next(watch)
        root.close()


class Page(Case):
    """What README.md shows."""

    def test_its_examples_run(self) -> None:
        with open(os.path.join(HERE, "README.md"), encoding="utf-8") as page:
            blocks = re.findall(r"```python\n(.*?)```", page.read(), re.DOTALL)
        self.assertGreater(len(blocks), 3)
        names: Dict[str, Any] = {}
        for block in blocks:
            text = re.sub(r'Roost\("10\.0\.0\.1[^)]*\)', "cluster.client()", block)
            names["cluster"] = self.cluster
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(text, "README.md", "exec"), names)


def run_beside(words: List[str]) -> None:
    """What the tests run as processes of their own."""
    what, endpoints, name, *rest = words
    client = Roost(endpoints, timeout=60)
    if what == "contend":
        contend(client, name, int(rest[0]), rest[1])
        return
    if what == "hold":
        token = client.lock(name, ttl=2).acquire().token
    else:
        token = client.election(name, ttl=2).campaign("first").token
    print(token, flush=True)
    signal.pause()


if __name__ == "__main__":
    if len(sys.argv) > 3:
        run_beside(sys.argv[1:])
    else:
        unittest.main()
