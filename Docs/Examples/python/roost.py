"""A client of Roost in one file, of the standard library alone: Python 3.9 and later.

    from roost import Roost

    roost = Roost("10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379")
    roost.put("/app/url", "postgres://db1")
    print(roost.get("/app/url").text)

    with roost.lock("deploy") as held:              # waits for its turn
        roost.put("/app/version", "8", fence=held)  # refused once the lock is lost

Every time is in seconds. A `Roost` may be used by any number of threads. What goes wrong is a
`RoostError`; its subclasses say what, and `UnknownOutcome` is the only one after which a write may
have happened nevertheless. Nothing here puts a token or a password into an exception or a `repr`.
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import random
import re
import select
import socket
import ssl
import threading
import time
import uuid
import weakref
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Callable, Deque, Dict, Generic, Iterable, List, Mapping
from typing import Optional, Sequence, Set, Tuple, Type, TypeVar, Union
from urllib.parse import quote, urlencode, urlsplit

__all__ = [
    "Roost", "Session", "Lock", "Hold", "Election", "Leadership", "Leader", "Loss", "Watch",
    "Observation", "KeyValue", "Listing", "Written", "Event", "TransactionResult", "compare",
    "op_put", "op_get", "op_delete", "RoostError", "BadRequest", "Unauthenticated",
    "PermissionDenied", "NotFound", "Conflict", "LockHeld", "PreconditionFailed", "LockLost",
    "Compacted", "SessionLost", "NoSpace", "Unavailable", "TooManyRequests", "UnknownOutcome",
]

Key = Union[str, bytes]
Value = Union[str, bytes]
_Query = List[Tuple[str, Key]]
_T = TypeVar("_T")

# ------------------------------------------------------------------------------------------ errors


class RoostError(Exception):
    """What the service, or the way to it, refused.

    `kind` is the service's code, such as `precondition-failed`, or one of this client's own:
    `unreachable`, `unknown-outcome`, `session-lost`. `status` is HTTP's, None without an answer;
    `detail` is for people; `problem` is the whole answer (RFC 9457). `applied` is False when the
    write certainly did not happen, None when nobody knows. `idempotency_key` is the key under which
    a write was sent: the same call with it is the same write, for ten minutes.
    """

    applied: Optional[bool] = False

    def __init__(
        self,
        detail: str,
        *,
        kind: str,
        status: Optional[int] = None,
        problem: Optional[Mapping[str, Any]] = None,
        idempotency_key: Optional[str] = None,
    ) -> None:
        super().__init__(f"{kind}: {detail}")
        self.detail = detail
        self.kind = kind
        self.status = status
        self.problem: Mapping[str, Any] = problem or {}
        self.idempotency_key = idempotency_key

    def __reduce__(self) -> Tuple[Any, ...]:  # So that it can go from one process to another.
        return (_raised_again, (type(self), self.detail, self.__dict__))


def _raised_again(kind: Type[RoostError], detail: str, state: Dict[str, Any]) -> RoostError:
    error = kind(detail, kind=str(state["kind"]))
    error.__dict__.update(state)
    return error


class BadRequest(RoostError):
    """The request cannot be understood, or is too large: a mistake of the program."""


class Unauthenticated(RoostError):
    """Nobody in particular may not do this, or the token or password is not accepted."""


class PermissionDenied(RoostError):
    """No rule allows it, or a guard wants the token of a lock."""


class NotFound(RoostError):
    """There is no such thing; `problem["what"]` says which."""


class Conflict(RoostError):
    """It does not go with what there is."""


class LockHeld(Conflict):
    """Others hold the lock, or lead, and the wait is over; `problem["holders"]` says who."""


class PreconditionFailed(Conflict):
    """`if_revision` or `create` did not hold; `problem["current"]` is the key as it is."""


class LockLost(PreconditionFailed):
    """The `fence` of a write, or the token, does not hold any more: nothing was written."""


class Compacted(RoostError):
    """The revision asked for is forgotten: read the present state, and go on from there."""

    @property
    def compact_revision(self) -> int:
        return int(self.problem.get("compact_revision", 0))


class SessionLost(RoostError):
    """The session cannot be relied on any more, or has ended, and what was held in it with it."""


class NoSpace(RoostError):
    """The disk reserve or a quota is used up; deletes still work."""


class Unavailable(RoostError):
    """No member, leader or majority answered in time. A write certainly did not happen."""


class TooManyRequests(Unavailable):
    """A bound is reached; more patience than the timeout is asked for."""


class UnknownOutcome(Unavailable):
    """The answer to a write is lost: it may have happened, or may happen yet. The same call with
    `idempotency_key=error.idempotency_key` finds out, and makes it happen once."""

    applied = None


_KINDS: Dict[str, Type[RoostError]] = {
    "unauthenticated": Unauthenticated,
    "permission-denied": PermissionDenied,
    "guarded": PermissionDenied,
    "not-found": NotFound,
    "lock-held": LockHeld,
    "wait-timeout": LockHeld,
    "compacted": Compacted,
    "lease-ended": SessionLost,
    "precondition-failed": PreconditionFailed,
    "no-space": NoSpace,
    "quota-exceeded": NoSpace,
    "unavailable": Unavailable,
    "too-many-requests": TooManyRequests,
}
#: Refusals that the log decided, and gives again to whoever asks again under the same key.
_DECIDED = (404, 409, 410, 412, 422)


def _error(problem: Mapping[str, Any], status: int, key: Optional[str] = None) -> RoostError:
    kind = str(problem.get("code", f"http-{status}"))
    detail = str(problem.get("detail") or problem.get("title") or f"status {status}")
    found = _KINDS.get(kind)
    if found is PreconditionFailed and "holders" in problem:
        found = LockLost
    if found is None:
        found = Conflict if status == 409 else BadRequest if status < 500 else RoostError
    error = found(detail, kind=kind, status=status, problem=problem, idempotency_key=key)
    if status == 500:
        error.applied = None
    return error


# ------------------------------------------------------------------------------------------ values


@dataclass(frozen=True)
class KeyValue:
    """A key as it was at one revision. `key` is text, or bytes where it is not UTF-8."""

    key: Key
    value: bytes
    version: int
    create_revision: int
    mod_revision: int
    lease: Optional[str] = None

    @property
    def text(self) -> str:
        return self.value.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.value)


class Listing(List[KeyValue]):
    """Keys in byte order, all as they were at `revision`: `watch(…, since=listing.revision)` goes
    on just after them."""

    def __init__(self, items: Iterable[KeyValue], revision: int) -> None:
        super().__init__(items)
        self.revision = revision


@dataclass(frozen=True)
class Written:
    """What a write came to. `version` is 1 when the key is new."""

    key: Key
    revision: int
    version: int
    create_revision: int
    lease: Optional[str] = None


@dataclass(frozen=True)
class Event:
    """One change. `type` is `put`, `delete`, or `synced` after the items of `initial`. `cause` of a
    delete is `deleted`, `expired` or `revoked`. `id` is the place behind it, for `since`."""

    type: str
    key: Key
    value: bytes
    revision: int
    id: str
    item: Optional[KeyValue] = None
    previous: Optional[KeyValue] = None
    cause: Optional[str] = None


@dataclass(frozen=True)
class TransactionResult:
    """`results` has for a put what was `Written`, for a get a list of `KeyValue`, for a delete how
    many keys went, and for a nested transaction another result."""

    succeeded: bool
    revision: int
    results: List[Any]


@dataclass(frozen=True)
class Leader:
    """Who leads an election. `token` grows with every new leader."""

    name: str
    token: int
    value: bytes
    owner: str

    @property
    def text(self) -> str:
        return self.value.decode("utf-8")


def _bytes_of(text: Value) -> bytes:
    return text.encode("utf-8") if isinstance(text, str) else bytes(text)


def _key_of(document: Mapping[str, Any]) -> Key:
    if "key_base64" in document:
        return base64.b64decode(document["key_base64"])
    return str(document["key"])


def _value_of(document: Mapping[str, Any]) -> bytes:
    value = document.get("value", "")
    if document.get("encoding") == "base64":
        return base64.b64decode(value)
    return str(value).encode("utf-8")


def _item_of(document: Mapping[str, Any]) -> KeyValue:
    return KeyValue(
        _key_of(document), _value_of(document), int(document["version"]),
        int(document["create_revision"]), int(document["mod_revision"]), document.get("lease"),
    )


def _written_of(document: Mapping[str, Any]) -> Written:
    return Written(
        _key_of(document), int(document["mod_revision"]), int(document["version"]),
        int(document["create_revision"]), document.get("lease"),
    )


def _leader_of(document: Mapping[str, Any]) -> Leader:
    owner = str(document.get("owner", ""))
    return Leader(str(document["name"]), int(document["token"]), _value_of(document), owner)


def _duration(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


def _named(field: str, data: Key) -> Dict[str, str]:
    """A field with text, or in base64 where the bytes are no UTF-8."""
    try:
        return {field: data if isinstance(data, str) else data.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{field}_base64": base64.b64encode(_bytes_of(data)).decode("ascii")}


def _with_value(value: Value) -> Dict[str, str]:
    try:
        return {"value": value if isinstance(value, str) else value.decode("utf-8")}
    except UnicodeDecodeError:
        text = base64.b64encode(_bytes_of(value)).decode("ascii")
        return {"value": text, "encoding": "base64"}


# ------------------------------------------------------------------- the parts of a transaction


def compare(key: Key, target: str, op: str, value: Any) -> Dict[str, Any]:
    """`compare("/a", "value", "==", "x")`. `target` is `value`, `version`, `create_revision`,
    `mod_revision`, `lease`, `exists` or `child_version`; `op` is `==`, `!=`, `<` or `>`."""
    extra = _with_value(value) if isinstance(value, (str, bytes)) else {"value": value}
    return {**_named("key", key), "target": target, "op": op, **extra}


def op_put(key: Key, value: Value, *, session: Optional[Session] = None) -> Dict[str, Any]:
    """Writes a key; with a session the key goes when that ends."""
    put = {**_named("key", key), **_with_value(value)}
    if session is not None:
        put["lease"] = session.id
    return {"put": put}


def op_get(key: Optional[Key] = None, *, prefix: Optional[Key] = None) -> Dict[str, Any]:
    """Reads one key, or all that begin with `prefix`."""
    return {"get": _one_or_prefix(key, prefix)}


def op_delete(key: Optional[Key] = None, *, prefix: Optional[Key] = None) -> Dict[str, Any]:
    """Deletes one key, or all that begin with `prefix`."""
    return {"delete": _one_or_prefix(key, prefix)}


def _one_or_prefix(key: Optional[Key], prefix: Optional[Key]) -> Dict[str, str]:
    if key is not None and prefix is None:
        return _named("key", key)
    if prefix is not None and key is None:
        return _named("prefix", prefix)
    raise ValueError("name either a key or a prefix")


def _result_of(document: Mapping[str, Any]) -> TransactionResult:
    results: List[Any] = []
    for result in document["results"]:
        ((operation, told),) = result.items()
        if operation == "put":
            results.append(_written_of(told))
        elif operation == "get":
            results.append([_item_of(item) for item in told["items"]])
        elif operation == "delete":
            results.append(int(told["deleted"]))
        else:
            results.append(_result_of({"revision": document["revision"], **told}))
    return TransactionResult(bool(document["succeeded"]), int(document["revision"]), results)


# --------------------------------------------------------------------------- members and the wire


class _Failed(Exception):
    """An attempt without an answer; `sent` when bytes of the request may have arrived."""

    def __init__(self, why: str, sent: bool) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Mapping[str, Any]:
        """The body as an object; empty where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class _Member:
    """An address with its breaker: after a failure it is passed over for a moment."""

    def __init__(self, text: str, secure: bool) -> None:
        if "@" in text:
            raise ValueError("an endpoint has no credentials: give token=, or user= and password=")
        scheme, mark, rest = text.partition("://")
        if not mark:
            scheme, rest = ("https" if secure else "http"), text
        parts = urlsplit("//" + rest)
        if scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(f"'{text}': write HOST:PORT, http://HOST:PORT or https://HOST:PORT")
        self.secure = scheme == "https"
        self.host: str = parts.hostname
        self.port: int = parts.port or 2379
        self.failures = 0
        self.closed_until = 0.0

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https://' if self.secure else ''}{host}:{self.port}"


