// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// What a client needs to resume an earlier session without a full handshake. Secret, as it holds the session's key.
public final class TLSSession: Sendable {
    /// nonisolated(unsafe): reference-counted inside, and never changed once the engine has handed it out.
    nonisolated(unsafe) let pointer: OpaquePointer

    /// Takes over one reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { SSL_SESSION_free(pointer) }
}
