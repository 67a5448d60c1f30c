// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix

/// Serves one page on a free port of loopback; `{{accept-language}}` in it becomes what the browser sent.
enum PageServer {
    static func run<Value: Sendable>(
        page: String, _ body: (_ url: String) async throws -> Value
    ) async throws -> Value {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(PageHandler(page: page))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let value = try await body("http://127.0.0.1:\(server.localAddress?.port ?? 0)/")
            try await server.close()
            return value
        } catch {
            try? await server.close()
            throw error
        }
    }
}

private final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let page: String
    private var language = ""

    init(page: String) {
        self.page = page
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): language = head.headers["Accept-Language"].joined(separator: ",")
        case .body: break
        case .end: respond(context)
        }
    }

    private func respond(_ context: ChannelHandlerContext) {
        let parts = page.split(separator: "{{accept-language}}", omittingEmptySubsequences: false)
        let body = ByteBuffer(string: parts.joined(separator: language))
        let headers: HTTPHeaders = [
            "Content-Type": "text/html; charset=utf-8", "Content-Length": "\(body.readableBytes)",
            "Connection": "close",
        ]
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