class _Members:
    """Who is asked next: whoever answered last, else the next whose breaker is closed."""

    def __init__(self, members: Sequence[_Member]) -> None:
        self.all = list(members)
        self._lock = threading.Lock()
        self._current = random.randrange(len(self.all))

    def choose(self, passed: Set[_Member]) -> _Member:
        with self._lock:
            order = self.all[self._current:] + self.all[: self._current]
            left = [member for member in order if member not in passed] or order
            now = time.monotonic()
            ready = [member for member in left if member.closed_until <= now]
            chosen = ready[0] if ready else min(left, key=lambda member: member.closed_until)
            if chosen.failures:  # One thread tries it; the others go elsewhere meanwhile.
                chosen.closed_until = now + self._rest(chosen)
            return chosen

    def answered(self, member: _Member) -> None:
        with self._lock:
            member.failures, member.closed_until = 0, 0.0
            self._current = self.all.index(member)

    def failed(self, member: _Member) -> None:
        with self._lock:
            member.failures += 1
            member.closed_until = time.monotonic() + self._rest(member)

    @staticmethod
    def _rest(member: _Member) -> float:
        return min(5.0, 0.25 * 2.0 ** min(member.failures - 1, 5)) * random.uniform(0.75, 1.25)


class _Budget:
    """Bounds what retries add: twenty a second, and a tenth of the calls."""

    _PER_SECOND = 20.0
    _SHARE = 0.1
    _CAPACITY = 40.0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = self._CAPACITY
        self._filled = time.monotonic()

    def called(self) -> None:
        with self._lock:
            self._left = min(self._CAPACITY, self._left + self._SHARE)

    def retry(self) -> float:
        """Takes a retry, and says how long to rest before it."""
        with self._lock:
            now = time.monotonic()
            earned = (now - self._filled) * self._PER_SECOND
            self._left = min(self._CAPACITY, self._left + earned) - 1.0
            self._filled = now
            return max(0.0, -self._left / self._PER_SECOND)


class _Credentials:
    """What `Authorization` says. The field is never shown."""

    def __init__(
        self,
        token: Union[None, str, Callable[[], str]],
        user: Optional[str],
        password: Optional[str],
    ) -> None:
        if (user is None) != (password is None):
            raise ValueError("a user needs a password, and a password a user")
        if user is not None and token is not None:
            raise ValueError("give a token, or a user with a password, not both")
        self._source = token if callable(token) else None
        self._lock = threading.Lock()
        self._field: Optional[str] = None
        if isinstance(token, str):
            self._field = self._bearer(token)
        elif user is not None and password is not None:
            if ":" in user:
                raise ValueError("a user's name has no colon")
            pair = base64.b64encode(f"{user}:{password}".encode("utf-8")).decode("ascii")
            self._field = "Basic " + pair

    @staticmethod
    def _bearer(token: str) -> str:
        token = token.strip()
        if not token or not all("\x21" <= character <= "\x7e" for character in token):
            raise ValueError("the token has characters that no token has")
        return "Bearer " + token

    def field(self) -> Optional[str]:
        if self._source is None:
            return self._field
        with self._lock:
            if self._field is None:
                self._field = self._bearer(self._source())
            return self._field

    def refused(self, field: Optional[str]) -> bool:
        """Whether another try with a new token makes sense."""
        with self._lock:
            if self._source is None or field is None:
                return False
            if self._field == field:
                self._field = None
            return True

    def __repr__(self) -> str:
        return "_Credentials(…)"


class _Connection(http.client.HTTPConnection):
    """A connection that is never opened anew behind our back."""

    auto_open = 0


