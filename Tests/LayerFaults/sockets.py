# SPDX-License-Identifier: Apache-2.0
"""Many WebSockets of one process, which count the bytes that they get and look at nothing else."""

import asyncio
import base64
import os


def frame(text):
    """A masked text frame; the mask is zero, so that the text stays as it is."""
    data = text.encode()
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + data


class Socket(asyncio.Protocol):
    def __init__(self, path):
        self.path = path
        self.opened = asyncio.get_running_loop().create_future()
        self.head = b""
        self.bytes = 0
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport
        key = base64.b64encode(os.urandom(16))
        transport.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % (self.path.encode(), key))

    def data_received(self, data):
        if self.head is None:
            self.bytes += len(data)
            return
        self.head += data
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return
        self.bytes = len(self.head) - end - 4
        accepted, self.head = self.head.startswith(b"HTTP/1.1 101"), None
        if accepted:
            self.opened.set_result(None)
        else:
            self.opened.set_exception(ConnectionError("the handshake was refused"))

    def connection_lost(self, error):
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed within the handshake"))

    def send(self, text):
        self.transport.write(frame(text))


async def connect(port, path):
    _, socket = await asyncio.get_running_loop().create_connection(lambda: Socket(path), "127.0.0.1", port)
    await socket.opened
    return socket


async def connect_all(places, at_once=64):
    """Connects to each (port, path), in their order."""
    gate = asyncio.Semaphore(at_once)

    async def one(port, path):
        async with gate:
            return await connect(port, path)
    return await asyncio.gather(*(one(port, path) for port, path in places))


async def settled(sockets, expected, limit=300):
    """Waits until every socket has the bytes that are expected of it in all."""
    for _ in range(limit * 20):
        if all(socket.bytes >= expected(socket) for socket in sockets):
            return
        await asyncio.sleep(0.05)
    short = sum(socket.bytes < expected(socket) for socket in sockets)
    raise TimeoutError(f"{short} of {len(sockets)} sockets have not got everything")


async def quiet(sockets, limit=60):
    """Waits until all sockets have as many bytes, and nothing has come for a while; returns how many."""
    last = 0
    for _ in range(limit * 2):
        await asyncio.sleep(0.5)
        counts = {socket.bytes for socket in sockets}
        if len(counts) == 1 and counts == {last} and last > 0:
            return last
        last = max(counts)
    raise TimeoutError(f"sockets have from {min(counts)} to {last} bytes")
