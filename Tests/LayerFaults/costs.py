# SPDX-License-Identifier: Apache-2.0
"""What one delivery costs, against channels_redis' pub/sub layer in the same run, and what Redis is asked to do.

    python3 costs.py --lab .build/release/Lab [--members 1,10,100,1000] [--messages 200] [--sockets 2000]

First part: the members are WebSockets of one process, of Lab or of Django Channels under uvicorn. A publisher sends one
and the same frame. Counted is the processor time of the server and of Redis, by the kernel.
Second part: eight Lab processes, as many sockets each, in rooms of 2 to 1,000. The processes that a message goes to are
compared with what chance says (for rooms of n members in N processes N·(1-(1-1/N)^n)), and Redis' own counts with the
messages that members have sent.

Exit status 1 where 1 to 1,000 is not 15 times cheaper, or a count is another one.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import time

import msgpack
import redis.asyncio

from scenarios import Lab, Redis, free_port
from sockets import connect, connect_all, quiet, settled

PAYLOAD = {"text": "x" * 150, "n": 1}
FRAME = msgpack.packb({"type": "chat.message", "payload": PAYLOAD})
failures = []


def check(what, condition):
    if not condition:
        failures.append(what)
    return "ok" if condition else "FAILED"


def cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def publish(client, group, messages):
    """Publishes, ten at a time with a pause; returns how many processes have got them."""
    receivers = 0
    for number in range(messages):
        receivers += await client.publish(f"asgi__group__chat_{group}", FRAME)
        if number % 10 == 9:
            await asyncio.sleep(0.005)
    return receivers


async def measure(pid, port, path, server, members, messages):
    """Processor seconds of the server and of Redis for all deliveries."""
    client = redis.asyncio.Redis(port=server.port)
    sockets = await connect_all([(port, path)] * members)
    # The first one tells how long a frame is, and everything is warm.
    await publish(client, "cost", 1)
    size = await quiet(sockets)
    await publish(client, "cost", 4)
    await settled(sockets, lambda _: 5 * size)
    before = cpu(pid), cpu(server.process.pid)
    receivers = await publish(client, "cost", messages)
    await settled(sockets, lambda _: (messages + 5) * size)
    spent = cpu(pid) - before[0], cpu(server.process.pid) - before[1]
    check("one message of Redis for the process", receivers == messages)
    for socket in sockets:
        socket.transport.abort()
    await client.aclose()
    return spent


async def sluice(options, server, members, messages):
    lab = Lab(options, server.port, proxied=False)
    await lab.start()
    try:
        return await measure(lab.process.pid, lab.port, "/ws/json/cost/", server, members, messages)
    finally:
        lab.stop()


async def django(server, members, messages):
    port = free_port()
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "django_server.py")
    process = subprocess.Popen([sys.executable, program, str(port), str(server.port)])
    try:
        for _ in range(400):
            try:
                (await connect(port, "/ws/start/")).transport.abort()
                break
            except OSError:
                await asyncio.sleep(0.05)
        return await measure(process.pid, port, "/ws/cost/", server, members, messages)
    finally:
        process.kill()
        process.wait()


async def compare(options):
    print("| members | Sluice: server + Redis, µs a delivery | Django Channels, channels_redis' pub/sub layer | times cheaper |")
    print("|---|---|---|---|")
    for members in map(int, options.members.split(",")):
        messages = max(options.messages, min(4000, 100_000 // members))
        server = Redis()
        await server.start()
        try:
            ours = await sluice(options, server, members, messages)
            theirs = await django(server, members, messages)
        finally:
            server.kill()
        each = 1e6 / (members * messages)
        times = sum(theirs) / max(sum(ours), 1e-9)
        verdict = check(f"{members} members: 15 times cheaper", times >= 15) if members >= 1000 else ""
        print(f"| {members:,} | {ours[0] * each:.1f} + {ours[1] * each:.2f} | {theirs[0] * each:.1f} + {theirs[1] * each:.2f} | "
              f"{times:.1f} {verdict} |", flush=True)


async def calls(client, command):
    return (await client.info("commandstats")).get(f"cmdstat_{command}", {}).get("calls", 0)


async def many(options):
    """Eight processes with rooms of four sizes."""
    chance = random.Random(options.seed)
    server = Redis()
    await server.start()
    labs = [Lab(options, server.port, proxied=False) for _ in range(8)]
    client = redis.asyncio.Redis(port=server.port)
    try:
        for lab in labs:
            await lab.start()
        total = 8 * options.sockets
        rooms = {}  # name: size
        places = []
        for size in (2, 10, 100, 1000):
            for number in range(max(1, total // 4 // size)):
                rooms[f"r{size}x{number}"] = size
                places += [f"r{size}x{number}"] * size
        chance.shuffle(places)
        # Any member may be anywhere; each process gets as many.
        where = [(labs[index % 8], room) for index, room in enumerate(places)]
        begin = time.time()
        sockets = await connect_all([(lab.port, f"/ws/json/{room}/") for lab, room in where])
        print(f"\n{len(sockets):,} sockets in {len(rooms):,} rooms of 8 processes, opened in {time.time() - begin:.0f} s")
        members = {room: [] for room in rooms}
        spread = {room: set() for room in rooms}
        for socket, (lab, room) in zip(sockets, where):
            members[room].append(socket)
            spread[room].add(lab.port)
        pairs = sum(map(len, spread.values()))
        counts = await client.execute_command("PUBSUB", "NUMSUB", *(f"asgi__group__chat_{room}" for room in rooms))
        subscribed = sum(counts[1::2])
        print(f"subscriptions: {subscribed:,} for {pairs:,} pairs of process and room: "
              + check("a subscription for each process and room", subscribed == pairs))
        print("\n| rooms of | messages | processes that got one, on average | by the model | a message for each member |")
        print("|---|---|---|---|---|")
        size_of_frame = None
        expected = {socket: 0 for socket in sockets}
        for size in (2, 10, 100, 1000):
            some = [room for room in rooms if rooms[room] == size][:200]
            received = 0
            for room in some:
                received += await publish(client, room, 1)
                if size_of_frame is None:
                    await asyncio.sleep(1)
                    size_of_frame = members[room][0].bytes
                for socket in members[room]:
                    expected[socket] += size_of_frame
            await settled(sockets, expected.get)
            model = sum(8 * (1 - (1 - 1 / 8) ** size) for _ in some)
            exact = received == sum(len(spread[room]) for room in some)
            near = abs(received - model) <= max(0.1 * model, 3)
            print(f"| {size:,} | {len(some)} | {received / len(some):.2f} | {model / len(some):.2f} "
                  f"{check(f'rooms of {size}: as many as processes', exact and near)} | {size:,} |", flush=True)
        # What members send: one PUBLISH for each message, whatever the size of its room.
        before, begin = await calls(client, "publish"), time.time()
        sent = 0
        for size in (2, 10, 100, 1000):
            for room in [room for room in rooms if rooms[room] == size][:50]:
                chance.choice(members[room]).send(json.dumps(PAYLOAD))
                sent += 1
                for socket in members[room]:
                    expected[socket] += size_of_frame
        await settled(sockets, expected.get)
        after, took = await calls(client, "publish"), time.time() - begin
        probes = 8 * (took + 1)  # each process asks once a second whether its events still come
        print(f"\n{sent} messages of members: {after - before} PUBLISH, of which at most {probes:.0f} are probes: "
              + check("one PUBLISH for each message", sent <= after - before <= sent + probes))
        exact = all(socket.bytes == expected[socket] for socket in sockets)
        print("every socket has got each message of its room once: " + check("each message once", exact))
        for name in ("subscribe", "psubscribe", "unsubscribe"):
            print(f"{name.upper()}: {await calls(client, name):,} calls", flush=True)
    finally:
        await client.aclose()
        for lab in labs:
            lab.stop()
        server.kill()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", required=True)
    parser.add_argument("--members", default="1,10,100,1000")
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["compare", "many"])
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    options.mode = "pubsub"
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, 65536),) * 2)
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.only != "many":
        await compare(options)
    if options.only != "compare":
        await many(options)
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    sys.exit(bool(failures))


if __name__ == "__main__":
    asyncio.run(main())