class _Transport:
    """Connections to the members, each used by one thread at a time and kept for the next call."""

    _IDLE_MAX = 16
    _BODY_MAX = 64 << 20
    _PART = 64 << 10

    def __init__(
        self, credentials: _Credentials, context: ssl.SSLContext, server_name: Optional[str]
    ) -> None:
        self.credentials = credentials
        self._context = context
        self._server_name = server_name
        self._lock = threading.Lock()
        self._idle: Dict[_Member, List[_Connection]] = {}
        self._process = os.getpid()

    def connect(self, member: _Member, deadline: float) -> socket.socket:
        """A new connection; nothing of a request has left when it fails."""
        try:
            link = socket.create_connection((member.host, member.port), _rest_of(deadline))
            try:
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if not member.secure:
                    return link
                link.settimeout(_rest_of(deadline))
                name = self._server_name or member.host
                return self._context.wrap_socket(link, server_hostname=name)
            except BaseException:
                link.close()
                raise
        except (OSError, ValueError) as error:
            raise _Failed(f"{member}: {_why(error)}", sent=False) from error

    def headers(self, extra: Mapping[str, str]) -> Dict[str, str]:
        headers = dict(extra)
        field = self.credentials.field()
        if field is not None:
            headers["Authorization"] = field
        return headers

    def attempt(
        self,
        member: _Member,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        deadline: float,
    ) -> _Reply:
        """One request to one member. A kept connection that turns out to be closed is no failure of
        the member: the request, which may be repeated as all here may, goes over a new one."""
        sent = False
        while True:
            kept = self._take(member)
            connection = kept
            if connection is None:
                try:
                    link = self.connect(member, deadline)
                except _Failed as failure:
                    raise _Failed(failure.why, failure.sent or sent) from failure
                connection = _Connection(member.host, member.port)
                connection.sock = link
            try:
                reply = self._exchange(connection, method, target, headers, body, deadline)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if kept is not None and isinstance(error, ConnectionError):
                    sent = True
                    continue
                # A member may refuse a certificate behind the handshake, before any request.
                refused = isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or "")
                unsent = refused and kept is None and not sent
                raise _Failed(f"{member}: {_why(error)}", sent=not unsent) from error
            except BaseException:
                connection.close()
                raise
            if connection.sock is not None:
                self._give_back(member, connection)
            return reply

    def _exchange(
        self,
        connection: _Connection,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        deadline: float,
    ) -> _Reply:
        assert connection.sock is not None
        connection.sock.settimeout(_rest_of(deadline))
        has_body = body or method in ("PUT", "POST", "PATCH")
        connection.request(method, target, body if has_body else None, dict(headers))
        connection.sock.settimeout(_rest_of(deadline))
        response = connection.getresponse()
        parts: List[bytes] = []
        left = self._BODY_MAX
        while True:  # In parts: Python 3.9 makes room for all that may come.
            part = response.read(self._PART)
            if not part:
                break
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise http.client.HTTPException("the answer is too long")
        if response.will_close:
            connection.close()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return _Reply(response.status, fields, b"".join(parts))

    def _take(self, member: _Member) -> Optional[_Connection]:
        with self._lock:
            if self._process != os.getpid():  # The parent of this process goes on using them.
                self._process, self._idle = os.getpid(), {}
            idle = self._idle.get(member, [])
            while idle:
                connection = idle.pop()
                if connection.sock is not None and not _is_readable(connection.sock):
                    return connection
                connection.close()
        return None

    def _give_back(self, member: _Member, connection: _Connection) -> None:
        with self._lock:
            idle = self._idle.setdefault(member, [])
            if len(idle) < self._IDLE_MAX:
                idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()


def _rest_of(deadline: float) -> float:
    """What is left until a deadline; at least a millisecond, since 0 means something else."""
    return max(0.001, deadline - time.monotonic())


