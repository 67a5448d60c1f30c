// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceWeb
import Synchronization

/// Takes what an application sends, and keeps it.
final class RecordingSink<Event: Sendable>: EventSink {
    private let recorded = Mutex<[Event]>([])
    /// How many offers are refused before each one that is taken.
    private let refusals: Int
    private let refused = Mutex(0)

    init(refusals: Int = 0) {
        self.refusals = refusals
    }

    var events: [Event] { recorded.withLock { $0 } }

    func offer(_ event: Event) throws -> Bool {
        let isRefused = refused.withLock { refused in
            guard refused < refusals else {
                refused = 0
                return false
            }
            refused += 1
            return true
        }
        if isRefused { return false }
        recorded.withLock { $0.append(event) }
        return true
    }

    func writable() async throws {}
}

/// A clock that stands still until it is turned.
final class ManualTime: TimeSource {
    private let seconds: Mutex<Int64>

    init(_ seconds: Int64 = 1_700_000_000) {
        self.seconds = Mutex(seconds)
    }

    var now: WallTime { WallTime(seconds: seconds.withLock { $0 }) }
    var monotonic: Duration { .seconds(seconds.withLock { $0 }) }

    func turn(by seconds: Int64) {
        self.seconds.withLock { $0 += seconds }
    }

    func sleep(for duration: Duration) async throws {}
}

/// What came back from an application.
struct Answer {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: String
    /// How many events the body came in.
    var bodyEvents: Int

    func cookie(_ name: String) -> String? {
        headers[values: .setCookie].first { $0.hasPrefix(name + "=") }
    }

    /// The value of a cookie that was set.
    func cookieValue(_ name: String) -> String? {
        cookie(name).map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
    }
}

/// One HTTP exchange with an application, without a server.
struct Exchange {
    var scope = Scope(HTTP.self)
    var body: [String] = []
    /// A body that is no text, in its pieces; goes before `body`.
    var pieces: [ByteBuffer] = []
    /// Whether the client stays to the end of its body.
    var isComplete = true
    var refusals = 0

    init(_ method: HTTPRequest.Method = .get, _ target: String = "/", headers: HTTPFields = [:], body: [String] = []) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        scope = Scope(HTTP.self, path: String(parts[0]))
        scope.rawPath = String(parts[0])
        scope.queryString = parts.count > 1 ? String(parts[1]) : ""
        scope.method = method
        scope.headers = headers
        scope.state[SecretKeys.self] = testSecrets
        scope.connection.clock = ManualTime()
        self.body = body
    }

    /// A posted form.
    static func form(_ target: String, _ text: String, headers: HTTPFields = [:]) -> Exchange {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        return Exchange(.post, target, headers: headers, body: [text])
    }

    var source: EventQueue<HTTP.Inbound> {
        let source = EventQueue<HTTP.Inbound>()
        var sent = pieces.isEmpty ? body.map { ByteBuffer(string: $0) } : pieces
        if sent.isEmpty { sent = [ByteBuffer()] }
        for (index, piece) in sent.enumerated() {
            let isLast = index == sent.count - 1 && isComplete
            source.push(.request(body: piece, moreBody: !isLast))
        }
        source.finish(.disconnect)
        return source
    }

    var request: Request { Request(scope: scope, receive: Receive(source)) }

    /// Runs an application and collects its response.
    func run(_ application: any Application<HTTP>) async throws -> Answer {
        let sink = RecordingSink<HTTP.Outbound>(refusals: refusals)
        try await application(scope: scope, receive: Receive(source), send: Send(sink))
        var answer = Answer(status: .internalServerError, headers: [:], body: "", bodyEvents: 0)
        for event in sink.events {
            switch event {
            case .responseStart(let status, let headers): (answer.status, answer.headers) = (status, headers)
            case .responseBody(let bytes, _):
                answer.body += String(buffer: bytes)
                answer.bodyEvents += 1
            case .informational, .responseTrailers: break
            }
        }
        return answer
    }

    /// Runs a view behind middleware.
    func run(
        _ middleware: any Middleware..., view: @escaping @Sendable (Request) async throws -> Response
    ) async throws -> Answer {
        let application = ViewApplication(FunctionView(view)).wrapped(in: middleware)
        return try await run(application)
    }
}

/// Runs a WebSocket handshake through middleware; returns the first thing that was sent back.
func handshake(
    _ middleware: any Middleware..., scheme: String = "ws", headers: HTTPFields, state: LifespanState = LifespanState(),
    clock: ManualTime = ManualTime()
) async throws -> WebSocket.Outbound? {
    var scope = Scope(WebSocket.self, path: "/ws/room/")
    scope.scheme = scheme
    scope.headers = headers
    scope.state = state
    scope.connection.clock = clock
    let source = EventQueue<WebSocket.Inbound>()
    source.push(.connect)
    source.finish(.disconnect(code: 1000, reason: ""))
    let sink = RecordingSink<WebSocket.Outbound>()
    let accepting = ClosureApplication<WebSocket> { _, receive, send in
        _ = try await receive()
        try await send(.accept(subprotocol: nil, headers: [:]))
    }
    let application = accepting.wrapped(in: middleware)
    try await application(scope: scope, receive: Receive(source), send: Send(sink))
    return sink.events.first
}

extension WebSocket.Outbound {
    var isAccept: Bool { if case .accept = self { true } else { false } }
    var deniedStatus: Int? { if case .deny(let status, _, _) = self { status.code } else { nil } }
}

let testSecrets = SecretKeys([Array("0123456789abcdef0123456789abcdef".utf8)])

extension HTTPField.Name {
    /// A name that is valid.
    static func named(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\(name) is no name") }
        return name
    }
    static let hostName = named("Host")
    static let csrfHeader = named("X-CSRF-Token")
}
