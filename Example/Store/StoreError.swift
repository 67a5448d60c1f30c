// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Why messages could not be read or written; one line that names the file.
struct StoreError: Error, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    struct Code: Sendable, Hashable {
        enum Value: Sendable { case system, corrupt, closed }

        let value: Value

        /// The system refused: no such folder, no space, no permission.
        static let system = Self(value: .system)
        /// The file holds something else than messages.
        static let corrupt = Self(value: .corrupt)
        /// The store was closed.
        static let closed = Self(value: .closed)
    }

    let code: Code
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    static let closed = StoreError(.closed, "the message store is closed")

    /// What the last system call failed with.
    static func system(_ action: String, _ path: String) -> StoreError {
        StoreError(.system, "cannot \(action) '\(path)': \(String(cString: strerror(errno)))")
    }
}
