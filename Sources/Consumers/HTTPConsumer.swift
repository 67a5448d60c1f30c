// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore
public import SluiceCore

/// One HTTP request, as a consumer: for answers that take their time, such as long polls and server-sent events
/// (Channels' `AsyncHttpConsumer`).
///
/// ``handle(body:)`` gets the whole body. If the response is complete when it returns, the consumer ends; else it goes
/// on taking layer events and timers until ``sendBody(_:moreBody:)`` says that no more follow or the client goes.
open class HTTPConsumer: ChannelConsumer {
    private let send: Send<HTTP>
    private(set) var response = ResponsePhase.none

    enum ResponsePhase {
        case none, started, complete
    }

    /// A consumer for one request; routes call it in the request's task.
    public init(_ context: HTTPConsumerContext) {
        send = context.send
        super.init(scope: context.scope, runtime: context.runtime)
    }

    // MARK: What a subclass declares

    /// The largest body, in bytes; over it the request is answered with 413. Default 2.5 MiB (Django's
    /// `DATA_UPLOAD_MAX_MEMORY_SIZE`).
    open class var bodyLimit: Int { 2_621_440 }

    // MARK: Hooks

    /// The request, with its whole body. Default: 404, since nothing is here.
    open func handle(body: ByteBuffer) async throws {
        try await sendResponse(status: .notFound)
    }

    /// The response is complete, or the client has gone; runs exactly once for every consumer whose
    /// ``handle(body:)`` was entered, for at most 10 s, in a task that is not cancelled. Default: nothing.
    open func disconnect() async throws {}

    // MARK: What a subclass calls

    /// Starts the response.
    ///
    /// - Throws: ``SendError`` when it was started before or the client has gone.
    public final func sendHeaders(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) async throws {
        try await send(.responseStart(status: status, headers: headers))
        response = .started
    }

    /// Sends a piece of the body; waits while the client does not read.
    ///
    /// - Parameter moreBody: `false` completes the response, and the consumer ends.
    /// - Throws: ``SendError`` without ``sendHeaders(status:headers:)`` before, or when the client has gone.
    public final func sendBody(_ body: ByteBuffer, moreBody: Bool = false) async throws {
        try await send(.responseBody(body, moreBody: moreBody))
        if !moreBody { response = .complete }
    }

    /// Sends a whole response.
    ///
    /// - Throws: ``SendError`` when a response was started before or the client has gone.
    public final func sendResponse(
        status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: ByteBuffer = ByteBuffer()
    ) async throws {
        try await sendHeaders(status: status, headers: headers)
        try await sendBody(body)
    }
}

/// What an HTTP consumer is made from: handed to its initializer by the route.
public struct HTTPConsumerContext {
    /// What is known of the request.
    public let scope: Scope

    let send: Send<HTTP>
    let runtime: ConsumerRuntime
}

@available(*, unavailable, message: "a consumer's context lives in its request's task")
extension HTTPConsumerContext: Sendable {}