def _is_readable(link: socket.socket) -> bool:
    """Of an idle connection: whether the other side has closed it."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(link, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([link], [], [], 0)[0])


def _why(error: BaseException) -> str:
    if isinstance(error, socket.timeout):
        return "no answer in time"
    return str(error) or type(error).__name__


# --------------------------------------------------------------------------------- event streams


@dataclass(frozen=True)
class _Block:
    event: str
    id: Optional[str]
    data: Optional[str]

    def document(self) -> Mapping[str, Any]:
        found = json.loads(self.data or "{}")
        return found if isinstance(found, dict) else {}


class _StreamBroken(Exception):
    """The stream cannot be read on, and may be resumed."""


class _EventStream:
    """One connection with Server-Sent Events. It reads the socket itself, so that a wait can be
    given up without giving up the connection."""

    _HEAD_MAX = 64 << 10
    _BLOCK_MAX = 64 << 20

    def __init__(self, link: socket.socket, request: bytes, deadline: float) -> None:
        self._link = link
        self._rest = b""  # Received, and not decoded yet.
        self._chunk = 0  # What is left of the chunk that is under way, its end of line included.
        self._line = b""  # Decoded, without an end of line yet.
        self._fields: Dict[str, str] = {}
        link.settimeout(_rest_of(deadline))
        link.sendall(request)
        while b"\r\n\r\n" not in self._rest:
            if len(self._rest) > self._HEAD_MAX:
                raise _StreamBroken("the head of the answer is too long")
            link.settimeout(_rest_of(deadline))
            self._receive()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, _, fields = head.partition(b"\r\n")
        try:
            self.status = int(first.split()[1])
        except (IndexError, ValueError):
            raise _StreamBroken("the answer is no HTTP") from None
        self._headers = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
        self._is_chunked = self._headers.get("Transfer-Encoding", "").lower() == "chunked"

    def refusal(self, deadline: float) -> _Reply:
        """The whole of an answer that is no stream."""
        length = min(int(self._headers.get("Content-Length", "0")), self._HEAD_MAX)
        while len(self._rest) < length:
            self._link.settimeout(_rest_of(deadline))
            self._receive()
        fields = {name.lower(): value for name, value in self._headers.items()}
        return _Reply(self.status, fields, self._rest[:length])

    def blocks(self, timeout: float) -> List[_Block]:
        """The blocks that have arrived, at least one byte of one; `socket.timeout` without any."""
        found = self._parse(self._decode())
        if found:
            return found
        self._link.settimeout(max(0.001, timeout))
        self._receive()
        return self._parse(self._decode())

    def _receive(self) -> None:
        data = self._link.recv(64 << 10)
        if not data:
            raise _StreamBroken("the connection ended")
        self._rest += data

    def _decode(self) -> bytes:
        if not self._is_chunked:
            data, self._rest = self._rest, b""
            return data
        parts: List[bytes] = []
        while self._rest:
            if self._chunk == 0:
                size, mark, rest = self._rest.partition(b"\r\n")
                if not mark:
                    break
                try:
                    self._chunk = int(size.split(b";")[0], 16) + 2
                except ValueError:
                    raise _StreamBroken("the answer is no HTTP") from None
                self._rest = rest
                if self._chunk == 2:
                    self._rest = b""
                    break
                continue
            part = self._rest[: self._chunk]
            self._rest = self._rest[len(part):]
            data_left = max(0, self._chunk - 2)
            self._chunk -= len(part)
            parts.append(part[:data_left])
        return b"".join(parts)

    def _parse(self, data: bytes) -> List[_Block]:
        found: List[_Block] = []
        *lines, self._line = (self._line + data).split(b"\n")
        if len(self._line) > self._BLOCK_MAX:
            raise _StreamBroken("a line of the stream is too long")
        for line in lines:
            name, _, value = line.rstrip(b"\r").decode("utf-8").partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "data" and "data" in self._fields:
                value = self._fields["data"] + "\n" + value
            if name:
                self._fields[name] = value
            elif not line.strip() and self._fields:
                fields, self._fields = self._fields, {}
                found.append(
                    _Block(fields.get("event", ""), fields.get("id"), fields.get("data"))
                )
        return found

    def interrupt(self) -> None:
        """Wakes whoever reads, in another thread, which then closes it."""
        try:
            self._link.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self) -> None:
        self._link.close()


class _Following(Generic[_T]):
    """What a stream tells, over as many connections as it takes."""

    #: The service writes at least every 15 s: a longer silence is a dead connection.
    _SILENCE_MAX = 40.0
    _ATTEMPT_MAX = 3.0

    def __init__(self, roost: Roost, path: str) -> None:
        self._roost = roost
        self._path = path
        self._stream: Optional[_EventStream] = None
        self._pending: Deque[_T] = deque()
        self._busy = threading.Lock()  # Held by whoever reads: nobody else closes the socket then.
        self._closed = threading.Event()
        self._is_over = False
        self._error: Optional[RoostError] = None
        self._endpoint: Optional[str] = None
        self._field: Optional[str] = None

    @property
    def endpoint(self) -> Optional[str]:
        """The member that tells it at the moment."""
        return self._endpoint

    def _query(self) -> _Query:
        return []

    def _last_id(self) -> Optional[str]:
        return None

    def _take(self, block: _Block) -> Iterable[_T]:
        raise NotImplementedError

    def next(self, timeout: Optional[float] = None) -> Optional[_T]:
        """What comes next; None when nothing came within `timeout`, or nothing follows any more
        (`is_over`)."""
        end = None if timeout is None else time.monotonic() + timeout
        with self._busy:
            while not self._pending:
                if self._is_over or self._closed.is_set():
                    self._is_over = True
                    self._disconnect()
                    if self._error is not None:
                        raise self._error
                    return None
                if not self._advance(end) and end is not None and time.monotonic() >= end:
                    return None
            return self._pending.popleft()

    @property
    def is_over(self) -> bool:
        """Whether nothing follows any more: it was closed, or came to its end."""
        return self._is_over and not self._pending

    def _advance(self, end: Optional[float], connect_by: Optional[float] = None) -> bool:
        """Reads once; false when there was nothing."""
        if self._stream is None:
            self._connect(end if connect_by is None else connect_by, connect_by is not None)
        stream = self._stream
        if stream is None:
            return False
        rest = self._SILENCE_MAX if end is None else min(self._SILENCE_MAX, end - time.monotonic())
        try:
            blocks = stream.blocks(rest)
        except (OSError, ValueError, _StreamBroken) as error:
            if isinstance(error, socket.timeout) and rest < self._SILENCE_MAX:
                return False
            self._disconnect()
            return False
        for block in blocks:
            if block.event == "denied":
                self._denied(block.document())
            else:
                self._pending.extend(self._take(block))
            if self._is_over:
                break
        return True

    def _denied(self, problem: Mapping[str, Any]) -> None:
        """The right to see it has ended, or the token is over: then a new one may do."""
        if problem.get("code") == "unauthenticated":
            if self._roost._transport.credentials.refused(self._field):
                self._disconnect()
                return
        self._end(_error(problem, 403))

    def _end(self, error: RoostError) -> None:
        """Nothing follows; what was received before is told first."""
        self._is_over = True
        self._error = error

    def _connect(self, end: Optional[float], is_first: bool) -> None:
        """Connects, at one member after the other, until `end` at the latest. Only the first
        connection has to come in time; the later ones are tried for as long as somebody asks."""
        passed: Set[_Member] = set()
        evidence: Dict[_Member, str] = {}
        pause, has_renewed = 0.025, False
        while not self._closed.is_set():
            member = self._roost._members.choose(passed)
            passed.add(member)
            field = self._roost._transport.credentials.field()
            try:
                reply = self._open(member, field, end)
                if reply is None:
                    return
                if reply.status == 401 and not has_renewed:
                    has_renewed = self._roost._transport.credentials.refused(field)
                    if has_renewed:
                        passed.discard(member)
                        continue
                if reply.status < 500 and reply.status != 429:
                    self._end(_error(reply.document(), reply.status))
                    return
                evidence[member] = f"{member}: {_error(reply.document(), reply.status)}"
            except _Failed as failure:
                evidence[member] = failure.why
            self._roost._members.failed(member)
            if end is not None and time.monotonic() >= end:
                if not is_first:
                    return
                raise Unavailable("; ".join(evidence.values()), kind="unreachable")
            if len(passed) == len(self._roost._members.all):
                passed.clear()
                rest = pause * random.uniform(0.5, 1.0)
                pause = min(pause * 2.0, 1.0)
                self._closed.wait(rest if end is None else min(rest, _rest_of(end)))

    def _open(
        self, member: _Member, field: Optional[str], end: Optional[float]
    ) -> Optional[_Reply]:
        """Opens the stream at a member: None when it flows, or is over for good."""
        deadline = time.monotonic() + self._ATTEMPT_MAX
        if end is not None:
            deadline = min(deadline, max(end, time.monotonic() + 0.25))
        target = self._path + ("?" + _encoded(self._query()) if self._query() else "")
        lines = [f"GET {target} HTTP/1.1", f"Host: {str(member).rpartition('/')[2]}"]
        lines.append("Accept: text/event-stream")
        last = self._last_id()
        if last is not None:
            lines.append(f"Last-Event-ID: {last}")
        if field is not None:
            lines.append(f"Authorization: {field}")
        link = self._roost._transport.connect(member, deadline)
        try:
            request = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
            stream = _EventStream(link, request, deadline)
            if stream.status not in (200, 204):
                reply = stream.refusal(deadline)
                stream.close()
                return reply
        except (OSError, ValueError, http.client.HTTPException, _StreamBroken) as error:
            link.close()
            raise _Failed(f"{member}: {_why(error)}", sent=True) from error
        except BaseException:
            link.close()
            raise
        self._roost._members.answered(member)
        if stream.status == 204:
            stream.close()
            self._is_over = True
            return None
        self._endpoint, self._stream, self._field = str(member), stream, field
        return None

    def _disconnect(self) -> None:
        stream, self._stream, self._endpoint = self._stream, None, None
        if stream is not None:
            stream.close()

    def close(self) -> None:
        """Ends it; whoever waits for what comes next, in any thread, waits no more."""
        self._closed.set()
        stream = self._stream
        if stream is not None:
            stream.interrupt()
        if self._busy.acquire(blocking=False):
            try:
                self._disconnect()
            finally:
                self._busy.release()

    def __iter__(self: _F) -> _F:
        return self

    def __next__(self) -> _T:
        found = self.next()
        if found is None and self.is_over:
            raise StopIteration
        return found  # type: ignore[return-value]

    def __enter__(self: _F) -> _F:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_F = TypeVar("_F", bound="_Following[Any]")


class Watch(_Following[Event]):
    """Every change, once, in order, over broken connections and members that go: an iterator.

    It ends with `Compacted` when history does not reach back to where it stands, with
    `PermissionDenied` or `Unauthenticated` when it may not be seen any more, and in order behind
    `to` or after `close`. `next(timeout)` waits for a while only.
    """

    def __init__(
        self, roost: Roost, query: _Query, since: Union[None, int, str], initial: bool
    ) -> None:
        super().__init__(roost, "/v1/watch")
        if isinstance(since, str) and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", since):
            raise ValueError("since is a revision or the id of an event")
        self._filter = query
        self._start = since if isinstance(since, int) else None
        self._place = since if isinstance(since, str) else None
        self._initial = initial
        self._seen: Set[Key] = set()  # Items of `initial` that were told, until `synced`.
        deadline = time.monotonic() + roost.timeout
        while self._place is None and not self._is_over:
            # The place is taken now, not when the first event is asked for.
            with self._busy:
                self._advance(deadline, connect_by=deadline)
            if self._place is None and time.monotonic() >= deadline:
                self.close()
                raise Unavailable("the watch did not begin in time", kind="unreachable")
        if self._error is not None:
            raise self._error

    @property
    def position(self) -> str:
        """The place up to which everything was received, for `since`. What was received and not
        yet taken out lies before it: an `Event.id` is the place behind that event."""
        return self._place or ""

    def _query(self) -> _Query:
        query = list(self._filter)
        if self._initial:
            query.append(("initial", ""))
        if self._place is None and self._start is not None:
            query.append(("from", str(self._start + 1)))
        return query

    def _last_id(self) -> Optional[str]:
        return self._place

    def _take(self, block: _Block) -> Iterable[Event]:
        if block.event == "compacted":
            detail = "history does not reach back so far: read anew, and go on from there"
            problem = block.document()
            self._end(Compacted(detail, kind="compacted", status=410, problem=problem))
            return []
        if block.event == "end":
            self._is_over = True
            return []
        if block.event == "synced":
            self._initial, self._seen = False, set()
            return [Event("synced", "", b"", _revision_of(self._place), self.position)]
        if block.event not in ("put", "delete"):
            if block.id is not None:
                self._place = block.id
            return []
        return self._change(block)

    def _change(self, block: _Block) -> Iterable[Event]:
        document = block.document()
        key = _key_of(document)
        if block.id is None:  # An item of `initial`; after a break they all come again.
            if key in self._seen:
                return []
            self._seen.add(key)
        elif self._place is not None and not _is_behind(block.id, self._place):
            return []
        else:
            self._place = block.id
        is_put = block.event == "put"
        before = document.get("previous")
        value = _value_of(document) if is_put else b""
        has_all = is_put and "version" in document
        return [
            Event(
                block.event, key, value, int(document["mod_revision"]),
                block.id or self.position,
                _item_of(document) if has_all else None,
                _item_of(before) if before else None,
                document.get("cause"),
            )
        ]


def _revision_of(place: Optional[str]) -> int:
    return int((place or "0").partition(".")[0])


def _is_behind(one: str, other: str) -> bool:
    """Whether a place lies behind another. `R` lies behind every `R.N`."""

    def numbers(place: str) -> Tuple[int, float]:
        revision, mark, number = place.partition(".")
        return int(revision), int(number) if mark else float("inf")

    return numbers(one) > numbers(other)


class _States(_Following[Tuple[Optional[Leader]]]):
    """Each state in a tuple of its own, since None is one."""

    def __init__(self, roost: Roost, path: str) -> None:
        super().__init__(roost, path)
        self._last: Optional[Tuple[Optional[Leader]]] = None

    def _take(self, block: _Block) -> Iterable[Tuple[Optional[Leader]]]:
        if block.event not in ("leader", "vacant"):
            return []
        state = (_leader_of(block.document()) if block.event == "leader" else None,)
        if state == self._last:  # It comes again after a break.
            return []
        self._last = state
        return [state]


class Observation:
    """Who leads, first now and then whenever that changes: an iterator of `Leader`, or None while
    nobody leads. States that follow each other quickly may be passed over."""

    def __init__(self, roost: Roost, path: str) -> None:
        self._states = _States(roost, path)

    def close(self) -> None:
        """Ends it, from any thread."""
        self._states.close()

    def __iter__(self) -> Observation:
        return self

    def __next__(self) -> Optional[Leader]:
        return next(self._states)[0]

    def __enter__(self) -> Observation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# ----------------------------------------------------------------- sessions and what they hold

_BOOT_TIME: Optional[int] = getattr(time, "CLOCK_BOOTTIME", None)


def _boot_time() -> float:
    """Seconds on a clock that goes on while the machine sleeps, where there is one."""
    return time.monotonic() if _BOOT_TIME is None else time.clock_gettime(_BOOT_TIME)


class Loss(threading.Event):
    """An event that is set once something cannot be relied on any more.

    It asks the clock itself: `is_set` and `wait` are right even while the session's own thread is
    blocked, late or gone. `reason` says why, for people.
    """

    def __init__(self, until: Callable[[], float], parent: Optional[Loss] = None) -> None:
        super().__init__()
        self._until = until
        self._parent = parent
        self.reason: Optional[str] = None

    def is_set(self) -> bool:
        if not super().is_set():
            if _boot_time() >= self._until():
                self._lose("no sign of life was confirmed in time")
            elif self._parent is not None and self._parent.is_set():
                self._lose(self._parent.reason or "the session is lost")
        return super().is_set()

    def wait(self, timeout: Optional[float] = None) -> bool:
        end = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            rest = min(1.0, self._until() - _boot_time())
            if end is not None:
                if time.monotonic() >= end:
                    return False
                rest = min(rest, end - time.monotonic())
            super().wait(max(0.001, rest))
        return True

    def _lose(self, reason: str) -> None:
        if self.reason is None:
            self.reason = reason
        self.set()


class Session:
    """A lease, kept alive by a thread of its own until `close`.

    `lost` is set when three quarters of the time to live have passed since the last confirmed sign
    of life was SENT. The service ends the lease a whole time to live after it carried that out, so
    whoever stops by `lost` has a quarter of the time to live to do so before anybody else can have
    what was held here. A loss is final: a session that came too late is never used again. A process
    that is stopped as a whole notices late; writes with a `fence` are refused then.
    """

    #: How much of the time to live may pass without a confirmation.
    RELIED_ON = 0.75
    TTL_MIN, TTL_MAX = 1.0, 30 * 86400.0

    def __init__(self, roost: Roost, ttl: float = 15.0) -> None:
        if not self.TTL_MIN <= ttl <= self.TTL_MAX:
            raise ValueError("a time to live lies between 1 s and 30 days")
        self._roost = roost
        self.ttl = ttl
        self._interval = min(ttl / 6, 5.0)
        self._patience = min(ttl / 4, 2.0)
        self._pause = min(ttl / 50, 0.25)
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._holds: Dict[str, Optional[Hold]] = {}
        self._proven = _boot_time()  # Before the FIRST sending: that may be the one carried out.
        grant = roost.call("POST", "/v1/leases", body={"ttl": _duration(ttl)})
        self.id: str = str(grant["id"])
        self.lost = Loss(lambda: self._proven + self.ttl * self.RELIED_ON)
        if self.lost.is_set():
            self.close()
            raise SessionLost("the grant of the lease came too late", kind="session-lost")
        roost._sessions.add(self)
        threading.Thread(target=self._run, name=f"roost-session-{self.id}", daemon=True).start()

    def check(self) -> None:
        """Raises `SessionLost` where it is lost."""
        if self.lost.is_set():
            raise SessionLost(self.lost.reason or "it is lost", kind="session-lost")

    def close(self) -> None:
        """Ends the lease, and with it its keys and whatever is held in it. Call it when all that
        was done in its name has ended. Where nobody answers, the lease ends by itself."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
        self._lose("the session was closed")
        try:
            timeout = min(self._roost.timeout, self.ttl)
            self._roost.call("DELETE", f"/v1/leases/{self.id}", timeout=timeout)
        except (NotFound, Unavailable):
            pass

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Session(id={self.id!r}, ttl={self.ttl})"

    def _lose(self, reason: str) -> None:
        self.lost._lose(reason)
        with self._lock:
            holds = [hold for hold in self._holds.values() if hold is not None]
        for hold in holds:
            hold.lost._lose(reason)

    def _run(self) -> None:
        due, number = self._proven + self._interval, 0
        passed: Set[_Member] = set()
        while not self._closed.is_set() and not self.lost.is_set():
            rest = min(due - _boot_time(), 1.0)
            if rest > 0:
                self._closed.wait(rest)
                continue
            sent = _boot_time()
            reply = self._ask("POST", f"/v1/leases/{self.id}/keepalive", passed)
            if reply is not None and reply.status == 404:
                break
            if reply is None or reply.status != 200:
                due = _boot_time() + self._pause
                continue
            passed.clear()
            self._proven = max(self._proven, sent)
            due = sent + self._interval
            number += 1
            self._look(number)
        if not self._closed.is_set():
            self._lose("the lease has ended" if not self.lost.is_set() else "it came too late")

    def _look(self, number: int) -> None:
        """Looks whether one of the holds still holds: it may be released by force, or over."""
        with self._lock:
            holds = [hold for hold in self._holds.values() if hold is not None]
        if holds:
            hold = holds[number % len(holds)]
            reply = self._ask("GET", hold._target.inquiry(hold.token), set())
            if reply is not None and not hold._target.is_held(reply, hold.token):
                hold.lost._lose("it was released by somebody else, or its time is over")

    def _ask(self, method: str, target: str, passed: Set[_Member]) -> Optional[_Reply]:
        """One try at one member; a failure passes over it in `passed`."""
        transport, members = self._roost._transport, self._roost._members
        deadline = time.monotonic() + self._patience
        mark = "&" if "?" in target else "?"
        target += f"{mark}timeout={_duration(self._patience)}"
        member = members.choose(passed)
        try:
            headers = transport.headers({})
            reply = transport.attempt(member, method, target, headers, b"", deadline)
        except _Failed:
            members.failed(member)
            passed.add(member)
            return None
        except Exception:  # A function that gives tokens may fail; the next try asks it again.
            return None
        if reply.status == 401:
            transport.credentials.refused(headers.get("Authorization"))
        if reply.status in (429, 503):
            members.failed(member)
            passed.add(member)
        else:
            members.answered(member)
        return reply

    def _verify(self) -> None:
        """Raises `SessionLost` where the lease has ended. A place that another request gave up is
        told of in the same words."""
        reply = self._ask("GET", f"/v1/leases/{self.id}", set())
        if reply is not None and reply.status == 404:
            self._lose("the lease has ended")
        self.check()

    def _reserve(self, path: str) -> None:
        """Within a session the service cannot tell two holders of a name apart."""
        with self._lock:
            if path in self._holds:
                raise RuntimeError("this session holds it, or waits for it: use another session")
            self._holds[path] = None

    def _register(self, path: str, hold: Hold) -> None:
        with self._lock:
            self._holds[path] = hold

    def _forget(self, path: str) -> None:
        with self._lock:
            self._holds.pop(path, None)


