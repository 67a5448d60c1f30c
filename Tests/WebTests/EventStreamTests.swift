// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceWeb
import Synchronization
import Testing

@Suite("Event streams")
struct EventStreamTests {
    /// Sleeps until the test's end.
    private struct StoppedTime: TimeSource {
        var now: WallTime { WallTime(seconds: 0) }
        var monotonic: Duration { .zero }
        func sleep(for duration: Duration) async throws { try await Task.sleep(for: .seconds(3_600)) }
    }

    private func stream(
        heartbeat: Duration? = .seconds(15), clock: any TimeSource = StoppedTime(), headers: HTTPFields = [:],
        _ send: @escaping @Sendable (EventSender) async throws -> Void
    ) async throws -> Answer {
        var exchange = Exchange(headers: headers)
        exchange.scope.connection.clock = clock
        let source = EventQueue<HTTP.Inbound>()
        source.push(.request(body: ByteBuffer(), moreBody: false))
        let sink = RecordingSink<HTTP.Outbound>()
        let view = ViewApplication(FunctionView { .events(for: $0, heartbeat: heartbeat, send) })
        try await view(scope: exchange.scope, receive: Receive(source), send: Send(sink))
        var answer = Answer(status: .internalServerError, headers: [:], body: "", bodyEvents: 0)
        for event in sink.events {
            if case .responseStart(let status, let headers) = event {
                (answer.status, answer.headers) = (status, headers)
            }
            if case .responseBody(let bytes, _) = event {
                answer.body += String(buffer: bytes)
                answer.bodyEvents += 1
            }
        }
        return answer
    }

    @Test("HTML, server-sent events: fields, several lines, retry in milliseconds, comments")
    func format() async throws {
        let answer = try await stream { sender in
            try await sender.send("one")
            try await sender.send("a\nb\r\nc\rd\n", event: "news", id: "7")
            try await sender.send(json: ["text": "你\n好/"])
            try await sender.send(ServerSentEvent("", retry: .milliseconds(1_500)))
            try await sender.comment("x\ny")
        }
        #expect(
            answer.body
                == """
                data: one

                id: 7
                event: news
                data: a
                data: b
                data: c
                data: d
                data: 

                data: {"text":"你\\n好/"}

                retry: 1500
                data: 

                : x
                : y


                """)
        #expect(answer.status == .ok && answer.headers[.contentType] == "text/event-stream")
        #expect(answer.headers[.cacheControl] == "no-cache, no-transform" && answer.headers[.contentLength] == nil)
        #expect(answer.headers[.named("X-Accel-Buffering")] == "no")
        #expect(answer.bodyEvents == 6, "each event is one piece, and then the end")
    }

    @Test("A name or id that would forge fields is refused", arguments: ["a\nb", "a\rdata: x", "\r\n"])
    func forged(text: String) async throws {
        for (event, id) in [(text, nil), (nil, text), (nil, "a\0")] as [(String?, String?)] {
            let error = Mutex<HTTPError?>(nil)
            let answer = try await stream { sender in
                do {
                    try await sender.send("x", event: event, id: id)
                } catch let refused as HTTPError {
                    error.withLock { $0 = refused }
                }
            }
            #expect(error.withLock { $0?.code } == "bad_event" && answer.body.isEmpty)
        }
    }

    @Test("The id of the last event comes with the request")
    func lastEventID() {
        #expect(Exchange(headers: [.named("Last-Event-ID"): "42"]).request.lastEventID == "42")
        #expect(Exchange().request.lastEventID == nil)
    }

    @Test("A heartbeat is sent while the view is quiet")
    func heartbeat() async throws {
        /// A clock on which time flies, as soon as it is let go.
        struct FastTime: TimeSource {
            var now: WallTime { WallTime(seconds: 0) }
            var monotonic: Duration { .zero }
            func sleep(for duration: Duration) async throws {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        let source = EventQueue<HTTP.Inbound>()
        source.push(.request(body: ByteBuffer(), moreBody: false))
        var exchange = Exchange()
        exchange.scope.connection.clock = FastTime()
        let sink = RecordingSink<HTTP.Outbound>()
        let view = ViewApplication(
            FunctionView {
                .events(for: $0) { _ in
                    // Until heartbeats were seen; the test's own limit bounds it.
                    while sink.events.count < 4 { try await Task.sleep(for: .milliseconds(1)) }
                }
            })
        try await view(scope: exchange.scope, receive: Receive(source), send: Send(sink))
        #expect(
            sink.events.dropFirst().prefix(3).allSatisfy { event in
                if case .responseBody(let bytes, true) = event { String(buffer: bytes) == ": \n\n" } else { false }
            })
    }

    @Test("A client that goes cancels a view that waits for something else", .timeLimit(.minutes(1)))
    func clientGoes() async throws {
        let source = EventQueue<HTTP.Inbound>()
        source.push(.request(body: ByteBuffer(), moreBody: false))
        let wasCancelled = Mutex(false)
        let view = ViewApplication(
            FunctionView { request in
                .events(for: request) { _ in
                    source.finish(.disconnect)
                    do {
                        try await Task.sleep(for: .seconds(3_600))
                    } catch {
                        wasCancelled.withLock { $0 = true }
                        throw error
                    }
                }
            })
        var exchange = Exchange()
        exchange.scope.connection.clock = StoppedTime()
        var thrown: (any Error)?
        do {
            try await view(scope: exchange.scope, receive: Receive(source), send: Send(RecordingSink()))
        } catch {
            thrown = error
        }
        #expect(thrown as? SendError == .connectionClosed)
        #expect(wasCancelled.withLock { $0 })
    }

    @Test("A view that throws breaks the stream off, and a cancelled one ends", .timeLimit(.minutes(1)))
    func failures() async throws {
        struct Broken: Error {}
        await #expect(throws: Broken.self) { try await stream { _ in throw Broken() } }
        let task = Task { try await stream { _ in try await Task.sleep(for: .seconds(3_600)) } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
