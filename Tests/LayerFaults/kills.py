# SPDX-License-Identifier: Apache-2.0
"""Fifty random kill -9 of two servers and of Redis under load, with a history that survives on disk.

    python3 kills.py --lab PATH [--count 50] [--seed 1]

Every client must have everything that any client of its group has, once and in one order. What a sender gave a server
that was killed before it published anything is nobody's. Exit status 1 otherwise.
"""

import argparse
import asyncio
import random
import signal
import sys

from scenarios import Run, load


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", required=True)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    options.mode = "history"
    options.durable = True
    chance = random.Random(options.seed)
    async with Run(options) as run:
        end = asyncio.Event()
        publishing = asyncio.create_task(load(run.clients, 40, 3600, end))
        killed = {"redis": 0, "server": 0}
        for _ in range(options.count):
            await asyncio.sleep(chance.uniform(0.3, 1.0))
            if chance.random() < 0.33:
                run.redis.kill()
                killed["redis"] += 1
                await asyncio.sleep(chance.uniform(0.1, 0.6))
                await run.redis.start()
            else:
                lab = chance.choice(run.labs)
                lab.process.send_signal(signal.SIGKILL)
                lab.process.wait()
                killed["server"] += 1
                await asyncio.sleep(chance.uniform(0.1, 0.4))
                await lab.start()
        await asyncio.sleep(3)
        end.set()
        await publishing
        await asyncio.sleep(5)
        bad = 0
        for group in ("g0", "g1"):
            members = [client for client in run.clients if client.group == group]
            orders = [[key for key, _ in client.got] for client in members]
            # The members joined one after the other: they are compared from where the last one began.
            first = max((order[0] for order in orders), key=lambda key: min(o.index(key) if key in o else -1 for o in orders))
            orders = [order[order.index(first):] if first in order else order for order in orders]
            longest = max(orders, key=len)
            for client, order in zip(members, orders):
                lost = len(set(longest) - set(order))
                doubled = len(order) - len(set(order))
                bad += lost + doubled + (order != longest) + client.unrecovered
                print(f"{client.name} {group}: {len(order)} of {len(longest)}, lost {lost}, doubled {doubled}, "
                      f"{'one order' if order == longest else 'another order'}, not recovered {client.unrecovered}")
        sent = sum(len(client.sent) for client in run.clients)
        print(f"{killed['server']} kills of servers and {killed['redis']} of Redis, {sent} sent: {'ok' if not bad else 'FAILED'}")
        sys.exit(bad > 0)


if __name__ == "__main__":
    asyncio.run(main())