class _Target:
    """What is contended for: where it is asked for, looked at and given back."""

    def __init__(self, kind: str, name: str, fields: Mapping[str, Any]) -> None:
        self.name = name
        self.fields = fields
        self._is_lock = kind == "locks"
        self.path = f"/v1/{kind}/{quote(name, safe='')}"
        self.claim = self.path if self._is_lock else self.path + "/campaign"

    def inquiry(self, token: int) -> str:
        return f"{self.path}/verify?token={token}" if self._is_lock else self.path

    def is_held(self, reply: _Reply, token: int) -> bool:
        """False only where the service says so."""
        if reply.status in (404, 412):
            return False
        return reply.status != 200 or int(reply.document().get("token", token)) == token

    def release(self, roost: Roost, token: int) -> None:
        method, path = ("DELETE", self.path) if self._is_lock else ("POST", self.path + "/resign")
        roost.call(method, path, query=[("token", str(token))])


class Hold:
    """A lock that is held, or leadership. `token` is its fencing token, which grows with every
    grant; give the hold as `fence` to writes that nobody else must be overtaken by."""

    def __init__(
        self, session: Session, target: _Target, grant: Mapping[str, Any], sent: float, owns: bool
    ) -> None:
        self.session = session
        self.token = int(grant["token"])
        self._target = target
        self._owns = owns
        self._released = threading.Lock()
        end = float("inf")
        if "hold_remaining" in grant:
            # Of a hold with an end of its own (`max_hold`) a tenth of the time to live is kept in
            # reserve, and a hundredth of the hold, since clocks differ.
            end = sent + float(grant["hold_remaining"]) * 0.99 - session.ttl / 10
        self.lost = Loss(lambda: end, session.lost)

    @property
    def name(self) -> str:
        return self._target.name

    @property
    def is_held(self) -> bool:
        """Whether it may be relied on at this moment."""
        return not self.lost.is_set()

    def check(self) -> None:
        """Raises `SessionLost` where it may not be relied on any more."""
        if self.lost.is_set():
            raise SessionLost(f"{self.name}: {self.lost.reason}", kind="session-lost")

    @property
    def fence(self) -> str:
        return f"{quote(self.name, safe='')}={self.token}"

    def release(self) -> None:
        """Gives it back; more than once is no mistake."""
        if not self._released.acquire(blocking=False):
            return
        self.lost._lose("it was released")
        if self._owns:
            self.session.close()
            return
        try:
            self._target.release(self.session._roost, self.token)
        except (PreconditionFailed, NotFound):
            pass
        finally:
            self.session._forget(self._target.path)

    def __enter__(self: _H) -> _H:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        _leave(self, kind is None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, token={self.token})"


