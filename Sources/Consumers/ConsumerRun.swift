// SPDX-License-Identifier: Apache-2.0

import Logging
import SluiceChannelLayers
import SluiceCore

/// Drives one consumer: event by event, from `connect` to `disconnect`.
struct ConsumerRun {
    let consumer: Consumer
    let runtime: ConsumerRuntime
    let handlers: [Handler]
    let groups: [GroupName]
    let statistics: ConsumerStatistics
    let sync: SyncRun?
    var mailbox: Mailbox<WebSocket.Inbound>

    private enum Ending {
        case disconnected(WebSocketCloseCode)
        case stopped
        case failedBeforeAccept(any Error)
    }

    private var connectEntered = false

    init(
        consumer: Consumer, runtime: ConsumerRuntime, handlers: [Handler], groups: [GroupName],
        statistics: ConsumerStatistics, sync: SyncRun?, mailbox: Mailbox<WebSocket.Inbound>
    ) {
        self.consumer = consumer
        self.runtime = runtime
        self.handlers = handlers
        self.groups = groups
        self.statistics = statistics
        self.sync = sync
        self.mailbox = mailbox
    }

    /// - Throws: what `connect` threw before the connection was accepted; the server answers with its status.
    mutating func run() async throws {
        let ending = await untilTheEnd()
        runtime.closeInbox()
        do {
            try await finish(ending)
        } catch {
            await runtime.endChildren(of: consumer)
            throw error
        }
        await runtime.endChildren(of: consumer)
    }

    private func finish(_ ending: Ending) async throws {
        switch ending {
        case .disconnected(let code):
            await disconnect(code)
        case .failedBeforeAccept(let error):
            await disconnect(.abnormal)
            throw error
        case .stopped:
            if connectEntered { statistics.disconnectReturned() }
            if runtime.accepted {
                try? await consumer.close()
            } else {
                try? await consumer.deny()
            }
        }
    }

    private mutating func untilTheEnd() async -> Ending {
        while true {
            do {
                switch try await next() {
                // Without filters there is no closure either: it would cost a frame of its own for every message.
                case .socket(.receive(.text(let text))) where runtime.filters.isEmpty:
                    try await consumer.receive(text: text)
                case .socket(.receive(.bytes(let bytes))) where runtime.filters.isEmpty:
                    try await consumer.receive(bytes: bytes)
                case .socket(.receive(.text(let text))):
                    try await consumer.filtered(.text(text)) { try await consumer.receive(text: text) }
                case .socket(.receive(.bytes(let bytes))):
                    try await consumer.filtered(.bytes(bytes)) { try await consumer.receive(bytes: bytes) }
                case .inbox(let event): try await consumer.handle(event, handlers)
                case .work(let work): try await consumer.handle(work)
                case .socket(.connect): try await connect()
                case .socket(.disconnect(let code, _)): return .disconnected(code)
                case .cancelled: return await cancelled()
                }
            } catch {
                if let ending = await handle(error) { return ending }
            }
        }
    }

    /// The next event; throws what a synchronous hook threw while the task was parked.
    private mutating func next() async throws -> MailboxEvent<WebSocket.Inbound> {
        while true {
            switch sync?.takeHeld() {
            case .event(let event): return event
            case .error(let error): throw error
            case nil: break
            }
            if let event = mailbox.poll(runtime.inbox, runtime.work) { return event }
            if mailbox.arm(runtime.inbox, runtime.work) { await mailbox.waker.wait() }
        }
    }

    private mutating func connect() async throws {
        connectEntered = true
        statistics.connectEntered()
        for group in groups { try await runtime.channelLayer.groupAdd(group, consumer.channelName) }
        try await consumer.filtered(.connect) { try await consumer.connect() }
    }

    /// Decides what an error means; `nil` to go on.
    private func handle(_ error: any Error) async -> Ending? {
        do {
            switch error {
            case is StopConsumer:
                return .stopped
            case let accept as AcceptConnection:
                try await consumer.accept(subprotocol: accept.subprotocol)
                return nil
            case let deny as DenyConnection where !runtime.accepted:
                try await consumer.deny(status: deny.status, headers: deny.headers, body: deny.body)
                return nil
            case is CancellationError where Task.isCancelled:
                return await cancelled()
            default:
                return await report(error)
            }
        } catch {
            return await report(error)
        }
    }

    /// Tells the consumer of its error, and does what it answers; before accept the server answers the handshake.
    private func report(_ error: any Error) async -> Ending? {
        if isLost(error) { return nil }  // the end comes as an event
        guard runtime.accepted else {
            // Whoever runs this application logs what it throws; the hook is told all the same.
            _ = await consumer.onError(error)
            return .failedBeforeAccept(error)
        }
        log(error, "a consumer threw")
        if case .close(let code) = await consumer.onError(error) {
            // Closing what went meanwhile is no error, and the code is one that may be sent.
            try? await consumer.close(code: code.isSendable ? code : .internalError)
        }
        return nil
    }

    /// Whether an error says no more than that the peer has gone: daily business, and none of the consumer's faults.
    private func isLost(_ error: any Error) -> Bool {
        switch error {
        case let error as SendError: error.code == .connectionClosed
        case let error as LayerError: error.code == .noSuchChannel && runtime.isChannelClosed
        default: false
        }
    }

    /// The task was cancelled: with what the connection ended, if it has; else it is closed with 1001.
    private func cancelled() async -> Ending {
        while let event = mailbox.socket.poll() {
            if case .disconnect(let code, _) = event { return .disconnected(code) }
        }
        if runtime.accepted { try? await consumer.close(code: .goingAway) }
        return .disconnected(.goingAway)
    }

    private func disconnect(_ code: WebSocketCloseCode) async {
        guard connectEntered else { return }
        await LastHook.run(consumer) { consumer in
            try await consumer.filteredDisconnect(code) { try await consumer.disconnect(code: code) }
        }
        statistics.disconnectReturned()
    }

    private func log(_ error: any Error, _ message: Logger.Message) {
        consumer.scope.logger.log(
            level: ErrorDisposition(of: error).logLevel, message,
            metadata: [
                "consumer": "\(type(of: consumer))", "path": "\(consumer.scope.path)",
                "error": "\(String(describing: error).prefix(500))",
            ])
    }
}
