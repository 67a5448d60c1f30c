// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import NIOPosix
public import SluiceCore
import SluiceCrypto
import Synchronization

/// What sends letters (Django's e-mail backends): for a provider of yours one function.
///
/// Put in at start, as `state[MailerKey.self] = …`.
public protocol Mailer: Sendable {
    /// Hands a letter on. Whether it arrives is another matter.
    ///
    /// - Throws: when it could not be handed on.
    func send(_ message: MailMessage) async throws
}

/// The application's mailer.
public enum MailerKey: LifespanStateKey {
    /// None: what needs one is an error then.
    public static var defaultValue: (any Mailer)? { nil }
}

/// Writes letters to standard output, for development (Django's `console`).
public struct ConsoleMailer: Mailer {
    /// A mailer.
    public init() {}

    /// Prints the letter as people read it; its control characters are not sent to the terminal.
    public func send(_ message: MailMessage) async {
        let body = message.body.unicodeScalars.filter { $0 == "\n" || $0.properties.generalCategory != .control }
        let text = String(String.UnicodeScalarView(body))
        print(
            "From: \(message.sender)\nTo: \(message.recipients.joined(separator: ", "))\nSubject: \(message.subject)\n\n\(text)"
        )
    }
}

/// Keeps letters, for tests (Django's `locmem` and its `outbox`): the last 1,000.
public final class MemoryMailer: Mailer {
    private static let limit = 1_000
    private let kept = Mutex<[MailMessage]>([])

    /// No letters yet.
    public init() {}

    /// All letters in order.
    public var outbox: [MailMessage] { kept.withLock { $0 } }

    /// Keeps the letter.
    public func send(_ message: MailMessage) async {
        kept.withLock { kept in
            kept.append(message)
            if kept.count > Self.limit { kept.removeFirst() }
        }
    }
}

/// Writes each letter into a file of its own, `*.eml`, for a program that sends them on, or for development (Django's
/// `filebased`).
public struct FileMailer: Mailer {
    private let folder: String
    private let clock: any TimeSource

    /// Letters in a folder, which is made with the first one, for its owner alone.
    public init(_ folder: String, clock: any TimeSource = SystemTime()) {
        self.folder = folder
        self.clock = clock
    }

    /// Writes the letter; it appears under its name when it is complete.
    ///
    /// - Throws: what the disk refuses.
    public func send(_ message: MailMessage) async throws {
        let now = clock.now
        let text = message.encoded(at: now)
        let name = "\(now.seconds)-\(SecureRandom.token(byteCount: 12)).eml"
        try await NIOThreadPool.singleton.runIfActive { [folder] in
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name), options: .atomic)
        }
    }
}
