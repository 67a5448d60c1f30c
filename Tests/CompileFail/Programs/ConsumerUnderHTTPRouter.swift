// SPDX-License-Identifier: Apache-2.0

// Routers are typed by the kind of connection that they serve.
import Sluice

final class Chat: Consumer {}

let router = URLRouter<HTTP> {
    // expect-error: no exact matches in call to initializer
    Route("/ws/chat/", Chat.init)
}
