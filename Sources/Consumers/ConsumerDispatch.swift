// SPDX-License-Identifier: Apache-2.0

import Logging
import SluiceChannelLayers
import SluiceCore

/// What all kinds of consumers do with events that are not their socket's.
extension ChannelConsumer {
    func handle(_ event: InboxEvent, _ handlers: [Handler]) async throws {
        switch event {
        case .event(let event) where runtime.filters.isEmpty: try await dispatch(event, handlers)
        case .event(let event): try await filtered(.layer(event)) { try await dispatch(event, handlers) }
        case .gap(let gap): try await filtered(.missed(gap)) { try await missed(gap) }
        case .health(let health): try await filtered(.layerHealth(health)) { try await layerChanged(health) }
        case .closed: runtime.closeInbox()
        }
    }

    func handle(_ work: ConsumerWork) async throws {
        switch work {
        case .call(let method): try await filtered(.work) { try await method(self) }
        case .finished(let child): runtime.forget(child)
        }
    }

    private func dispatch(_ event: LayerEvent, _ handlers: [Handler]) async throws {
        runtime.event = event
        defer { runtime.event = nil }
        for handler in handlers where event.holds(handler.eventType, named: handler.type) {
            return try await handler.invoke(self, event)
        }
        if let consumer = self as? Consumer, let kick = try event.decoded(as: Kick.self) {
            return try await consumer.close(code: WebSocketCloseCode(rawValue: kick.code), reason: kick.reason)
        }
        // Whoever does not ask for changes of presence is not bothered by them.
        if event.type == PresenceDiff.type { return }
        // What a newer version of the application sends, or somebody else who may publish, ends no connection.
        guard !event.isForeign else {
            return scope.logger.debug("no handler for another process's event", metadata: ["type": "\(event.type)"])
        }
        throw ConsumerError(.unknownEvent, "\(type(of: self)) has no handler for the event '\(event.type)'")
    }
}
