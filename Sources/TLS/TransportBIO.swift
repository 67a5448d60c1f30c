// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore

/// The two ciphertext buffers between OpenSSL and the caller.
final class TransportBuffers {
    // Proof of the unchecked exclusivity: used by one connection's engine, on one thread, by calls of a buffer's own that
    // call nothing foreign: no two accesses overlap.
    @exclusivity(unchecked) var input = ByteBuffer()
    /// Made anew for each output: what an idle connection would keep for its next one is more than the allocation costs.
    @exclusivity(unchecked) private var output = ByteBuffer()

    /// Steps that messages of TLS itself (requests for new keys or a new handshake, warnings) and the answers to them may
    /// take without data between, once the handshake is done. OpenSSL goes two or three a message, so some 32 messages,
    /// as many as BoringSSL allows.
    private static let maximumControlSteps = 96

    /// Set behind the handshake, when control messages begin to count.
    var countsControlMessages = false
    private var controlSteps = 0

    /// Whether the peer sends nothing but control messages: then nothing more is read.
    var isFlooded: Bool { controlSteps > Self.maximumControlSteps }

    func countControlStep() {
        if countsControlMessages { controlSteps += 1 }
    }

    /// Data has come.
    func forgiveControlMessages() { controlSteps = 0 }

    /// Appends what has come from the peer, without a copy when all before it has been consumed.
    func receive(_ ciphertext: ByteBuffer) {
        if input.readableBytes == 0 { input = ciphertext } else { input.writeImmutableBuffer(ciphertext) }
    }

    func reserveOutput(_ byteCount: Int) {
        output.reserveCapacity(minimumWritableBytes: byteCount)
    }

    func send(_ bytes: UnsafeRawBufferPointer) {
        output.writeBytes(bytes)
    }

    var outputByteCount: Int { output.readableBytes }

    func takeOutput() -> ByteBuffer? {
        guard outputByteCount > 0 else { return nil }
        defer { output = ByteBuffer() }
        return output
    }
}

/// A BIO straight on ``TransportBuffers``: ciphertext is copied once on each way, and OpenSSL holds no queue.
enum TransportBIO {
    /// nonisolated(unsafe): made once under Swift's lazy initialization of globals and never changed again.
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ByteBuffer") else { return nil }
        BIO_meth_set_create(method) { bio in
            BIO_set_init(bio, 1)
            return 1
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        BIO_meth_set_write_ex(method) { bio, bytes, count, written in
            guard let buffers = buffers(of: bio), let bytes else { return 0 }
            buffers.send(UnsafeRawBufferPointer(start: bytes, count: count))
            written?.pointee = count
            return 1
        }
        BIO_meth_set_read_ex(method) { bio, bytes, count, read in
            guard let buffers = buffers(of: bio), let bytes else { return 0 }
            copenssl_BIO_clear_retry_flags(bio)
            let available = min(count, buffers.input.readableBytes)
            guard available > 0, !buffers.isFlooded else {
                copenssl_BIO_set_retry_read(bio)
                return 0
            }
            buffers.input.readWithUnsafeReadableBytes { source in
                UnsafeMutableRawBufferPointer(start: bytes, count: available)
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<available]))
                return available
            }
            read?.pointee = available
            return 1
        }
        return method
    }()

    /// - Parameter buffers: Not retained: must live longer than the BIO.
    /// - Returns: A BIO with one reference, which the caller owns.
    static func make(on buffers: TransportBuffers) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(buffers).toOpaque())
        return bio
    }

    /// The buffers that an `SSL` reads and writes through.
    static func buffers(under ssl: OpaquePointer?) -> TransportBuffers? { buffers(of: SSL_get_rbio(ssl)) }

    private static func buffers(of bio: OpaquePointer?) -> TransportBuffers? {
        BIO_get_data(bio).map { Unmanaged<TransportBuffers>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// Called by OpenSSL at every step of a handshake, for every message of TLS itself behind it, and for every alert.
func countControlStep(ssl: OpaquePointer?, place: Int32, value: Int32) {
    let isStep = place == SSL_CB_ACCEPT_LOOP || place == SSL_CB_CONNECT_LOOP
    guard isStep || place & SSL_CB_ALERT != 0 else { return }
    TransportBIO.buffers(under: ssl)?.countControlStep()
}
