// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// OpenSSL's per-thread queue of errors. Call ``clear()`` before and ``take()`` after, without suspending between.
enum ErrorQueue {
    /// One entry: library, reason and the reason's text.
    struct Entry {
        let library: Int32
        let reason: Int32
        let text: String

        /// Whether the peer has sent an alert, which OpenSSL reports as an error of its own.
        var isAlert: Bool { library == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET }

        func isPEM(_ reason: Int32) -> Bool { library == ERR_LIB_PEM && self.reason == reason }
    }

    static func clear() { ERR_clear_error() }

    /// Empties the queue.
    ///
    /// - Returns: The oldest entry, which names the cause; later ones say who passed it on.
    static func take() -> Entry? {
        let code = ERR_get_error()
        guard code != 0 else { return nil }
        defer { ERR_clear_error() }
        let text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "OpenSSL error \(code)"
        return Entry(library: ERR_GET_LIB(code), reason: ERR_GET_REASON(code), text: text)
    }

    /// - Returns: The cause in OpenSSL's words.
    static func takeText() -> String { take()?.text ?? "unknown cause" }
}
