// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore

/// Takes one response's events to its connection, from whatever thread.
final class HTTPResponseSink: EventSink {
    private let loop: any EventLoop
    private let connection: NIOLoopBound<HTTPConnection>
    private let number: UInt64

    /// - Parameter number: the request's number in its connection: a late event does not get into a later response.
    init(_ connection: HTTPConnection, number: UInt64, loop: any EventLoop) {
        self.loop = loop
        self.connection = NIOLoopBound(connection, eventLoop: loop)
        self.number = number
    }

    func offer(_ event: HTTP.Outbound) throws -> Bool {
        if loop.inEventLoop { return try connection.value.send(event, number: number) }
        let (connection, number) = (connection, number)
        loop.execute {
            // The sender has gone on; what is wrong with the event is found again by the connection, which then ends.
            do {
                _ = try connection.value.send(event, number: number, waits: false)
            } catch {
                connection.value.fail(error, number: number)
            }
        }
        return true
    }

    func writable() async throws {
        try await connection.waitUntilWritable(on: loop)
    }
}

extension NIOLoopBound<HTTPConnection> {
    fileprivate func waitUntilWritable(on loop: any EventLoop) async throws {
        let waker = Waker()
        let connection = self
        try await withTaskCancellationHandler {
            while true {
                try Task.checkCancellation()
                let ready = try await loop.submit { try connection.value.isWritable(orWake: waker) }.get()
                if ready { return }
                await waker.wait()
            }
        } onCancel: {
            waker.cancel()
        }
    }
}
