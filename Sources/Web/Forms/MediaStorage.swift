// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import NIOPosix
public import SluiceCore
import SluiceCrypto

/// Where the files go that users upload (Django's `MEDIA_ROOT` and its `FileSystemStorage`).
///
/// Put in at start, as `state[MediaStorage.self] = MediaStorage("media")`; it is its own key. Serve what is in it from a
/// host of its own, or with ``Response/file(_:in:for:as:contentType:)`` and a name to be saved under: a page among the files
/// would else run as this site's.
public struct MediaStorage: LifespanStateKey, Sendable {
    /// None: keeping a file is an error then.
    public static var defaultValue: MediaStorage? { nil }
    /// The longest name that ``save(_:under:nameLimit:)`` gives when nothing else is said, in bytes: 100, as in Django.
    public static let defaultNameLimit = 100

    /// The folder on the disk.
    public let folder: String

    /// Files in a folder, which is made with the first one.
    public init(_ folder: String) {
        self.folder = folder
    }

    /// Keeps an uploaded file under a name that nobody has and nobody guesses: `photos/k3…X/holiday.jpg`.
    ///
    /// - Parameters:
    ///   - prefix: what the name begins with, such as `photos`: a fixed text of the program.
    ///   - nameLimit: the longest name in bytes; the file's own is cut, its extension kept.
    /// - Returns: the name within the storage.
    /// - Throws: ``HTTPError`` 500 `upload_failed` when the disk fails.
    public func save(
        _ file: UploadedFile, under prefix: String = "", nameLimit: Int = MediaStorage.defaultNameLimit
    ) async throws -> String {
        let place = (prefix.isEmpty ? "" : prefix + "/") + SecureRandom.token(byteCount: 16)
        let path = folder + "/" + place
        let isMade = try await NIOThreadPool.singleton.runIfActive {
            (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)) != nil
        }
        guard isMade else { throw UploadedFile.failed("the folder '\(path)' could not be made") }
        let own = SafeFileName.shortened(file.name, to: max(1, nameLimit - place.utf8.count - 1))
        try await file.save(to: path + "/" + own)
        return place + "/" + own
    }

    /// Forgets a file, and its folder when nothing else is in it; what is not there is forgotten already.
    ///
    /// - Parameter name: as ``save(_:under:nameLimit:)`` gave it; one that leads out of the storage is left alone.
    public func delete(_ name: String) async throws {
        guard let components = StaticPath(name)?.components else { return }
        let path = folder + "/" + components.joined(separator: "/")
        let place = folder + "/" + components.dropLast().joined(separator: "/")
        try await NIOThreadPool.singleton.runIfActive {
            _ = unlink(path)
            if components.count > 1 { _ = rmdir(place) }
        }
    }
}
