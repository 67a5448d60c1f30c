// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The content of a small file; nil when it cannot be read, is no regular file, or is over the limit.
func contents(ofFile path: String, limit: Int) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return contents(of: file, limit: limit)
}

/// What an open file holds from here on; nil after an error or over the limit.
func contents(of file: Int32, limit: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16_384)
    while true {
        let count = piece.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        if count < 0 {
            if errno == EINTR { continue }
            return nil
        }
        if count == 0 { return bytes }
        guard bytes.count + count <= limit else { return nil }
        bytes += piece[..<count]
    }
}

/// Whether there is anything at the path.
func fileExists(_ path: String) -> Bool {
    access(path, F_OK) == 0
}
