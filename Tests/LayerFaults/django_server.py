# SPDX-License-Identifier: Apache-2.0
"""A server of Django Channels over channels_redis' pub/sub layer, to be measured beside: /ws/<group>/ gets `chat.message`.

    python3 django_server.py PORT REDIS_PORT
"""

import json
import sys

import uvicorn
from django.conf import settings

settings.configure(SECRET_KEY="-", CHANNEL_LAYERS={"default": {
    "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "CONFIG": {"hosts": [f"redis://127.0.0.1:{sys.argv[2]}"]}}})

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402


class Room(AsyncWebsocketConsumer):
    async def connect(self):
        self.group = "chat_" + self.scope["path"].split("/")[-2]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def chat_message(self, event):
        await self.send(text_data=json.dumps(event["payload"]))


if __name__ == "__main__":
    uvicorn.run(Room.as_asgi(), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", lifespan="off",
                ws_ping_interval=None, ws_per_message_deflate=False)
