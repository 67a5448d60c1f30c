// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// A middleware that writes its name into the scope.
struct Tagging: Middleware {
    enum Tags: ScopeKey {
        static let defaultValue: [String] = []
    }

    let tag: String

    init(_ tag: String) {
        self.tag = tag
    }

    func handle<Kind: ConnectionKind>(
        scope: Scope, receive: Receive<Kind>, send: Send<Kind>, next: any Application<Kind>
    ) async throws {
        var scope = scope
        scope[Tags.self].append(tag)
        try await next(scope: scope, receive: receive, send: send)
    }
}

/// An application that remembers the scopes it was called with.
final class Recorder<Kind: ConnectionKind>: Application {
    private let seen = Mutex<[Scope]>([])

    var scopes: [Scope] { seen.withLock { $0 } }
    var last: Scope? { scopes.last }

    func callAsFunction(scope: Scope, receive: Receive<Kind>, send: Send<Kind>) async throws {
        seen.withLock { $0.append(scope) }
    }
}

/// A sink that keeps what it is sent.
final class Collector<Event: Sendable>: EventSink {
    private let taken = Mutex<[Event]>([])
    var events: [Event] { taken.withLock { $0 } }

    func offer(_ event: Event) throws -> Bool {
        taken.withLock { $0.append(event) }
        return true
    }

    func writable() async throws {}
}

extension Application {
    /// Runs the application for a path without any events.
    func run(_ path: String, rootPath: String = "") async throws {
        var scope = Scope(Kind.self, path: path)
        scope.rootPath = rootPath
        try await self(scope: scope, receive: Receive(EventQueue()), send: Send(Collector()))
    }
}
