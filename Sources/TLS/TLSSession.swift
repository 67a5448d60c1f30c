// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// What a client needs to resume an earlier session without a full handshake. Secret, as it holds the session's key.
public final class TLSSession: Sendable {
    /// nonisolated(unsafe): never modified; each connection works on a copy, because OpenSSL marks a ticket as used.
    private nonisolated(unsafe) let pointer: OpaquePointer

    /// Takes over one reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    /// Offers the session on a connection whose handshake has not begun.
    func resume(on ssl: OpaquePointer) {
        let copy = SSL_SESSION_dup(pointer)
        defer { SSL_SESSION_free(copy) }
        SSL_set_session(ssl, copy)
    }

    deinit { SSL_SESSION_free(pointer) }
}
