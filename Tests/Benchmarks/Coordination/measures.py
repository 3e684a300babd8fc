"""What coordination costs: hand-overs, leases, queues, watches, services, trees."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List

from members import Connection, Members, milliseconds, quantile, writing


async def hand_overs(members: Members, kind: str, waiters: int, holders: int = 1, count: int = 300) -> None:
    """`holders` hold and `waiters` wait; one after the other gives up, and asks again."""
    leader = await members.leader()
    place = "elections" if kind == "election" else "locks"
    name = f"{kind}-{waiters}"
    terms = f"&shared&permits={holders}" if kind == "semaphore" else ""
    held: "asyncio.Queue" = asyncio.Queue()

    async def contend(number: int, entered: asyncio.Event) -> None:
        async with Connection(members.ports[leader]) as own:
            await own.open_stream(f"/v1/{place}/{name}/hold?ttl=1h{terms}")
            while True:
                what, data = await own.event()
                entered.set()
                if what == "held":
                    held.put_nowait((number, data["token"], time.monotonic()))
                elif what in ("lost", "end"):
                    return

    tasks = []
    numbers = iter(range(1 << 30))

    async def enter() -> None:
        entered = asyncio.Event()
        tasks.append(asyncio.create_task(contend(next(numbers), entered)))
        await entered.wait()

    for _ in range(holders + waiters):
        await enter()
    latencies: List[float] = []
    order: List[int] = []
    async with Connection(members.ports[leader]) as control:
        first = [await held.get() for _ in range(holders)]
        order += [number for number, _, _ in first]
        before = members.seconds(leader)
        for _ in range(count):
            _, token, _ = first.pop(0)
            gone = time.monotonic()
            if kind == "election":
                control.send("POST", f"/v1/{place}/{name}/resign?token={token}")
            else:
                control.send("DELETE", f"/v1/{place}/{name}?token={token}")
            status, _ = await control.answer()
            assert status == 200, status
            grant = await held.get()
            latencies.append(grant[2] - gone)
            order.append(grant[0])
            first.append(grant)
            await enter()
        spent = members.seconds(leader) - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    in_order = "in order" if order == sorted(order) else "OUT OF ORDER"
    print(
        f"{kind}, {waiters} waiting: hand-over {milliseconds(latencies)}; "
        f"the leader {spent / count * 1e6:.0f} us for one and a newcomer; {in_order}"
    )


async def stale(members: Members, count: int = 10_000) -> None:
    """Writes in the name of a lock that another holds by now, below a guard and not, in every form."""
    async with Connection(members.ports[await members.leader()]) as own:
        assert (await own.call("PUT", "/v1/guards/guarded", {"lock": "l"}))[0] in (200, 201)
        _, first = await own.call("POST", "/v1/locks/l", {"ttl": "1h"})
        assert (await own.call("DELETE", f"/v1/leases/{first['lease']}"))[0] == 200
        _, second = await own.call("POST", "/v1/locks/l", {"ttl": "1h"})
        assert second["token"] > first["token"]
        old = f"Roost-Lock: l={first['token']}\r\n"
        put = {"put": {"key": "/guarded/x", "value": "1"}}
        forms = [
            ("PUT", "/v1/kv/guarded/x", b"1", old), ("PUT", "/v1/kv/free/x", b"1", old),
            ("PUT", "/v1/kv/guarded/x", b"1", ""), ("DELETE", "/v1/kv/guarded/x", None, old),
            ("POST", "/v1/txn", {"then": [{"txn": {"then": [put]}}]}, old),
            ("POST", "/v1/txn", {"then": [put]}, ""),
            ("PUT", "/v1/kv/guarded?format=tree", {"x": "1"}, ""),
            ("DELETE", "/v1/kv/guarded?recursive", None, ""),
        ]
        statuses: Dict[int, int] = {}
        for start in range(0, count, 100):
            for number in range(start, start + 100):
                method, target, body, field = forms[number % len(forms)]
                own.send(method, target, body, field)
            for _ in range(100):
                status, _ = await own.answer()
                statuses[status] = statuses.get(status, 0) + 1
        left = [(await own.call("GET", f"/v1/kv/{key}"))[0] for key in ("guarded/x", "free/x")]
        own.send("PUT", "/v1/kv/guarded/x", b"1", f"Roost-Lock: l={second['token']}\r\n")
        holder, _ = await own.answer()
    told = ", ".join(f"{number} times {status}" for status, number in sorted(statuses.items()))
    print(f"{count} writes by stale holders and by nobody: {told}; keys there after: {left.count(200)}; the holder's own write {holder}")


async def leases(members: Members, count: int = 10_000, ttl: int = 10) -> None:
    """Leases kept alive over eight connections, each with a key; then all end at once."""
    leader = await members.leader()
    port = members.ports[leader]
    latencies: List[float] = []
    renewed: Dict[int, float] = {}

    async def client(part: range, rounds: int) -> None:
        async with Connection(port) as own:
            for each in part:
                own.send("POST", "/v1/leases", {"id": f"{each:x}", "ttl": f"{ttl}s"})
                own.send("PUT", f"/v1/kv/leased/{each:x}?lease={each:x}", b"x")
                assert (await own.answer())[0] == 201 and (await own.answer())[0] in (200, 201)
                renewed[each] = time.monotonic()
            for _ in range(rounds):
                begin = time.monotonic()
                for place, each in enumerate(part):
                    await asyncio.sleep(max(0.0, begin + place * ttl / 3 / len(part) - time.monotonic()))
                    asked = time.monotonic()
                    assert (await own.call("POST", f"/v1/leases/{each:x}/keepalive"))[0] == 200
                    latencies.append(time.monotonic() - asked)
                    renewed[each] = asked
            # The last round at once, so that all end at once.
            for each in part:
                renewed[each] = time.monotonic()
                own.send("POST", f"/v1/leases/{each:x}/keepalive")
            for each in part:
                assert (await own.answer())[0] == 200

    parts = [range(1 + place, count + 1, 8) for place in range(8)]
    gone: Dict[int, float] = {}
    async with Connection(port) as watch:
        await watch.open_stream("/v1/watch?path=/leased&recursive")

        async def follow() -> None:
            while len(gone) < count:
                what, data = await watch.event()
                if what == "end":
                    return
                if what == "delete":
                    gone[int(data["key"].rsplit("/", 1)[1], 16)] = time.monotonic()

        following = asyncio.create_task(follow())
        before, begin = members.seconds(leader), time.monotonic()
        await asyncio.gather(*(client(part, rounds=6) for part in parts))
        spent, took = members.seconds(leader) - before, time.monotonic() - begin
        print(
            f"{count} leases of {ttl} s kept alive: {len(latencies) / took:.0f} renewals a second, "
            f"{milliseconds(latencies)}; the leader {spent / took * 100:.1f} % of a processor, making them included"
        )
        await ending(members, port, renewed, gone, ttl, following, f"{count} leases")


async def ending(members, port, renewed, gone, ttl, following, what: str) -> None:
    stop, others = asyncio.Event(), []
    load = asyncio.create_task(writing(port, others, stop))
    await asyncio.wait_for(following, ttl + 30)
    stop.set()
    await load
    late = [gone[each] - renewed[each] - ttl for each in gone]
    early = sum(1 for each in late if each < 0)
    print(
        f"{what} that end at once: {len(gone)} gone, {early} early, the last {max(late):.2f} s after its "
        f"time; others' writes meanwhile {milliseconds(others)}, longest {max(others) * 1e3:.1f} ms"
    )


async def laden_lease(members: Members, count: int = 10_000, ttl: int = 10) -> None:
    """One lease with many keys."""
    leader = await members.leader()
    port = members.ports[leader]
    gone: Dict[int, float] = {}
    async with Connection(port) as watch, Connection(port) as own:
        await watch.open_stream("/v1/watch?path=/laden&recursive")
        assert (await own.call("POST", "/v1/leases", {"id": "ffff", "ttl": f"{ttl}s"}))[0] == 201
        for start in range(0, count, 500):
            for each in range(start, min(start + 500, count)):
                own.send("PUT", f"/v1/kv/laden/{each:x}?lease=ffff", b"x")
            for each in range(start, min(start + 500, count)):
                assert (await own.answer())[0] in (200, 201)
        renewed = dict.fromkeys(range(count), time.monotonic())
        assert (await own.call("POST", "/v1/leases/ffff/keepalive"))[0] == 200

        async def follow() -> None:
            while len(gone) < count:
                what, data = await watch.event()
                if what == "delete":
                    gone[int(data["key"].rsplit("/", 1)[1], 16)] = time.monotonic()

        await ending(members, port, renewed, gone, ttl, asyncio.create_task(follow()), f"a lease's {count} keys")


def consume(port: int, log: str) -> None:
    """One consumer, a process of its own: what it has done and acknowledged is in its log."""

    async def go_on() -> None:
        file = open(log, "ab", buffering=0)
        async with Connection(port) as own:
            while True:
                status, item = await own.call("POST", "/v1/queues/work/take", {"visible": "2s", "wait": "5s"})
                if status != 200:
                    continue
                file.write(f"done {item['value']} {item['tries']}\n".encode())
                status, _ = await own.call("POST", f"/v1/queues/work/ack?token={item['token']}")
                if status == 200:
                    file.write(f"acknowledged {item['value']}\n".encode())

    asyncio.run(go_on())


async def queue(members: Members, seconds: int = 60, workers: int = 16) -> None:
    """Producers and consumers, of which one is killed every second."""
    log = str(members.directory / "queue.log")
    pushed: List[int] = []
    numbers = iter(range(1 << 40))
    end = time.monotonic() + seconds

    async def produce(place: int) -> None:
        async with Connection(members.ports[place % 3]) as own:
            while time.monotonic() < end:
                each = next(numbers)
                status, _ = await own.call("POST", "/v1/queues/work", str(each).encode())
                assert status == 201, status
                pushed.append(each)

    def begin(place: int) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, __file__, "consume", str(members.ports[place % 3]), log])

    consumers = [begin(place) for place in range(workers)]
    producers = [asyncio.create_task(produce(place)) for place in range(workers)]
    kills = 0
    while time.monotonic() < end:
        await asyncio.sleep(1)
        place = random.randrange(workers)
        consumers[place].send_signal(signal.SIGKILL)
        consumers[place].wait()
        consumers[place] = begin(place)
        kills += 1
    await asyncio.gather(*producers)
    async with Connection(members.ports[0]) as own:
        while True:
            _, state = await own.call("GET", "/v1/queues/work")
            if state["length"] + state["delayed"] + state["taken"] == 0:
                break
            await asyncio.sleep(0.2)
    took = time.monotonic() - end + seconds
    for consumer in consumers:
        consumer.kill()
        consumer.wait()
    done: Dict[int, int] = {}
    acknowledged: Dict[int, int] = {}
    for line in Path(log).read_text().splitlines():
        word, value = line.split()[:2]
        table = done if word == "done" else acknowledged
        table[int(value)] = table.get(int(value), 0) + 1
    lost = sum(1 for each in pushed if each not in done)
    twice = sum(1 for times in acknowledged.values() if times > 1)
    again = sum(1 for times in done.values() if times > 1)
    print(
        f"queue, {workers} producers, {workers} consumers, {kills} killed: {len(pushed)} items, "
        f"{len(pushed) / took:.0f} a second; {lost} lost, {twice} acknowledged twice, {again} done again"
    )


async def watches(members: Members, connections: int = 1000, each: int = 100) -> None:
    """Many watches over fewer connections; every one gets its event, one client does not read."""
    leader = await members.leader()
    port = members.ports[leader]
    before = members.megabytes(leader)
    received = 0
    streams = [Connection(port) for _ in range(connections)]
    for number, stream in enumerate(streams):
        await stream.__aenter__()
        paths = "&".join(f"path=/watched/{number}/{key}" for key in range(each))
        await stream.open_stream(f"/v1/watch?{paths}")
    full = members.megabytes(leader)
    stalled = streams[0]
    stalled.writer.transport.pause_reading()

    async def follow(stream: Connection) -> None:
        nonlocal received
        for _ in range(each):
            while (await stream.event())[0] != "put":
                pass
            received += 1

    tasks = [asyncio.create_task(follow(stream)) for stream in streams[1:]]
    begin = time.monotonic()

    async def write(part: range) -> None:
        async with Connection(port) as own:
            for number in part:
                for key in range(each):
                    own.send("PUT", f"/v1/kv/watched/{number}/{key}", b"x" * 256)
                for _ in range(each):
                    assert (await own.answer())[0] in (200, 201)

    await asyncio.gather(*(write(range(place, connections, 8)) for place in range(8)))
    await asyncio.wait_for(asyncio.gather(*tasks), 120)
    took = time.monotonic() - begin
    # The one that does not read is owed far more than any buffer holds.
    async with Connection(port) as own:
        for _ in range(200):
            for key in range(each):
                own.send("PUT", f"/v1/kv/watched/0/{key}", b"y" * 4096)
            for _ in range(each):
                assert (await own.answer())[0] in (200, 201)
    print(
        f"{connections * each} watches over {connections} connections: memory of the member {before:.0f} MB "
        f"before, {full:.0f} MB with them, {members.megabytes(leader):.0f} MB at the end (82 MB written past a "
        f"reader that stalls); {received} of {(connections - 1) * each} events in {took:.1f} s"
    )
    for stream in streams:
        stream.writer.transport.abort()


async def services(members: Members, count: int = 1000) -> None:
    """Instances of a service, and one that nobody keeps alive any more."""
    port = members.ports[await members.leader()]
    async with Connection(port) as own, Connection(port) as other:
        assert (await own.call("POST", "/v1/leases", {"id": "abc", "ttl": "5m"}))[0] == 201
        begin = time.monotonic()
        for number in range(count):
            instance = {"address": "10.0.0.1", "port": 1024 + number}
            instance.update({"ttl": "2s"} if number == count - 1 else {"lease": "abc"})
            status, body = await own.call("PUT", f"/v1/services/web/i{number}", instance)
            assert status == 201, (status, body)
            if number == count - 1:
                last = time.monotonic()
        registering = time.monotonic() - begin
        reads = []
        healthy = count
        while healthy == count:
            begin = time.monotonic()
            _, body = await other.call("GET", "/v1/services/web?healthy&limit=2000")
            reads.append(time.monotonic() - begin)
            healthy = len(body["instances"])
            await asyncio.sleep(0.02)
        gone = time.monotonic() - last
    print(
        f"{count} instances: registered in {registering:.2f} s over one connection, the healthy read in "
        f"{milliseconds(reads)}; the one that died out {gone:.2f} s after its last word (time to live 2 s)"
    )


async def tree(members: Members, count: int = 100_000) -> None:
    """Import, export and undo of a large subtree."""
    content: Dict[str, Dict[str, str]] = {}
    for number in range(count):
        content.setdefault(f"part{number // 100:04d}", {})[f"key{number % 100:02d}"] = f"value {number}"
    first, second = members.directory / "tree.json", members.directory / "exported.json"
    first.write_text(json.dumps(content))

    def run(*words: str) -> str:
        done = subprocess.run([members.binary, *words], capture_output=True, text=True, env={
            **os.environ, "ROOST_ENDPOINTS": members.endpoints, "NO_COLOR": "1"})
        if done.returncode:
            raise SystemExit(f"coordination: {' '.join(words)}: {done.stderr}")
        return done.stdout

    def timed(*words: str) -> float:
        begin = time.monotonic()
        run(*words)
        return time.monotonic() - begin

    importing = timed("import", "/tree", str(first), "--yes", "-q")
    begin = time.monotonic()
    second.write_text(run("export", "/tree", "--format", "json"))
    exporting = time.monotonic() - begin
    again = members.directory / "again.json"
    run("import", "/copy", str(second), "--yes", "-q")
    again.write_text(run("export", "/copy", "--format", "json"))
    same = "byte-identical" if again.read_bytes() == second.read_bytes() else "DIFFERENT"
    equal = "equal to what was imported" if json.loads(second.read_text()) == content else "NOT EQUAL"
    revision = run("put", "/mark", "1", "-o", "json")
    mark = json.loads(revision)["revision"]
    for number in range(100):
        run("put", f"/tree/part{number:04d}/key00", "changed", "-q")
    undoing = timed("undo", "/tree", "--to", str(mark), "-q")
    undone = "as before" if run("export", "/tree", "--format", "json") == second.read_text() else "NOT AS BEFORE"
    print(
        f"{count} keys: imported in {importing:.1f} s, exported in {exporting:.1f} s ({equal}; imported and "
        f"exported once more {same}); a subtree undone after 100 writes in {undoing:.2f} s, {undone}"
    )


MEASURES = {
    "locks": lambda members: several(
        hand_overs(members, kind, waiters, 10 if kind == "semaphore" else 1)
        for kind in ("lock", "semaphore", "election") for waiters in (10, 100, 1000)
    ),
    "stale": stale,
    "leases": lambda members: several([leases(members), laden_lease(members)]),
    "queue": queue,
    "watches": watches,
    "services": services,
    "tree": tree,
}


async def several(measures) -> None:
    for measure in measures:
        await measure


async def main(binary: str, names: List[str]) -> None:
    for name in names or list(MEASURES):
        members = Members(binary)
        try:
            await MEASURES[name](await members.ready())
        finally:
            members.stop()


if __name__ == "__main__":
    if sys.argv[1] == "consume":
        consume(int(sys.argv[2]), sys.argv[3])
    else:
        asyncio.run(main(sys.argv[1], sys.argv[2:]))
