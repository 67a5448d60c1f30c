# SPDX-License-Identifier: Apache-2.0
"""Django Channels and Lab in one group, in both directions, by the real channels_redis.

    python3 interop.py --lab PATH     (needs the packages channels, channels_redis and websockets, and redis-server)

Prints one line for each check; exit status 1 if one fails.
"""

import argparse
import asyncio
import json
import sys

import msgpack
import redis.asyncio
import websockets
from channels_redis.pubsub import RedisPubSubChannelLayer

from scenarios import Lab, Redis

failures = 0
MESSAGES = [
    {"n": 0}, {"n": 1, "text": "wörld 聊天 🎉", "empty": ""}, {"n": 2, "list": [1, None, True, False, [], {}, [[-1]]]},
    {"n": 3, "ints": [0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63 - 1, -1, -32, -33, -128, -129, -(2**63)]},
    {"n": 4, "floats": [0.5, -0.1, 1e308, 5e-324]}, {"n": 5, "long": "x" * 70000}, {"n": 6, "many": list(range(70000))},
    {"n": 7, "map": {f"k{i}": i for i in range(40)}}, {"n": 8, "deep": {"a": {"b": {"c": [{"d": 1}]}}}},
]


def check(what, condition, detail=""):
    global failures
    failures += not condition
    print(("ok     " if condition else "FAILED ") + what + ("" if condition else f": {str(detail)[:300]}"), flush=True)


async def next_message(ws):
    while True:
        message = json.loads(await asyncio.wait_for(ws.recv(), 10))
        if "_o" in message:
            del message["_o"]
        if message.get("reply") != "position":
            return message


async def run(options):
    server = Redis()
    await server.start()
    lab = Lab(options, server.port)
    await lab.start()
    layer = RedisPubSubChannelLayer(hosts=[f"redis://127.0.0.1:{server.port}"])
    raw = redis.asyncio.Redis(port=server.port)
    try:
        channel = await layer.new_channel()
        await layer.group_add("chat_room", channel)
        url = f"ws://127.0.0.1:{lab.port}/ws/json/room/"
        async with websockets.connect(url, max_size=1 << 22) as one, websockets.connect(url, max_size=1 << 22) as two:
            for message in MESSAGES:
                await layer.group_send("chat_room", {"type": "chat.message", "payload": message})
                got = [await next_message(one), await next_message(two)]
                check(f"Django to both members, message {message['n']}", got == [message, message], got)
                own = await asyncio.wait_for(layer.receive(channel), 10)
                check(f"Django to itself, message {message['n']}", own["payload"] == message, own)
            watching = raw.pubsub()
            await watching.subscribe("asgi__group__chat_room")
            await watching.get_message(timeout=5)
            for message in MESSAGES:
                await one.send(json.dumps(message))
                got = await asyncio.wait_for(layer.receive(channel), 10)
                check(f"member to Django, message {message['n']}", got == {"type": "chat.message", "payload": message} or
                      options.mode == "history" and got["payload"] == message, got)
                check(f"member to members, message {message['n']}",
                      [await next_message(one), await next_message(two)] == [message, message])
                frame = (await watching.get_message(timeout=5))["data"]
                value = msgpack.unpackb(frame)
                if options.mode == "pubsub":
                    check(f"the frame of message {message['n']} is what channels_redis would write",
                          msgpack.packb(value) == frame and list(value) == ["type", "payload"], frame[:100])
            await one.send(json.dumps({"cmd": "whoami"}))
            name = (await next_message(one))["channel"]
            await layer.send(name, {"type": "chat.message", "payload": {"direct": 1}})
            check("Django to one member by its channel's name", await next_message(one) == {"direct": 1})
            await one.send(json.dumps({"cmd": "send", "channel": channel, "payload": {"direct": 2}}))
            check("the member is told that it was sent", (await next_message(one)).get("ok") is True)
            got = await asyncio.wait_for(layer.receive(channel), 10)
            check("member to Django by its channel's name", got == {"type": "chat.message", "payload": {"direct": 2}}, got)
            check("one subscription of the process for two members",
                  (await raw.execute_command("PUBSUB", "NUMSUB", "asgi__group__chat_room"))[1] == 3)
            # channels_redis' own receive would throw at what comes now.
            await layer.group_discard("chat_room", channel)
            await raw.publish("asgi__group__chat_room", b"\xc1 no message")
            await raw.publish("asgi__group__chat_room", b"")
            await raw.publish("asgi__group__chat_room", b"\x91" * 100000)
            await layer.group_send("chat_room", {"type": "chat.message", "payload": {"after": 1}})
            check("what is no message is passed over", await next_message(two) == {"after": 1})
    finally:
        lab.stop()
        server.kill()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", required=True)
    parser.add_argument("--mode", default="pubsub", choices=["pubsub", "history"])
    parser.add_argument("--verbose", action="store_true")
    asyncio.run(asyncio.wait_for(run(parser.parse_args()), 120))
    sys.exit(failures > 0)
