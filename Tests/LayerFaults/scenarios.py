# SPDX-License-Identifier: Apache-2.0
"""Faults between two Lab processes and Redis, under load; what is lost, doubled or out of order, as a table.

    python3 scenarios.py --lab .build/release/Lab [--mode pubsub|history] [--only NAME,…]

Two servers, each behind a proxy of its own; eight clients in two groups; 40 publishes a second in all. Needs the Python
package `websockets` and redis-server. Everything listens on 127.0.0.1, on free ports, and is ended with the program.

Exit status 1 where a scenario shows what it must not: see `judgement`.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

import websockets

from proxy import FaultProxy


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Redis:
    def __init__(self, durable=False):
        self.durable = durable
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="sluice-faults-")
        self.process = None

    async def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "yes" if self.durable else "no", "--dir", self.folder], stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                if self.command("PING").startswith(b"+PONG"):
                    return
                await asyncio.sleep(0.02)
            except OSError:
                await asyncio.sleep(0.02)
        raise RuntimeError("Redis does not start")

    def command(self, *words):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as sock:
            sock.sendall(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words))
            return sock.recv(1 << 20)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Lab:
    def __init__(self, options, redis_port, proxied=True):
        self.options = options
        self.redis_port = redis_port
        self.port = free_port()
        self.proxy = FaultProxy(redis_port)
        self.proxied = proxied
        self.process = None

    async def start(self):
        if self.proxied and self.proxy.server is None:
            await self.proxy.start()
        arguments = [
            self.options.lab, "serve", "--port", str(self.port), "--threads", "1", "--log-level", "error",
            "--channel-layer", f"redis://127.0.0.1:{self.proxy.port if self.proxied else self.redis_port}",
            "--drain-seconds", "5",
        ]
        if not self.proxied:
            arguments += ["--ping-interval", "0"]  # bytes are counted
        if self.options.mode == "history":
            arguments += ["--layer-history", "10000,300"]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=sys.stderr if self.options.verbose else subprocess.DEVNULL)
        line = await asyncio.get_running_loop().run_in_executor(None, self.process.stdout.readline)
        if b"listening" not in line:
            raise RuntimeError(f"Lab does not start: {line!r}")
        for _ in range(200):
            if await self.ready():
                return
            await asyncio.sleep(0.02)

    async def ready(self):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return b" 200 " in answer[:20]
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Client:
    """A member of a group: sends numbers on command, and keeps what it gets."""

    def __init__(self, name, lab, group, recover):
        self.name, self.lab, self.group, self.recover = name, lab, group, recover
        self.got = []  # (key, time)
        self.sent = {}  # key: time
        self.closed = []  # (time, code)
        self.spans = []  # when the socket was open
        self.missed = []  # when a gap was told
        self.unrecovered = 0
        self.position = None
        self.socket = None
        self.opened = None
        self.count = 0
        self.stopping = False

    async def run(self, ready):
        while not self.stopping:
            url = f"ws://127.0.0.1:{self.lab.port}/ws/json/{self.group}/"
            if self.recover:
                url += "?recover=1"
                if self.position:
                    url += f"&epoch={self.position[0]}&offset={self.position[1]}"
            try:
                async with websockets.connect(url, max_queue=None, open_timeout=5) as ws:
                    self.socket = ws
                    self.opened = opened = time.time()
                    if not self.recover:
                        ready.set()
                    try:
                        async for text in ws:
                            self.take(json.loads(text), ready)
                    finally:
                        self.socket = None
                        self.opened = None
                        self.spans.append((opened, time.time()))
                        if not self.stopping:
                            self.closed.append((time.time(), ws.close_code))
            except (OSError, websockets.WebSocketException, asyncio.TimeoutError):
                pass
            if not self.stopping:
                await asyncio.sleep(random.uniform(0.05, 0.2))

    def take(self, message, ready):
        if "reply" in message:
            if message["reply"] in ("position", "recovered"):
                if message["reply"] == "position":
                    self.position = (message["epoch"], message["offset"])
                elif not message["ok"]:
                    self.unrecovered += 1
                    self.position = (message["epoch"], message["offset"])
                ready.set()
            elif message["reply"] == "missed":
                self.missed.append(time.time())
            return
        if "_o" in message:
            self.position = (message.get("_e", self.position[0] if self.position else ""), message["_o"])
        self.got.append((message["k"], time.time()))

    async def send(self, pad=""):
        if not self.socket:
            return
        key = f"{self.name}:{self.count}"
        try:
            await asyncio.wait_for(self.socket.send(json.dumps({"k": key, "pad": pad})), 5)
            self.sent[key] = time.time()
            self.count += 1
        except (websockets.WebSocketException, asyncio.TimeoutError, OSError):
            pass


async def load(clients, rate, seconds, end=None):
    """`rate` publishes a second, by all clients in turns, until the time or the event `end` comes."""
    start = time.time()
    number = 0
    while time.time() < start + seconds and not (end and end.is_set()):
        due = start + number / rate
        if (pause := due - time.time()) > 0:
            await asyncio.sleep(pause)
        await clients[number % len(clients)].send()
        number += 1


def judge(clients, fault_end):
    groups = {}
    for client in clients:
        groups.setdefault(client.group, []).append(client)
    silent = told = offline = sender = doubled = disorder = total = 0
    last_loss = 0.0
    # When each member heard something again after the fault.
    heard = [next((at for _, at in client.got if at >= fault_end), None) for client in clients]
    latencies = []
    for members in groups.values():
        sent = {}
        for client in members:
            sent.update({key: (at, client) for key, at in client.sent.items()})
        everywhere = {key for member in members for key, _ in member.got}
        orders = []
        for member in members:
            keys = [key for key, _ in member.got]
            seen = set()
            for key, at in member.got:
                if key in seen:
                    doubled += 1
                seen.add(key)
                if key in sent:
                    latencies.append(at - sent[key][0])
            spans = member.spans + ([(member.opened, time.time())] if member.opened else [])
            first = spans[0][0] if spans else 0
            for key, (at, by) in sent.items():
                if at < first + 0.2:
                    continue
                total += 1
                if key in seen:
                    continue
                last_loss = max(last_loss, at)
                died = [when for when, _ in by.closed if at - 0.1 <= when <= at + 1.0]
                is_open = any(a <= at and at + 0.05 <= b for a, b in spans)
                if died:
                    sender += 1
                elif is_open and any(at - 0.1 <= when <= at + 20 for when in member.missed):
                    told += 1
                elif is_open:
                    silent += 1
                else:
                    offline += 1
            for other in {key.split(":")[0] for key in keys}:
                own = [int(key.split(":")[1]) for key in keys if key.startswith(other + ":")]
                disorder += sum(a > b for a, b in zip(own, own[1:]))
            orders.append(keys)
        for a in orders:
            for b in orders:
                if a is b:
                    continue
                place = {key: index for index, key in enumerate(b)}
                common = [place[key] for key in a if key in place]
                disorder += sum(x > y for x, y in zip(common, common[1:]))
    latencies.sort()
    pick = lambda share: round(latencies[int(share * (len(latencies) - 1))] * 1000, 1) if latencies else None
    return {
        "expected": total, "silent": silent, "told": told, "offline": offline, "sender": sender, "doubled": doubled,
        "disorder": disorder, "closed": sum(len(c.closed) for c in clients),
        "codes": sorted({str(code) for c in clients for _, code in c.closed}),
        "gaps": sum(len(c.missed) for c in clients), "unrecovered": sum(c.unrecovered for c in clients),
        "recover_s": round(max(0.0, last_loss - fault_end), 2),
        "heard_s": None if None in heard else round(max(heard) - fault_end, 2), "p50_ms": pick(0.5), "p99_ms": pick(0.99),
        "max_ms": pick(1.0),
    }


# Where those who recover lose nothing that was published, whether their sockets stay open or not.
RECOVERED = {"client_kill", "reset", "refuse_one_3s", "redis_stop_4s", "hole_one_8s", "hole_both_8s", "half_open_6s",
             "server_kill_3s", "server_term", "delay_100ms_8s", "server_stop_5s", "baseline", "flood_800", "burst_2000"}


def judgement(name, mode, result):
    """What a scenario shows that it must not."""
    bad = []
    if result["silent"]:
        bad.append(f"{result['silent']} lost and not told")
    if result["doubled"] or result["disorder"]:
        bad.append(f"{result['doubled']} doubled, {result['disorder']} out of order")
    if result["closed"] and not name.startswith("server_"):
        bad.append(f"{result['closed']} sockets closed")
    if name == "server_term" and result["codes"] != ["1012"]:
        bad.append(f"closed with {result['codes']}")
    # What a client sends into a server that ends at that moment is lost with it, and the close code says so.
    if result["sender"] and not name.startswith("server_"):
        bad.append(f"{result['sender']} lost with their sender")
    if result["recover_s"] > 1:
        bad.append(f"the last loss came {result['recover_s']} s after the fault")
    # Where nothing is published after the fault, nothing is heard.
    if name in FAULTS and (result["heard_s"] is None or result["heard_s"] > 1):
        bad.append(f"members heard again after {result['heard_s']} s")
    if mode == "history" and name in RECOVERED:
        if result["told"] or result["offline"] or result["unrecovered"]:
            bad.append(f"{result['told'] + result['offline']} lost though clients recover")
    if "burst" in result:
        reply = result["reply"] or {}
        if reply.get("failed") != 0 or set(result["burst"].values()) != {2000} or not result["in_order"]:
            bad.append(f"of the burst {result['burst']}, {reply}")
    if name == "flood_800" and (result["told"] or result["offline"]):
        bad.append("the flood lost events")
    if "slow" in result:
        slow = result["slow"]
        # The close frame stands behind what was never read; who still does not read is cut.
        if slow["code"] not in (1013, 1006) or slow["grown_mb"] > 40:
            bad.append(f"the slow client: {slow}")
    return bad


class Run:
    def __init__(self, options, groups=2):
        self.options = options
        self.groups = groups

    async def __aenter__(self):
        self.redis = Redis(getattr(self.options, "durable", False))
        await self.redis.start()
        self.labs = [Lab(self.options, self.redis.port) for _ in range(2)]
        for lab in self.labs:
            await lab.start()
        recover = self.options.mode == "history"
        self.clients = []
        self.tasks = []
        for index in range(8):
            client = Client(f"c{index}", self.labs[index % 2], f"g{index * self.groups // 8}", recover)
            ready = asyncio.Event()
            self.tasks.append(asyncio.create_task(client.run(ready)))
            self.clients.append(client)
            await asyncio.wait_for(ready.wait(), 20)
        await asyncio.sleep(0.5)
        return self

    async def __aexit__(self, *_):
        for client in self.clients:
            client.stopping = True
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for lab in self.labs:
            lab.stop()
            if lab.proxy.server:
                lab.proxy.server.close()
            lab.proxy.reset()
        if self.redis.process.poll() is None:
            self.redis.kill()


FAULTS = {}


def fault(name):
    def register(function):
        FAULTS[name] = function
        return function
    return register


@fault("baseline")
async def baseline(run): pass


@fault("client_kill")
async def client_kill(run):
    run.redis.command("CLIENT", "KILL", "TYPE", "normal")
    run.redis.command("CLIENT", "KILL", "TYPE", "pubsub")


@fault("reset")
async def reset(run):
    for lab in run.labs: lab.proxy.reset()


@fault("refuse_one_3s")
async def refuse(run):
    run.labs[0].proxy.set("refuse")
    await asyncio.sleep(3)
    await run.labs[0].proxy.heal()


@fault("hole_one_8s")
async def hole_one(run):
    run.labs[0].proxy.set("hole")
    await asyncio.sleep(8)
    await run.labs[0].proxy.heal()


@fault("hole_both_8s")
async def hole_both(run):
    for lab in run.labs: lab.proxy.set("hole")
    await asyncio.sleep(8)
    for lab in run.labs: await lab.proxy.heal()


@fault("half_open_6s")
async def half_open(run):
    run.labs[0].proxy.set("half")
    await asyncio.sleep(6)
    await run.labs[0].proxy.heal()


@fault("delay_100ms_8s")
async def delay(run):
    for lab in run.labs: lab.proxy.delay = (0.1, 0.05)
    await asyncio.sleep(8)
    for lab in run.labs: lab.proxy.delay = None


@fault("redis_stop_4s")
async def redis_stop(run):
    run.redis.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(4)
    run.redis.process.send_signal(signal.SIGCONT)


@fault("redis_kill_3s")
async def redis_kill(run):
    run.redis.kill()
    await asyncio.sleep(3)
    await run.redis.start()


@fault("flushall")
async def flushall(run):
    run.redis.command("FLUSHALL")


@fault("server_kill_3s")
async def server_kill(run):
    run.labs[0].stop()
    await asyncio.sleep(3)
    await run.labs[0].start()


@fault("server_term")
async def server_term(run):
    run.labs[0].process.send_signal(signal.SIGTERM)
    await asyncio.get_running_loop().run_in_executor(None, run.labs[0].process.wait)
    await run.labs[0].start()


@fault("server_stop_5s")
async def server_stop(run):
    run.labs[0].process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(5)
    run.labs[0].process.send_signal(signal.SIGCONT)


async def scenario(options, name):
    async with Run(options) as run:
        await load(run.clients, 40, 4)
        end = asyncio.Event()
        publishing = asyncio.create_task(load(run.clients, 40, 60, end))
        await FAULTS[name](run)
        fault_end = time.time()
        await asyncio.sleep(5)
        end.set()
        await publishing
        await asyncio.sleep(4)
        return judge(run.clients, fault_end)


async def flood(options):
    """800 publishes a second to eight members of one group."""
    async with Run(options, groups=1) as run:
        await load(run.clients, 800, 10)
        end = time.time()
        await asyncio.sleep(4)
        return judge(run.clients, end)


async def burst(options):
    """2,000 sends from inside one handler."""
    async with Run(options) as run:
        sender = run.clients[0]
        counts = {}
        for client in run.clients[:4]:
            original = client.take
            def take(message, ready, client=client, original=original):
                if message.get("tag") == "b":
                    counts.setdefault(client.name, []).append(message["n"])
                elif message.get("reply") == "burst":
                    counts["reply"] = message
                else:
                    original(message, ready)
            client.take = take
        await sender.socket.send(json.dumps({"cmd": "burst", "n": 2000, "size": 100, "tag": "b"}))
        for _ in range(300):
            await asyncio.sleep(0.1)
            if "reply" in counts and all(len(counts.get(c.name, [])) >= 2000 for c in run.clients[:4]):
                break
        result = judge(run.clients, time.time())
        result["burst"] = {c.name: len(counts.get(c.name, [])) for c in run.clients[:4]}
        result["in_order"] = all(v == sorted(v) for k, v in counts.items() if k != "reply")
        result["reply"] = counts.get("reply")
        return result


async def slow_handler(options):
    """One member's handler sleeps for 20 s while 50 publishes a second come."""
    async with Run(options) as run:
        await run.clients[3].socket.send(json.dumps({"cmd": "stall", "ms": 20000}))
        senders = [c for c in run.clients if c is not run.clients[3]]
        await load(senders, 50, 15)
        end = time.time()
        await asyncio.sleep(8)
        return judge(run.clients, end)


