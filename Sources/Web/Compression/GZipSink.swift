// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOPosix
import SluiceCore
import Synchronization

/// Compresses one response on its way.
///
/// The start of a response with a length waits for its body: only then it is known whether compressing saves anything.
final class GZipSink: EventSink {
    /// The longest body at hand that is compressed on the event loop, in bytes; longer ones are on NIO's pool.
    static let inlineLimit = 32 << 10

    fileprivate struct State {
        var phase = Phase.passing
        /// What was made of events that have been taken, and has not been taken itself.
        var ready: [HTTP.Outbound] = []
        var padding = 0
    }

    fileprivate enum Phase {
        case passing
        /// The start, until the body shows whether it is at hand.
        case held(HTTPResponse.Status, HTTPFields)
        /// As `held`; the body that was offered is compressed on the pool.
        case working(HTTPResponse.Status, HTTPFields, ByteBuffer)
        case streaming(GZipStream)
        /// The answer to HEAD.
        case bodiless
        /// Everything is in `ready`; the last event is offered until that is taken.
        case ended
    }

    private let base: any EventSink<HTTP.Outbound>
    private let settings: GZip
    private let request: GZipRequest
    private let state = Mutex(State())

    init(base: any EventSink<HTTP.Outbound>, settings: GZip, request: GZipRequest) {
        self.base = base
        self.settings = settings
        self.request = request
    }

    deinit {
        state.withLock { if case .streaming(let stream) = $0.phase { settings.contexts.put(stream) } }
    }

    func offer(_ event: HTTP.Outbound) throws -> Bool {
        // Locked to the end, as several tasks may send one stream: what is compressed first must go out first.
        try state.withLock { state in
            guard try drain(&state) else { return false }
            if case .ended = state.phase { return true }
            if case .working = state.phase { return false }
            guard take(event, &state) else { return false }
            let isDrained = try drain(&state)
            if case .ended = state.phase { return isDrained }
            return true
        }
    }

    func writable() async throws {
        let work = state.withLock { state -> ByteBuffer? in
            if case .working(_, _, let body) = state.phase { body } else { nil }
        }
        guard let work else { return try await base.writable() }
        let padding = state.withLock { $0.padding }
        let compressed = try await NIOThreadPool.singleton.runIfActive { [self] in compress(work, padding: padding) }
        state.withLock { state in
            guard case .working(let status, let headers, let body) = state.phase else { return }
            finish(status, headers, body, as: compressed, &state)
        }
    }

    /// Sends on what is ready, in order.
    private func drain(_ state: inout State) throws -> Bool {
        while let event = state.ready.first {
            guard try base.offer(event) else { return false }
            state.ready.removeFirst()
        }
        return true
    }

    /// Puts what becomes of an event into `ready`; false when that takes its time.
    private func take(_ event: HTTP.Outbound, _ state: inout State) -> Bool {
        switch (state.phase, event) {
        case (_, .responseStart(let status, let headers)):
            start(status, headers, &state)
        case (.held(let status, let headers), .responseBody(let body, moreBody: false)):
            guard body.readableBytes <= Self.inlineLimit else {
                state.phase = .working(status, headers, body)
                return false
            }
            finish(status, headers, body, as: compress(body, padding: state.padding), &state)
        case (.held(let status, let headers), .responseBody):
            stream(status, headers, &state)
            return take(event, &state)
        case (.held(let status, let headers), .responseTrailers):
            state.ready = [.responseStart(status: status, headers: headers), event]
            state.phase = .passing
        case (.streaming(let stream), .responseBody(let body, let moreBody)):
            guard !moreBody else {
                state.ready.append(.responseBody(stream.piece(body, padding: state.takePadding()), moreBody: true))
                return true
            }
            state.ready.append(.responseBody(end(stream, body, &state), moreBody: false))
        case (.streaming(let stream), .responseTrailers):
            state.ready += [.responseBody(end(stream, ByteBuffer(), &state), moreBody: true), event]
        case (.bodiless, .responseBody(_, moreBody: false)):
            // In two pieces: a body of one piece would be given its length, 0.
            state.ready += [.responseBody(ByteBuffer(), moreBody: true), event]
            state.phase = .ended
        default:
            state.ready.append(event)
        }
        return true
    }

    private func start(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ state: inout State) {
        var headers = headers
        guard settings.isEligible(status, headers, to: request) else {
            if status == .notModified { describeUnchanged(&headers) }
            state.ready.append(.responseStart(status: status, headers: headers))
            return
        }
        headers.addVary(.acceptEncoding)
        if case .padded(let most) = settings.personalAnswers, settings.isPersonal(headers, to: request) {
            state.padding = Int.random(in: 0...min(max(most, 0), 4_096))
        }
        if request.isHead {
            state.ready.append(.responseStart(status: status, headers: Self.compressed(headers)))
            state.phase = .bodiless
        } else if headers[.contentLength] == nil {
            // Its client may wait for the start alone.
            stream(status, headers, &state)
        } else {
            state.phase = .held(status, headers)
        }
    }

    /// Begins to compress piece by piece; with no memory for that, the response goes out as it is.
    private func stream(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ state: inout State) {
        let stream = settings.contexts.take()
        state.ready.append(
            .responseStart(status: status, headers: stream == nil ? headers : Self.compressed(headers)))
        state.phase = stream.map { .streaming($0) } ?? .passing
    }

    private func end(_ stream: GZipStream, _ body: ByteBuffer, _ state: inout State) -> ByteBuffer {
        defer {
            settings.contexts.put(stream)
            state.phase = .ended
        }
        return stream.end(body, padding: state.takePadding())
    }

    /// A response whose body was at hand: compressed, or as it is when nothing was saved.
    private func finish(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer, as compressed: ByteBuffer?,
        _ state: inout State
    ) {
        var headers = headers
        if let compressed {
            headers = Self.compressed(headers)
            headers[.contentLength] = String(compressed.readableBytes)
        }
        state.ready += [
            .responseStart(status: status, headers: headers), .responseBody(compressed ?? body, moreBody: false),
        ]
        state.phase = .ended
    }

    private func compress(_ body: ByteBuffer, padding: Int) -> ByteBuffer? {
        guard let stream = settings.contexts.take() else { return nil }
        defer { settings.contexts.put(stream) }
        return stream.whole(body, padding: padding)
    }

    /// The fields of compressed bytes: no length, no ranges of them, and a tag that does not stand for each byte.
    private static func compressed(_ headers: HTTPFields) -> HTTPFields {
        var headers = headers
        headers[.contentEncoding] = "gzip"
        headers[.contentLength] = nil
        headers[.acceptRanges] = nil
        if let tag = headers[.eTag].flatMap({ EntityTag($0) }) { headers[.eTag] = tag.weakened.text }
        return headers
    }

    /// A 304 tells the tag that the client has (RFC 9111 §4.3.4), so that it finds the copy that is still good.
    private func describeUnchanged(_ headers: inout HTTPFields) {
        guard let tag = headers[.eTag].flatMap({ EntityTag($0) }), request.knowsWeakly(tag) else { return }
        headers[.eTag] = tag.weakened.text
        headers.addVary(.acceptEncoding)
    }
}

extension GZipSink.State {
    /// The padding, which stands in front of the first piece alone.
    fileprivate mutating func takePadding() -> Int {
        defer { padding = 0 }
        return padding
    }
}
