# SPDX-License-Identifier: Apache-2.0
"""What one delivery costs, against channels_redis' pub/sub layer in the same run, and what Redis is asked to do.

    python3 costs.py --lab .build/release/Lab [--members 1,10,100,1000] [--messages 500]

The members are in one process: WebSockets of a Lab, or channels of channels_redis, each of them read by a task. A publisher
(a plain Redis client) sends one and the same frame. Counted is the processor time of the process and of Redis, by the kernel.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import time

import msgpack
import redis.asyncio
import websockets
from channels_redis.pubsub import RedisPubSubChannelLayer

from scenarios import Lab, Redis

FRAME = msgpack.packb({"type": "chat.message", "payload": {"text": "x" * 150, "n": 1}})


def cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def publish(port, messages):
    client = redis.asyncio.Redis(port=port)
    for number in range(messages):
        await client.publish("asgi__group__chat_cost", FRAME)
        if number % 10 == 9:
            await asyncio.sleep(0.005)
    await client.aclose()


async def stats(port, command):
    client = redis.asyncio.Redis(port=port)
    info = await client.info("commandstats")
    await client.aclose()
    return info.get(f"cmdstat_{command}", {}).get("calls", 0)


def django_member(port, members, messages, pipe):
    async def run():
        layer = RedisPubSubChannelLayer(hosts=[f"redis://127.0.0.1:{port}"])
        done = 0
        finished = asyncio.Event()

        async def read(channel):
            nonlocal done
            for _ in range(messages):
                await layer.receive(channel)
                done += 1
            if done == members * messages:
                finished.set()
        tasks = []
        for _ in range(members):
            channel = await layer.new_channel()
            await layer.group_add("chat_cost", channel)
            tasks.append(asyncio.create_task(read(channel)))
        pipe.send("ready")
        await finished.wait()
        pipe.send("done")
    asyncio.run(run())


async def django(server, members, messages):
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=django_member, args=(server.port, members, messages, theirs))
    process.start()
    await asyncio.to_thread(ours.recv)
    before = cpu(process.pid), cpu(server.process.pid)
    await publish(server.port, messages)
    await asyncio.to_thread(ours.recv)
    spent = cpu(process.pid) - before[0], cpu(server.process.pid) - before[1]
    process.terminate()
    process.join()
    return spent


async def sluice(options, server, members, messages):
    lab = Lab(options, server.port)
    lab.direct = True
    await lab.start()
    sockets = []
    got = 0
    finished = asyncio.Event()

    async def read(ws):
        nonlocal got
        for _ in range(messages):
            await ws.recv()
            got += 1
        if got == members * messages:
            finished.set()
    for _ in range(members):
        sockets.append(await websockets.connect(f"ws://127.0.0.1:{lab.port}/ws/json/cost/", compression=None, max_queue=None))
    tasks = [asyncio.create_task(read(ws)) for ws in sockets]
    before = cpu(lab.process.pid), cpu(server.process.pid)
    await publish(server.port, messages)
    await asyncio.wait_for(finished.wait(), 300)
    spent = cpu(lab.process.pid) - before[0], cpu(server.process.pid) - before[1]
    for ws in sockets:
        await ws.close()
    lab.stop()
    return spent


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", required=True)
    parser.add_argument("--members", default="1,10,100,1000")
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    options.mode = "pubsub"
    print("| members | Sluice: process + Redis, µs a delivery | channels_redis: the same | times cheaper |\n|---|---|---|---|")
    for members in map(int, options.members.split(",")):
        server = Redis()
        await server.start()
        ours = await sluice(options, server, members, options.messages)
        theirs = await django(server, members, options.messages)
        server.kill()
        each = 1e6 / (members * options.messages)
        a, b = sum(ours) * each, sum(theirs) * each
        print(f"| {members} | {ours[0] * each:.1f} + {ours[1] * each:.2f} | {theirs[0] * each:.1f} + {theirs[1] * each:.2f} | "
              f"{b / a if a else float('inf'):.1f} |", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