async def slow_client(options):
    """One client reads nothing while 100 messages of 4 kB a second come for 25 s; the others must not notice."""
    async with Run(options) as run:
        lab = run.labs[0]
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", lab.port))
        slow = await websockets.connect(
            f"ws://127.0.0.1:{lab.port}/ws/json/g0/", sock=sock, max_queue=1, compression=None, ping_interval=None)
        before = resident(lab.process.pid)
        most = before
        start = time.time()
        for number in range(2500):
            await asyncio.sleep(max(0, start + number / 100 - time.time()))
            await run.clients[number % 4].send(pad="x" * 4000)
            if number % 100 == 0:
                most = max(most, resident(lab.process.pid))
        end = time.time()
        await asyncio.sleep(3)
        received = 0
        try:
            while True:
                await asyncio.wait_for(slow.recv(), 10)
                received += 1
        except (websockets.WebSocketException, asyncio.TimeoutError):
            pass
        result = judge(run.clients, end)
        result["slow"] = {"received": received, "code": slow.close_code, "grown_mb": round((most - before) / 1e6, 1)}
        return result


def resident(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", required=True)
    parser.add_argument("--mode", default="pubsub", choices=["pubsub", "history"])
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--json", default="")
    options = parser.parse_args()
    extra = {"flood_800": flood, "burst_2000": burst, "slow_handler": slow_handler, "slow_client": slow_client}
    names = [n for n in options.only.split(",") if n] or list(FAULTS) + list(extra)
    print("| scenario | expected | silent | told | offline | sender | doubled | disorder | closed | gaps | heard s | p50 | p99 | max ms |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
    results = {}
    failures = []
    for name in names:
        r = await (extra[name](options) if name in extra else scenario(options, name))
        results[name] = r
        bad = judgement(name, options.mode, r)
        failures += [f"{name}: {what}" for what in bad]
        print(f"| {name} | {r['expected']:,} | {r['silent']} | {r['told']} | {r['offline']} | {r['sender']} | {r['doubled']} | "
              f"{r['disorder']} | {r['closed']} {' '.join(r['codes'])} | {r['gaps']} | {r['heard_s']} | {r['p50_ms']} | "
              f"{r['p99_ms']} | {r['max_ms']} |"
              + "".join(f" {key} {r[key]}" for key in ("burst", "in_order", "reply", "slow") if key in r)
              + (f" unrecovered {r['unrecovered']}" if r["unrecovered"] else "")
              + (f" FAILED: {'; '.join(bad)}" if bad else ""), flush=True)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=1)
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    sys.exit(bool(failures))


if __name__ == "__main__":
    asyncio.run(main())
