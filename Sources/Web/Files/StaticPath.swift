// SPDX-License-Identifier: Apache-2.0

/// The path of a file below a static folder, as a client may name it.
struct StaticPath: Sendable {
    /// Longer paths, in bytes, are no files of ours.
    static let byteLimit = 1_024

    let components: [String]

    /// Nil for what could leave the folder or reach what is hidden in it: empty and dot components, names that begin with
    /// a dot, backslashes and control characters.
    init?(_ path: String) {
        guard !path.isEmpty, path.utf8.count <= Self.byteLimit,
            !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\\") })
        else { return nil }
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.first != UInt8(ascii: ".") }) else { return nil }
        components = parts.map { String(Substring($0)) }
    }
}
