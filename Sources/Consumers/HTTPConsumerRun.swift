// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import SluiceChannelLayers
import SluiceCore

/// Drives one HTTP consumer: the body, then `handle`, then events until the response is complete.
struct HTTPConsumerRun {
    let consumer: HTTPConsumer
    let handlers: [Handler]
    let groups: [GroupName]
    let bodyLimit: Int
    var mailbox: Mailbox<HTTP.Inbound>

    private var runtime: ConsumerRuntime { consumer.runtime }

    /// - Throws: what a hook or handler threw before the response was started; the server answers with its status.
    mutating func run() async throws {
        guard let body = try await wholeBody() else { return }
        var failure: (any Error)?
        do {
            for group in groups { try await runtime.channelLayer.groupAdd(group, consumer.channelName) }
            try await consumer.filtered(.request(body)) { try await consumer.handle(body: body) }
            try await untilComplete()
        } catch is StopConsumer {
        } catch let error as SendError where error.code == .connectionClosed {
        } catch {
            failure = error
        }
        runtime.closeInbox()
        await LastHook.run(consumer) { consumer in
            try await consumer.filteredDisconnect(nil) { try await consumer.disconnect() }
        }
        await runtime.endChildren(of: consumer)
        if let failure { throw failure }
    }

    /// - Returns: `nil` when the client has gone before the body was whole.
    private func wholeBody() async throws -> ByteBuffer? {
        var whole = ByteBuffer()
        while case .request(var body, let moreBody) = try await mailbox.socket.next() {
            guard whole.readableBytes + body.readableBytes <= bodyLimit else {
                throw ConsumerError(.bodyTooLarge, "the body has more than \(bodyLimit) bytes")
            }
            if whole.readableBytes == 0, !moreBody { return body }
            whole.writeBuffer(&body)
            if !moreBody { return whole }
        }
        return nil
    }

    private mutating func untilComplete() async throws {
        while consumer.response != .complete {
            switch await mailbox.next(runtime.inbox, runtime.work) {
            case .socket(.request): continue
            case .socket(.disconnect): return
            case .cancelled: throw CancellationError()
            case .inbox(let event): try await tolerate { try await consumer.handle(event, handlers) }
            case .work(let work): try await tolerate { try await consumer.handle(work) }
            }
        }
    }

    /// A handler's error is the consumer's to judge: it may keep the response open.
    private func tolerate(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error where !(error is StopConsumer || error is SendError || Task.isCancelled) {
            consumer.scope.logger.log(
                level: ErrorDisposition(of: error).logLevel, "a consumer threw",
                metadata: ["consumer": "\(type(of: consumer))", "error": "\(String(describing: error).prefix(500))"])
            guard await consumer.onError(error) == .keep else { throw error }
        }
    }
}
