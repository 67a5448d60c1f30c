// SPDX-License-Identifier: Apache-2.0

import Glibc
import SluiceCrypto

/// Files that others see only when they are complete, or never.
enum TemporaryFile {
    /// `TMPDIR`, or `/tmp`.
    static var systemFolder: String {
        guard let folder = getenv("TMPDIR").map({ String(cString: $0) }), folder.hasPrefix("/") else { return "/tmp" }
        return folder
    }

    /// A file in the folder that has no name any more: nobody else can open it, and the system removes it when it is
    /// closed, however the process ends. Made with the permissions 0600. Nil when the folder cannot be written. Blocks.
    static func anonymous(in folder: String) -> FileDescriptor? {
        guard let (file, path) = named(folder + "/.sluice-upload-") else { return nil }
        unlink(path)
        return file
    }

    /// Makes a file at a path out of nothing, or not at all. Blocks.
    ///
    /// - Parameters:
    ///   - isReplacing: Whether what is at the path is replaced; else it stays, and the result is `EEXIST`.
    ///   - write: Fills the file; false when it could not.
    /// - Returns: 0 or the system's error number.
    static func create(
        at path: String, permissions: mode_t, isReplacing: Bool, _ write: (FileDescriptor) -> Bool
    ) -> Int32 {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { path[...$0] } ?? ""
        guard let (file, temporary) = named(folder + ".sluice-save-") else { return errno }
        guard write(file), fchmod(file.number, permissions) == 0,
            isReplacing ? rename(temporary, path) == 0 : link(temporary, path) == 0
        else {
            let error = errno
            unlink(temporary)
            return error == 0 ? EIO : error
        }
        if !isReplacing { unlink(temporary) }
        return 0
    }

    private static func named(_ prefix: String) -> (FileDescriptor, path: String)? {
        let path = prefix + Base64URL.encode(SecureRandom.bytes(12))
        let number = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        return number >= 0 ? (FileDescriptor(owning: number), path) : nil
    }
}
