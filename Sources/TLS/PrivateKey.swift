// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Owns an `EVP_PKEY`.
final class PrivateKey {
    let pointer: OpaquePointer

    /// Takes over one reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }
}