_H = TypeVar("_H", bound=Hold)


def _leave(hold: Hold, is_well: bool) -> None:
    """The end of a `with`. A body that ended well though the hold was lost is told so."""
    if hold._released.locked():
        return
    was_lost, reason = hold.lost.is_set(), hold.lost.reason
    try:
        hold.release()
    except Unavailable:
        if is_well:
            raise
    if was_lost and is_well:
        detail = f"{hold.name} was lost before the end of its block: {reason}"
        raise SessionLost(detail, kind="session-lost")


class Leadership(Hold):
    """An election that was won. `value` is what was proclaimed."""

    value: bytes = b""

    @property
    def is_leader(self) -> bool:
        return self.is_held

    def proclaim(self, value: Value) -> None:
        """Changes what the others are told; `LockLost` where it does not lead any more."""
        self.session._roost.call(
            "PUT", self._target.path + "/proclaim", query=[("token", str(self.token))],
            body=_bytes_of(value),
        )
        self.value = _bytes_of(value)

    def resign(self) -> None:
        self.release()


class _Contest:
    """Waits for a place under a lease. The place belongs to the lease and keeps its turn, whichever
    member is asked and however often."""

    _WAIT_MAX = 3600.0

    def __init__(
        self, roost: Roost, target: _Target, ttl: float, wait: Optional[float],
        session: Optional[Session], make: Type[_H],
    ) -> None:
        self._roost = roost
        self._target = target
        self._ttl = ttl
        self._session = session
        self._make = make
        self._begun = time.monotonic()
        self._wait = wait

    def win(self) -> Hold:
        while True:
            session = self._session or Session(self._roost, self._ttl)
            try:
                session._reserve(self._target.path)
                try:
                    hold = self._queue(session)
                    session._register(self._target.path, hold)
                    return hold
                except BaseException as error:
                    if self._session is not None and not isinstance(error, LockHeld):
                        self._give_up(session)
                    session._forget(self._target.path)
                    raise
            except SessionLost:
                # Nothing was held yet: who still has time begins anew, at the end of the queue.
                if self._session is not None or self._left() <= 0:
                    raise
                session.close()
            except BaseException:
                if self._session is None:
                    session.close()
                raise

    def _left(self) -> float:
        if self._wait is None:
            return self._WAIT_MAX
        return max(0.0, min(self._WAIT_MAX, self._wait - (time.monotonic() - self._begun)))

    def _queue(self, session: Session) -> Hold:
        transport, members = self._roost._transport, self._roost._members
        passed: Set[_Member] = set()
        pause, doubt, why = 0.05, False, ""
        while True:
            session.check()
            wait, sent = self._left(), _boot_time()
            member = members.choose(passed)
            headers = transport.headers({"Content-Type": "application/json"})
            # A member that hangs is noticed: the wait goes on elsewhere after a while.
            patience = min(wait, min(5.0, max(1.0, session.ttl / 4))) + 1.5
            try:
                reply = transport.attempt(
                    member, "POST", self._target.claim + "?timeout=1s", headers,
                    self._body(session, wait), time.monotonic() + patience,
                )
                if reply.status == 200:
                    members.answered(member)
                    session.check()
                    return self._make(
                        session, self._target, reply.document(), sent, self._session is None
                    )
                is_renewed = reply.status == 401 and transport.credentials.refused(
                    headers.get("Authorization")
                )
                error = _error(reply.document(), reply.status)
                if error.kind == "lease-ended" or error.problem.get("what") == "lease":
                    session._verify()
                elif error.kind == "wait-timeout" and self._left() > 0:
                    pass  # Another request of the session gave up the place; this one waits on.
                elif not isinstance(error, Unavailable) and not is_renewed:
                    raise error
                is_open = reply.document().get("applied") is not False
                doubt, why = doubt or (reply.status == 503 and is_open), str(error)
            except _Failed as failure:
                doubt, why = doubt or failure.sent, failure.why
            members.failed(member)
            passed.add(member)
            if self._wait is not None:
                if time.monotonic() - self._begun >= self._wait + self._roost.timeout:
                    kind = UnknownOutcome if doubt else Unavailable
                    raise kind(why, kind="unknown-outcome" if doubt else "unreachable")
            if len(passed) == len(members.all):
                passed.clear()
                session.lost.wait(pause * random.uniform(0.5, 1.0))
                pause = min(pause * 2.0, 1.0)

    def _body(self, session: Session, wait: float) -> bytes:
        fields = {**self._target.fields, "lease": session.id, "wait": _duration(wait)}
        return json.dumps(fields).encode("utf-8")

    def _give_up(self, session: Session) -> None:
        """Leaves the queue where the lease lives on: a wait that runs out at once gives the place
        up, or finds that it was granted. (One of 0 does not touch a place that there is.)"""
        if session.lost.is_set():
            return
        try:
            grant = self._roost._claim_at_once(self._target.claim, self._body(session, 0.001))
            self._target.release(self._roost, int(grant["token"]))
        except RoostError:
            pass


class Lock:
    """A lock, or with `permits` a semaphore; `with lock as held:` waits for it and gives it back.

    Waiters are served in order of arrival. One `Lock` is for one holder at a time: threads that
    contend make one each.
    """

    def __init__(self, roost: Roost, target: _Target, ttl: float, wait: Optional[float],
                 session: Optional[Session]) -> None:
        self._roost = roost
        self._target = target
        self._ttl = ttl
        self._wait = wait
        self._session = session
        self.hold: Optional[Hold] = None

    def acquire(self) -> Hold:
        """Waits for the lock; `LockHeld` when the wait runs out."""
        if self.hold is not None and not self.hold._released.locked():
            raise RuntimeError("this object holds the lock: another holder makes another one")
        contest = _Contest(self._roost, self._target, self._ttl, self._wait, self._session, Hold)
        self.hold = contest.win()
        return self.hold

    def release(self) -> None:
        if self.hold is not None:
            self.hold.release()

    def __enter__(self) -> Hold:
        return self.acquire()

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self.hold is not None:
            _leave(self.hold, kind is None)

    def __repr__(self) -> str:
        return f"Lock(name={self._target.name!r})"


class Election:
    """An election: `campaign` to lead, `observe` to follow who does."""

    def __init__(self, roost: Roost, name: str, ttl: float, owner: str,
                 session: Optional[Session]) -> None:
        self._roost = roost
        self.name = name
        self._ttl = ttl
        self._owner = owner
        self._session = session
        self._path = f"/v1/elections/{quote(name, safe='')}"
        self._leadership: Optional[Leadership] = None

    def campaign(
        self, value: Value = b"", *, wait: Optional[float] = None, priority: int = 0
    ) -> Leadership:
        """Waits until it leads, and proclaims `value`; `with election.campaign(…) as leadership:`
        resigns at the end. `LockHeld` when `wait` runs out."""
        if self.is_leader:
            raise RuntimeError("this object leads: another candidate makes another one")
        fields: Dict[str, Any] = {"owner": self._owner, **_with_value(value)}
        if priority:
            fields["priority"] = priority
        target = _Target("elections", self.name, fields)
        contest = _Contest(self._roost, target, self._ttl, wait, self._session, Leadership)
        leadership = contest.win()
        assert isinstance(leadership, Leadership)
        leadership.value = _bytes_of(value)
        self._leadership = leadership
        return leadership

    @property
    def is_leader(self) -> bool:
        """Whether this object leads, and may rely on it at this moment."""
        return self._leadership is not None and self._leadership.is_leader

    def resign(self) -> None:
        if self._leadership is not None:
            self._leadership.resign()

    def leader(self) -> Optional[Leader]:
        """Who leads now; None when nobody does."""
        try:
            return _leader_of(self._roost.call("GET", self._path))
        except NotFound:
            return None

    def observe(self) -> Observation:
        """Who leads, first now and then whenever that changes; None while nobody does."""
        return Observation(self._roost, self._path + "/observe")


# -------------------------------------------------------------------------------------- the client


def _encoded(query: _Query) -> str:
    return urlencode(query, quote_via=quote)


