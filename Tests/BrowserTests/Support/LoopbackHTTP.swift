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
        let body: ByteBuffer
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

    func request(_ method: HTTPMethod, _ path: String, body: ByteBuffer = ByteBuffer()) async throws -> Response {
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
            let headers: HTTPHeaders = [
                "Host": "127.0.0.1:\(port)", "Connection": "close", "Content-Type": "application/json; charset=utf-8",
                "Content-Length": "\(body.readableBytes)",
            ]
            let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
            try await outbound.write(contentsOf: [.head(head), .body(.byteBuffer(body)), .end(nil)])
            return try await read(inbound)
        }
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Response {
        var status: HTTPResponseStatus?
        var body = ByteBuffer()
        for try await part in inbound {
            switch part {
            case .head(let head): status = head.status
            case .body(var piece):
                guard body.readableBytes + piece.readableBytes <= maxBodySize else { throw Failure.tooLong }
                body.writeBuffer(&piece)
            case .end:
                guard let status else { throw Failure.closedEarly }
                return Response(status: status, body: body)
            }
        }
        throw Failure.closedEarly
    }
}
