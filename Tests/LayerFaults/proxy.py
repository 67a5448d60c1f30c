# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy that misbehaves on command: between a server process and Redis."""

import asyncio
import socket
import struct


class FaultProxy:
    """Forwards to a port. `mode` is pass, refuse, hole (nothing is forwarded, nothing closed), or half (nothing comes back)."""

    def __init__(self, target):
        self.target = target
        self.mode = "pass"
        self.delay = None  # (mean, spread) in seconds, each way
        self.pairs = set()
        self.server = None
        self.port = None
        self.changed = asyncio.Event()

    async def start(self):
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", self.port or 0)
        self.port = self.server.sockets[0].getsockname()[1]

    def set(self, mode):
        self.mode = mode
        self.changed.set()
        self.changed = asyncio.Event()
        if mode == "refuse":
            self.server.close()
            self.reset()

    async def heal(self):
        if self.mode == "refuse":
            await self.start()
        self.set("pass")

    def reset(self):
        """RST on every connection, on both sides."""
        for writers in list(self.pairs):
            for writer in writers:
                sock = writer.get_extra_info("socket")
                if sock is not None:
                    try:
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    except OSError:
                        pass
                writer.transport.abort()

    async def _accept(self, reader, writer):
        if self.mode == "refuse":
            writer.transport.abort()
            return
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, up_writer)
        self.pairs.add(pair)
        try:
            await asyncio.gather(
                self._pump(reader, up_writer, "out"), self._pump(up_reader, writer, "back"))
        except asyncio.CancelledError:
            pass  # the end of the program
        finally:
            self.pairs.discard(pair)
            writer.transport.abort()
            up_writer.transport.abort()

    async def _pump(self, reader, writer, way):
        import random
        loop = asyncio.get_running_loop()
        last = 0.0
        try:
            while data := await reader.read(65536):
                while self.mode == "hole" or (self.mode == "half" and way == "back"):
                    await self.changed.wait()
                low, high = (self.delay[0] - self.delay[1], self.delay[0] + self.delay[1]) if self.delay else (0, 0)
                if self.delay or last > loop.time():
                    # Nothing overtakes what is still on its way, also when the delay has ended.
                    last = max(last + 1e-4, loop.time() + random.uniform(low, high))
                    loop.call_at(last, self._write, writer, data)
                else:
                    writer.write(data)
                    await writer.drain()
        except (ConnectionError, OSError):
            pass
        for end in (writer,):
            if not self.delay:
                end.close()

    @staticmethod
    def _write(writer, data):
        if not writer.is_closing():
            writer.write(data)
