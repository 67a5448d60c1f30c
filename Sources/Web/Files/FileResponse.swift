// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOPosix
import SluiceCore

extension Response {
    /// A file of the application's choice (Django's `FileResponse`), with `ETag`, `Last-Modified`, 304 and one range.
    ///
    /// It is read off the event loop, 64 KiB ahead of the client at most. Files that users have uploaded should be given a
    /// name to be saved under, or a `contentType` that is checked: a page among them would run as this site's.
    ///
    /// - Parameters:
    ///   - path: The file. Never a path that a client chose: use ``file(_:in:for:as:contentType:)`` for that.
    ///   - request: What is answered: its method and conditions.
    ///   - downloadName: The name under which the browser saves the file instead of showing it (RFC 6266).
    ///   - contentType: Default: by the extension of `downloadName`, or else of the path.
    /// - Throws: ``HTTPError`` 404 when there is no such regular file; 405 for other methods than GET and HEAD.
    public static func file(
        _ path: String, for request: Request, as downloadName: String? = nil, contentType: String? = nil
    ) async throws -> Self {
        try await file(named: path, for: request, as: downloadName, contentType: contentType) {
            OpenedFile(path: path)
        }
    }

    /// A file below a folder, under a name that a client may have chosen, as ``StaticFiles`` finds it: nothing outside of
    /// the folder and nothing hidden.
    ///
    /// - Parameters: as ``file(_:for:as:contentType:)``.
    /// - Throws: ``HTTPError`` 404 when the folder has no such file; 405 for other methods than GET and HEAD.
    public static func file(
        _ name: String, in folder: String, for request: Request, as downloadName: String? = nil,
        contentType: String? = nil
    ) async throws -> Self {
        try await file(named: name, for: request, as: downloadName, contentType: contentType) {
            StaticPath(name).flatMap { OpenedFile(folder: folder, path: $0) }
        }
    }

    private static func file(
        named name: String, for request: Request, as downloadName: String?, contentType: String?,
        open: @escaping @Sendable () -> OpenedFile?
    ) async throws -> Self {
        guard request.method == .get || request.method == .head else {
            throw HTTPError(.methodNotAllowed, headers: [.allow: "GET, HEAD"])
        }
        guard let file = try await NIOThreadPool.singleton.runIfActive(open) else {
            throw HTTPError(.notFound, "there is no file \(name.debugDescription.prefix(200))")
        }
        var headers: HTTPFields = [:]
        if let downloadName { headers[.contentDisposition] = ContentDisposition.attachment(downloadName) }
        return Self(
            answering: request.scope, with: file,
            contentType: contentType ?? ContentTypes.type(ofFile: downloadName ?? name), headers: headers)
    }
}