class Roost:
    """A cluster of Roost, as its clients see it.

    `endpoints` are `HOST:PORT`, `http://HOST:PORT` or `https://HOST:PORT`, in a list or separated
    by commas. Without a scheme TLS is spoken where `cafile`, `cert` or `context` is given. A call
    goes to the member that answered last; when that fails, to the others, until `timeout` is over,
    with rests that grow and vary. Every write has a key under which it happens once, so it is
    repeated after any failure. What retries add is bounded: twenty a second, and a tenth of the
    calls.

    `token` is a string, or a function that gives one and is asked again when it is refused.
    """

    #: The service knows a key for ten minutes.
    TIMEOUT_MAX = 300.0

    def __init__(
        self,
        endpoints: Union[str, Sequence[str]] = "127.0.0.1:2379",
        *,
        token: Union[None, str, Callable[[], str]] = None,
        user: Optional[str] = None,
        password: Optional[str] = None,
        cafile: Optional[str] = None,
        cert: Optional[str] = None,
        key: Optional[str] = None,
        context: Optional[ssl.SSLContext] = None,
        server_name: Optional[str] = None,
        timeout: float = 10.0,
    ) -> None:
        if not 0 < timeout <= self.TIMEOUT_MAX:
            raise ValueError("a timeout is positive and at most 300 s")
        texts = endpoints.split(",") if isinstance(endpoints, str) else list(endpoints)
        secure = cafile is not None or cert is not None or context is not None
        found = [_Member(text.strip(), secure) for text in texts if text.strip()]
        if not found:
            raise ValueError("no member is named")
        if context is None:
            context = ssl.create_default_context(cafile=cafile)
            if cert is not None:
                context.load_cert_chain(cert, key)
        self.timeout = timeout
        self._members = _Members(found)
        self._budget = _Budget()
        self._transport = _Transport(_Credentials(token, user, password), context, server_name)
        self._sessions: weakref.WeakSet[Session] = weakref.WeakSet()
        self._owner = f"{socket.gethostname()}:{os.getpid()}"

    @classmethod
    def from_environment(cls, *, timeout: float = 10.0) -> Roost:
        """As the command line: ROOST_ENDPOINTS, ROOST_TOKEN or ROOST_USER and ROOST_PASSWORD,
        ROOST_CACERT, ROOST_CERT, ROOST_CERT_KEY, ROOST_TLS_SERVER_NAME."""

        def value(name: str) -> Optional[str]:
            return os.environ.get(name) or None

        token = value("ROOST_TOKEN")
        has_pair = token is None and value("ROOST_USER") and value("ROOST_PASSWORD")
        return cls(
            value("ROOST_ENDPOINTS") or "127.0.0.1:2379",
            token=token,
            user=value("ROOST_USER") if has_pair else None,
            password=value("ROOST_PASSWORD") if has_pair else None,
            cafile=value("ROOST_CACERT"), cert=value("ROOST_CERT"), key=value("ROOST_CERT_KEY"),
            server_name=value("ROOST_TLS_SERVER_NAME"), timeout=timeout,
        )

    def close(self) -> None:
        """Closes the sessions that were made here, and the connections."""
        try:
            for session in list(self._sessions):
                session.close()
        finally:
            self._transport.close()

    def __enter__(self) -> Roost:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Roost({','.join(str(member) for member in self._members.all)!r})"

    # ---- keys

    def get(
        self, key: Key, *, revision: Optional[int] = None, stale: bool = False,
        at_least: Optional[int] = None,
    ) -> Optional[KeyValue]:
        """The key, now or as it was at `revision`; None where there is none. `stale` is what the
        member has that answers, and needs no majority; `at_least` waits for a revision there."""
        query: _Query = [("key", key), *_reading(revision, stale, at_least)]
        try:
            return _item_of(self.call("GET", "/v1/kv", query=query))
        except NotFound:
            return None

    def put(
        self,
        key: Key,
        value: Value,
        *,
        session: Optional[Session] = None,
        ttl: Optional[float] = None,
        create: bool = False,
        if_revision: Optional[int] = None,
        fence: Union[None, Hold, Sequence[Hold]] = None,
        note: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Written:
        """Writes a key. It goes with its `session`, or after `ttl`. `create` writes only a key that
        is not there, `if_revision` only one whose `mod_revision` is that: else
        `PreconditionFailed`. With `fence` nothing is written once the lock is lost: `LockLost`."""
        query: _Query = [("key", key)]
        if session is not None:
            session.check()
            query.append(("lease", session.id))
        if ttl is not None:
            query.append(("ttl", _duration(ttl)))
        headers = _conditions(create, if_revision)
        return _written_of(
            self.call(
                "PUT", "/v1/kv", query=query, body=_bytes_of(value), headers=headers, fence=fence,
                note=note, idempotency_key=idempotency_key,
            )
        )

    def append(
        self, path: str, value: Value, *, session: Optional[Session] = None,
        fence: Union[None, Hold, Sequence[Hold]] = None, idempotency_key: Optional[str] = None,
    ) -> Written:
        """Creates a child of `path` with the next number, which is never used again."""
        query: _Query = [] if session is None else [("lease", session.id)]
        return _written_of(
            self.call(
                "POST", _path_of(path), query=query, body=_bytes_of(value), fence=fence,
                idempotency_key=idempotency_key,
            )
        )

    def delete(
        self,
        key: Optional[Key] = None,
        *,
        prefix: Optional[Key] = None,
        recursive: bool = False,
        if_revision: Optional[int] = None,
        fence: Union[None, Hold, Sequence[Hold]] = None,
        note: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> int:
        """Deletes one key, with `recursive` a path and everything below it, or all keys that begin
        with `prefix`; answers how many keys went."""
        _one_or_prefix(key, prefix)
        path = "/v1/kv"
        query: _Query = []
        if prefix is not None:
            query = [("prefix", prefix)]
        elif recursive:
            path, query = _path_of(key), [("recursive", "")]
        elif key is not None:
            query = [("key", key)]
        try:
            answer = self.call(
                "DELETE", path, query=query, headers=_conditions(False, if_revision), fence=fence,
                note=note, idempotency_key=idempotency_key,
            )
        except NotFound:
            return 0
        return int(answer["deleted"])

    def list(
        self, path: Optional[str] = None, *, prefix: Optional[Key] = None,
        revision: Optional[int] = None, stale: bool = False,
    ) -> Listing:
        """The key `path` and everything below it, or all keys that begin with `prefix`, at one
        revision."""
        _one_or_prefix(path, prefix)
        if prefix is not None:
            target = "/v1/kv?" + _encoded([("prefix", prefix)])
        else:
            target = _path_of(path) + "?recursive"
        more = _encoded(_reading(revision, stale, None))
        following: Optional[str] = target + ("&" + more if more else "")
        items: List[KeyValue] = []
        at = 0
        while following is not None:
            page = self.call("GET", following)
            items.extend(_item_of(item) for item in page["items"])
            at, following = int(page["revision"]), page.get("next")
        return Listing(items, at)

    def children(self, path: str = "/") -> List[Key]:
        """The names of what lies directly below `path`, directories without a value too."""
        following: Optional[str] = _path_of(path) + "?children&keys"
        found: List[Key] = []
        while following is not None:
            page = self.call("GET", following)
            found.extend(_key_of(item) for item in page["items"])
            following = page.get("next")
        return found

    def transaction(
        self,
        compare: Sequence[Mapping[str, Any]] = (),
        then: Sequence[Mapping[str, Any]] = (),
        otherwise: Sequence[Mapping[str, Any]] = (),
        *,
        fence: Union[None, Hold, Sequence[Hold]] = None,
        note: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> TransactionResult:
        """Compares, then carries out `then` or `otherwise`, all at one revision. Its parts are made
        by `compare`, `op_put`, `op_get` and `op_delete` of this module, or are the objects of
        `POST /v1/txn`."""
        body = {"compare": list(compare), "then": list(then), "else": list(otherwise)}
        return _result_of(
            self.call(
                "POST", "/v1/txn", body=body, fence=fence, note=note,
                idempotency_key=idempotency_key,
            )
        )

    def add(self, counter: str, amount: int = 1, *, idempotency_key: Optional[str] = None) -> int:
        """Adds to a counter, exactly once however often it is sent; answers its new value."""
        path = f"/v1/counters/{quote(counter, safe='')}"
        answer = self.call(
            "POST", path, body={"add": amount}, idempotency_key=idempotency_key
        )
        return int(answer["value"])

    def counter(self, counter: str) -> int:
        """The value of a counter; 0 where nobody has counted."""
        try:
            return int(self.call("GET", f"/v1/counters/{quote(counter, safe='')}")["value"])
        except NotFound:
            return 0

    def watch(
        self,
        key: Optional[Key] = None,
        *,
        prefix: Optional[Key] = None,
        recursive: bool = False,
        since: Union[None, int, str] = None,
        to: Optional[int] = None,
        initial: bool = False,
        previous: bool = False,
        events: Optional[str] = None,
    ) -> Watch:
        """Follows a key, with `recursive` a path and everything below it, or all keys that begin
        with `prefix`: an iterator of `Event`s, to be closed or used with `with`.

        `since` is a revision (`Listing.revision`, 0 for all of history) or an `Event.id`: it begins
        just after that, and by default now. `initial` gives what there is first, then `synced`.
        `to` ends it behind a revision; `previous` adds the key as it was; `events` is `put` or
        `delete` where only these are wanted. It needs `timeout` to begin; later it waits for the
        members for as long as it takes."""
        _one_or_prefix(key, prefix)
        query: _Query = [("prefix", prefix)] if prefix is not None else []
        if key is not None:
            query = [("path", key), ("recursive", "")] if recursive else [("key", key)]
        if to is not None:
            query.append(("to", str(to)))
        if previous:
            query.append(("previous", ""))
        if events is not None:
            query.append(("events", events))
        return Watch(self, query, since, initial)

    # ---- sessions, locks, elections

    def session(self, ttl: float = 15.0) -> Session:
        """A lease that is kept alive until `close`, or the end of its `with`."""
        return Session(self, ttl)

    def lock(
        self,
        name: str,
        *,
        ttl: float = 15.0,
        wait: Optional[float] = None,
        shared: bool = False,
        permits: Optional[int] = None,
        owner: Optional[str] = None,
        info: Optional[str] = None,
        max_hold: Optional[float] = None,
        delay: Optional[float] = None,
        session: Optional[Session] = None,
    ) -> Lock:
        """A lock in a session of its own with this `ttl`, or in `session`.

        `wait` is how long to wait: None for ever, 0 not at all. `shared` holds it together with
        other sharers, `permits` with at most so many. `max_hold` bounds the hold, whatever becomes
        of the session; `delay` keeps everybody out for so long after a hold that ended by time.
        """
        fields: Dict[str, Any] = {"owner": owner or self._owner}
        if info is not None:
            fields["info"] = info
        if permits is not None:
            fields["permits"] = permits
        elif shared:
            fields["shared"] = True
        if max_hold is not None:
            fields["max_hold"] = _duration(max_hold)
        if delay is not None:
            fields["delay"] = _duration(delay)
        return Lock(self, _Target("locks", name, fields), ttl, wait, session)

    def election(
        self, name: str, *, ttl: float = 15.0, owner: Optional[str] = None,
        session: Optional[Session] = None,
    ) -> Election:
        """An election; a campaign is in a session of its own with this `ttl`, or in `session`."""
        return Election(self, name, ttl, owner or self._owner, session)

    def login(self, user: str, password: str, *, ttl: Optional[float] = None) -> str:
        """A token for `Roost(token=…)`, valid for twelve hours or `ttl`."""
        body = {"user": user, "password": password}
        if ttl is not None:
            body["ttl"] = _duration(ttl)
        return str(self.call("POST", "/v1/auth/login", body=body)["token"])

    # ---- any call

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[Tuple[str, Key]] = (),
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        fence: Union[None, Hold, Sequence[Hold]] = None,
        note: Optional[str] = None,
        timeout: Optional[float] = None,
        idempotency_key: Optional[str] = None,
    ) -> Any:
        """Any call of the HTTP interface: `call("GET", "/v1/status")`. A body that is not bytes is
        sent as JSON; a JSON answer is decoded, another one is bytes."""
        fields = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            fields["Content-Type"] = "application/json"
            body = json.dumps(body).encode("utf-8")
        if fence is not None:
            holds = [fence] if isinstance(fence, Hold) else list(fence)
            fields["Roost-Lock"] = ", ".join(hold.fence for hold in holds)
        if note is not None:
            fields["Roost-Note"] = note.encode("utf-8").decode("latin-1")
        target = path
        if query:
            target += ("&" if "?" in path else "?") + _encoded(list(query))
        reply = self._perform(method, target, fields, body or b"", timeout, idempotency_key)
        if not reply.headers.get("content-type", "").startswith("application/json"):
            return reply.body
        return json.loads(reply.body)

    def _perform(
        self,
        method: str,
        target: str,
        headers: Dict[str, str],
        body: bytes,
        timeout: Optional[float],
        idempotency_key: Optional[str],
    ) -> _Reply:
        """Carries a call out at whichever member answers, within the timeout."""
        patience = self.timeout if timeout is None else min(timeout, self.TIMEOUT_MAX)
        # What a member is told to take: the same in every attempt, since it is part of the request.
        share = max(patience / 10, min(patience, 1.0))
        if "timeout=" not in target:
            target += f"{'&' if '?' in target else '?'}timeout={_duration(share)}"
        is_write = method not in ("GET", "HEAD", "OPTIONS")
        if is_write:
            idempotency_key = idempotency_key or uuid.uuid4().hex
            headers["Idempotency-Key"] = idempotency_key
        doubt = _Doubt(is_write, idempotency_key)
        deadline = time.monotonic() + patience
        passed: Set[_Member] = set()
        pause, has_renewed = 0.025, False
        self._budget.called()
        while True:
            member = self._members.choose(passed)
            passed.add(member)
            sent_headers = self._transport.headers(headers)
            attempt_until = min(deadline, time.monotonic() + share + 0.5)
            rest = 0.0
            try:
                reply = self._transport.attempt(
                    member, method, target, sent_headers, body, attempt_until
                )
            except _Failed as failure:
                doubt.failed(failure)
                self._members.failed(member)
            else:
                if reply.status == 401 and not has_renewed:
                    has_renewed = self._transport.credentials.refused(
                        sent_headers.get("Authorization")
                    )
                    if has_renewed:
                        passed.discard(member)
                        continue
                if reply.status not in (429, 503):
                    self._members.answered(member)
                    if reply.status < 300:
                        return reply
                    raise doubt.verdict(reply)
                doubt.refused(reply)
                self._members.failed(member)
                if reply.status == 429:
                    rest = min(float(_whole(reply.headers.get("retry-after"))), 5.0)
            if len(passed) == len(self._members.all):
                passed.clear()
                rest = max(rest, pause)
                pause = min(pause * 2.0, 0.4)
            rest = max(rest * random.uniform(0.75, 1.25), self._budget.retry())
            left = deadline - time.monotonic() - rest
            # A write that surely did not happen is not begun anew without its whole time: broken
            # off, it would leave a doubt.
            if left <= 0 or (is_write and doubt.is_certain and doubt.answered and left < share):
                raise doubt.surrender()
            time.sleep(rest)

    def _claim_at_once(self, path: str, body: bytes) -> Any:
        reply = self._perform(
            "POST", path, {"Content-Type": "application/json"}, body, None, None
        )
        return json.loads(reply.body)


class _Doubt:
    """What is known about a call whose attempts fail."""

    def __init__(self, is_write: bool, key: Optional[str]) -> None:
        self._is_write = is_write
        self._key = key
        self.is_certain = True
        self.answered = False
        self._refusal: Optional[_Reply] = None
        self._evidence: Deque[str] = deque(maxlen=5)

    def failed(self, failure: _Failed) -> None:
        self._evidence.append(failure.why)
        if failure.sent and self._is_write:
            self.is_certain = False

    def refused(self, reply: _Reply) -> None:
        document = reply.document()
        self.answered = True
        self._refusal = reply
        self._evidence.append(str(_error(document, reply.status)))
        told = document.get("sending_applied", document.get("applied"))
        if self._is_write and reply.status == 503 and told is not False:
            self.is_certain = False

    def verdict(self, reply: _Reply) -> RoostError:
        """The error that an answer stands for. Where an earlier sending may have been carried out,
        only an answer that the log decided takes that doubt away."""
        error = _error(reply.document(), reply.status, self._key)
        if self.is_certain or reply.status in _DECIDED:
            return error
        return self._unknown(f"an answer was lost, then: {error}", reply)

    def surrender(self) -> RoostError:
        """The error of a call whose time is over."""
        evidence = "; ".join(dict.fromkeys(self._evidence))
        if not self.is_certain:
            return self._unknown(evidence, self._refusal)
        if self._refusal is not None:
            return _error(self._refusal.document(), self._refusal.status, self._key)
        return Unavailable(evidence, kind="unreachable", idempotency_key=self._key)

    def _unknown(self, detail: str, reply: Optional[_Reply]) -> UnknownOutcome:
        return UnknownOutcome(
            detail, kind="unknown-outcome", status=None if reply is None else reply.status,
            problem=None if reply is None else reply.document(), idempotency_key=self._key,
        )


def _reading(revision: Optional[int], stale: bool, at_least: Optional[int]) -> _Query:
    query: _Query = []
    if revision is not None:
        query.append(("revision", str(revision)))
    if stale:
        query.append(("consistency", "stale"))
    if at_least is not None:
        query.append(("at_least", str(at_least)))
    return query


def _conditions(create: bool, if_revision: Optional[int]) -> Dict[str, str]:
    if create and if_revision is not None:
        raise ValueError("a key that is not there has no revision")
    if create:
        return {"If-None-Match": "*"}
    return {} if if_revision is None else {"If-Match": f'"{if_revision}"'}


def _path_of(path: Optional[Key]) -> str:
    if not isinstance(path, str) or not path.startswith("/"):
        raise ValueError("a path begins with /")
    return "/v1/kv" + quote(path, safe="/")


def _whole(text: Optional[str]) -> int:
    return int(text) if text is not None and text.isdigit() else 0
