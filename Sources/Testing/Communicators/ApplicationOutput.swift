// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// What an application under test did: it sent an event, or ended. The end comes again on every later receive.
enum ApplicationOutput<Event: Sendable>: Sendable {
    case event(Event)
    case ended((any Error)?)
}

/// How an application ended.
struct ApplicationEnding: Sendable {
    var error: (any Error)?
}

/// Takes every event of an application, for kinds that have no rules of their own.
final class CollectingSink<Event: Sendable>: EventSink {
    private let output: EventQueue<ApplicationOutput<Event>>

    init(_ output: EventQueue<ApplicationOutput<Event>>) {
        self.output = output
    }

    func offer(_ event: Event) -> Bool {
        output.push(.event(event))
        return true
    }

    func writable() async throws {}
}
