// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The course's first socket: it greets, and answers each text. Only the sender gets the answer.
final class EchoConsumer: Consumer {
    override func connect() async throws {
        try await accept()
        try await send(text: "来了呀客官")
    }

    override func receive(text: String) async throws {
        guard text != "关闭" else { return try await close() }
        try await send(text: "不要回复不要回复")
    }
}
