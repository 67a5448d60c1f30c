// SPDX-License-Identifier: Apache-2.0

/// A text for the visitor that the next page shows, once (Django's messages): "Saved", after a redirect.
public struct FlashMessage: Codable, Sendable, Hashable {
    /// How it is meant, as Django's tags.
    public enum Level: String, Codable, Sendable, Hashable {
        /// News.
        case info
        /// What was asked for has been done.
        case success
        /// Done, but with a doubt.
        case warning
        /// Not done.
        case error
    }

    /// How it is meant.
    public let level: Level
    /// The text, never markup.
    public let text: String
}

extension SessionKey where Value == [FlashMessage] {
    static var flashMessages: Self { Self("_messages") }
}

extension Request {
    /// The most messages that wait for a page; over it the oldest go.
    public static let flashLimit = 20

    /// Leaves a message for the next page that shows them (Django's `messages.add_message`).
    ///
    /// - Throws: ``HTTPError`` 500 `no_session` without ``Sessions``; what the session's store throws.
    public func flash(_ text: String, _ level: FlashMessage.Level = .info) async throws {
        let session = try session
        let waiting = try await session[.flashMessages] ?? []
        try await session.set(
            .flashMessages, to: (waiting + [FlashMessage(level: level, text: text)]).suffix(Self.flashLimit))
    }

    /// Takes the messages that wait, the oldest first; each is shown once (Django's `get_messages`).
    ///
    /// - Throws: ``HTTPError`` 500 `no_session` without ``Sessions``; what the session's store throws.
    public func takeFlashMessages() async throws -> [FlashMessage] {
        try await session.take(.flashMessages) ?? []
    }
}
