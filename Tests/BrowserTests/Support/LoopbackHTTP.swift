// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix

/// One HTTP/1.1 request to a port of this machine, on a connection of its own.
///
/// Foundation's `URLSession` does not read chromedriver's answers (no space after the colon of a field).
struct LoopbackHTTP: Sendable {
    struct Response: Sendable {
        let status: HTTPResponseStatus
        let headers: HTTPHeaders
        let body: ByteBuffer

        fileprivate init(_ head: HTTPResponseHead, _ body: ByteBuffer) {
            status = head.status
            headers = head.headers
            self.body = body
        }
    }

    enum Failure: Error {
        case closedEarly
        case tooLong
    }

    let port: Int
    /// A request that takes longer fails: a browser that hangs must not hang the tests.
    var timeLimit = TimeAmount.seconds(60)
    /// In bytes; screenshots are the longest.
    var maxBodySize = 64 << 20

    /// - Parameter headers: in place of the usual ones of the same name, or beside them.
    func request(
        _ method: HTTPMethod, _ path: String, headers own: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()
    ) async throws -> Response {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        let timeout = channel.channel.eventLoop.scheduleTask(in: timeLimit) { [channel = channel.channel] in
            channel.close(promise: nil)
        }
        defer { timeout.cancel() }

        return try await channel.executeThenClose { inbound, outbound in
            var headers: HTTPHeaders = [
                "Host": "127.0.0.1:\(port)", "Connection": "close", "Content-Type": "application/json; charset=utf-8",
                "Content-Length": "\(body.readableBytes)",
            ]
            for (name, value) in own { headers.replaceOrAdd(name: name, value: value) }
            let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
            try await outbound.write(contentsOf: [.head(head), .body(.byteBuffer(body)), .end(nil)])
            return try await read(inbound)
        }
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Response {
        var head: HTTPResponseHead?
        var body = ByteBuffer()
        for try await part in inbound {
            switch part {
            case .head(let received):
                head = received
                // What follows is of another protocol.
                if received.status == .switchingProtocols { return Response(received, body) }
            case .body(var piece):
                guard body.readableBytes + piece.readableBytes <= maxBodySize else { throw Failure.tooLong }
                body.writeBuffer(&piece)
            case .end:
                guard let head else { throw Failure.closedEarly }
                return Response(head, body)
            }
        }
        throw Failure.closedEarly
    }
}
