// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import NIOCore
import NIOHTTP2
import SluiceCore

/// How the connection and NIO's handler get into a pipeline, and with which limits.
extension HTTP2Connection {
    /// What a client begins with (RFC 9113 §3.4).
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// Puts the connection and NIO's handler at the end of a channel's pipeline.
    func install(on channel: any Channel) throws {
        let half = host.configuration.outboxBytes / 2
        try? channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: .init(low: max(1, half), high: max(2, host.configuration.outboxBytes)))
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let handler = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: connectionConfiguration,
            streamConfiguration: streamConfiguration
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(HTTP2Stream(of: bound.value))
            }
        }
        try channel.pipeline.syncOperations.addHandlers([self, handler])
    }

    private var connectionConfiguration: NIOHTTP2Handler.ConnectionConfiguration {
        let (http, limits) = (host.configuration.http, host.configuration.http2)
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Int(Int32.max)),
            HTTP2Setting(parameter: .initialWindowSize, value: limits.streamWindow),
            // Twice what is allowed: between the two a request is answered with 431, above it the connection ends.
            HTTP2Setting(parameter: .maxHeaderListSize, value: 2 * http.headerBytes),
        ]
        if host.webSocket != nil {
            configuration.initialSettings.append(HTTP2Setting(parameter: .enableConnectProtocol, value: 1))
        }
        configuration.targetWindowSize = limits.connectionWindow
        configuration.maximumSequentialEmptyDataFrames = limits.emptyDataFrames
        configuration.maximumSequentialContinuationFrames = limits.continuationFrames
        configuration.maximumBufferedControlFrames = 1_000
        configuration.maximumConnectionGlitches = limits.controlFrames
        configuration.controlFrameRateLimit.maximumCount = limits.controlFrames
        return configuration
    }

    private var streamConfiguration: NIOHTTP2Handler.StreamConfiguration {
        let limits = host.configuration.http2
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.targetWindowSize = limits.streamWindow
        configuration.outboundBufferSizeHighWatermark = max(2, host.configuration.outboxBytes)
        configuration.outboundBufferSizeLowWatermark = max(1, host.configuration.outboxBytes / 2)
        configuration.streamResetFrameRateLimit.maximumCount = limits.controlFrames
        configuration.streamErrorRateLimit.maximumCount = limits.controlFrames
        return configuration
    }
}
#endif
