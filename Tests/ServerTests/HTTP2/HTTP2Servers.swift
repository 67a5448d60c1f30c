// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import SluiceCore
import SluiceServer
import SluiceTesting

extension ServerConfiguration {
    /// HTTP/2 on plain connections, with time-outs of a second where a test asks for them.
    static func http2(isImpatient: Bool = false, headerTimeout: UInt32 = 60) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.http2.priorKnowledge = true
        configuration.http.headerTimeout = headerTimeout
        if isImpatient {
            configuration.http.keepAliveTimeout = 1
            configuration.http2.pingInterval = 0
            configuration.applicationCloseTimeout = 1
        }
        return configuration
    }
}

/// A server for clients that begin with HTTP/2.
func withHTTP2Server<Result>(
    _ router: ProtocolTypeRouter = echo, _ configuration: ServerConfiguration = .http2(),
    _ body: (LiveServer) async throws -> Result
) async throws -> Result {
    try await withLiveServer(router, configuration: configuration, body)
}

/// The error codes (RFC 9113 §7).
enum ErrorCode {
    static let noError: UInt32 = 0
    static let protocolError: UInt32 = 1
    static let flowControlError: UInt32 = 3
    static let settingsTimeout: UInt32 = 4
    static let streamClosed: UInt32 = 5
    static let frameSizeError: UInt32 = 6
    static let refusedStream: UInt32 = 7
    static let cancel: UInt32 = 8
    static let compressionError: UInt32 = 9
    static let enhanceYourCalm: UInt32 = 11
}
#endif
