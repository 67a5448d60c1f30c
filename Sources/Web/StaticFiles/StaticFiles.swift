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
        let response = Response(
            answering: scope, with: file, contentType: ContentTypes.type(ofFile: remaining),
            headers: [.cacheControl: cacheControl])
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
}
