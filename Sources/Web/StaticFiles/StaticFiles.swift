// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOPosix
public import SluiceCore

/// Serves the files of folders: `Mount("/static", StaticFiles("Static"))`.
///
/// The first folder that has a file wins; without one the router goes on, and answers 404 at last. Nothing outside of
/// the folders is served, whatever links lead there, and nothing whose name begins with a dot. Supports conditional
/// requests and one range. Files are read on the pool of NIO, 64 KiB ahead of the client at most.
public struct StaticFiles: DecliningApplication {
    /// How much of a file is in memory for one client, in bytes.
    public static let chunkSize = 65_536

    private let folders: [String]
    private let cacheControl: String

    /// Serves folders, the most important first.
    ///
    /// - Parameter cacheControl: `Cache-Control` of every answer. By default a browser keeps files but asks each time
    ///   whether they have changed; give files whose names change with their content a `max-age`.
    public init(_ folders: [String], cacheControl: String = "public, no-cache") {
        self.folders = folders
        self.cacheControl = cacheControl
    }

    /// Serves one folder.
    public init(_ folder: String, cacheControl: String = "public, no-cache") {
        self.init([folder], cacheControl: cacheControl)
    }

    /// Answers with the file at the path that the routers have left.
    ///
    /// - Throws: `RoutingError.Code.noRoute` when there is no such file; ``HTTPError`` 405 for other methods than GET and
    ///   HEAD.
    public func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        guard scope.method == .get || scope.method == .head else {
            throw HTTPError(.methodNotAllowed, headers: [.allow: "GET, HEAD"])
        }
        let remaining = scope.route.remaining ?? String(Substring(scope.path.utf8.drop { $0 == UInt8(ascii: "/") }))
        guard let path = StaticPath(remaining), let file = try await open(path) else {
            throw RoutingError(.noRoute, "there is no static file \(remaining.debugDescription.prefix(200))")
        }
        let response = try await respond(with: file, type: ContentTypes.type(ofFile: remaining), to: scope)
        try await response.send(to: send, answering: scope.method)
    }

    private func open(_ path: StaticPath) async throws -> OpenedFile? {
        try await NIOThreadPool.singleton.runIfActive { [folders] in
            for folder in folders {
                if let file = OpenedFile(folder: folder, path: path) { return file }
            }
            return nil
        }
    }

    private func respond(with file: OpenedFile, type: String, to scope: Scope) async throws -> Response {
        let validators = Validators(modified: file.modified, size: file.size)
        var response = Response(headers: validators.headers)
        response.headers[.cacheControl] = cacheControl
        response.headers[.xContentTypeOptions] = "nosniff"
        if validators.isUnchanged(for: scope.headers) {
            response.status = .notModified
            return response
        }
        response.headers[.contentType] = type
        response.headers[.acceptRanges] = "bytes"
        let asked = scope.method == .get && validators.allowsRange(for: scope.headers) ? scope.headers[.range] : nil
        var part = 0..<file.size
        switch ByteRange(asked, size: file.size) {
        case .whole: break
        case .part(let range):
            response.status = .partialContent
            response.headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
            part = range
        case .unsatisfiable:
            response.status = .rangeNotSatisfiable
            response.headers[.contentRange] = "bytes */\(file.size)"
            return response
        }
        let sent = part
        response.body = .stream(length: sent.count) { try await Self.write(file, sent, to: $0) }
        return response
    }

    /// Reads and sends piece by piece; a client that does not read stops it.
    private static func write(_ file: OpenedFile, _ part: Range<Int>, to writer: ResponseWriter) async throws {
        var offset = part.lowerBound
        while offset < part.upperBound {
            let (start, count) = (offset, min(chunkSize, part.upperBound - offset))
            let piece = try await NIOThreadPool.singleton.runIfActive { file.read(at: start, count: count) }
            guard let piece, piece.readableBytes == count else {
                throw HTTPError(.internalServerError, code: "file_changed", "a static file became shorter on its way")
            }
            try await writer.write(piece)
            offset += count
        }
    }
}
