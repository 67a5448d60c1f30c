// SPDX-License-Identifier: Apache-2.0

import COpenSSL
public import NIOCore

/// One TLS connection without a socket: ciphertext in and out, plaintext in and out, in any order and any portions.
///
/// Not thread-safe: use it from one event loop or task. It never calls back, so it may be used from within whatever
/// its output causes. It holds at most one record (16 KiB) that is not complete, and during the handshake one message
/// (128 KiB for a ClientHello, 100 KB for a chain of certificates); everything else goes through at once.
public final class TLSEngine {
    /// Where the connection stands.
    public enum State: Sendable, Hashable {
        /// No plaintext may be written yet.
        case handshaking
        /// Plaintext goes both ways, as far as neither side has sent close_notify.
        case established
        /// An error has ended the connection; what ``takeOutput()`` still gives is the alert for the peer.
        case failed
    }

    /// The most plaintext in one record (RFC 8446 §5.1), in bytes.
    public static let maximumRecordSize = 16_384
    /// More than a record's header, nonce and tag need in any suite that is offered.
    private static let recordOverhead = 64

    /// Where the connection stands.
    public private(set) var state = State.handshaking
    /// Whether the peer has said that it sends no more (close_notify, RFC 8446 §6.1).
    public private(set) var isInputClosed = false
    /// Whether we have said so.
    public private(set) var isOutputClosed = false

    let ssl: OpaquePointer
    /// Retained: OpenSSL's callbacks hold pointers into it.
    let context: TLSContext
    private let transport = TransportBuffers()
    // Proof of the unchecked exclusivity: the only access that calls out is the one around `SSL_read_ex`, which calls the
    // BIO, and that knows the transport's buffers alone.
    @exclusivity(unchecked) private var plaintext = ByteBuffer()
    private var failure: TLSError?
    /// Of the handshake, until it is done; OpenSSL keeps a message until it is complete.
    private var handshakeBytes = 0
    /// Whether the peer's first bytes are the capital letters of a method of HTTP: no record begins with those.
    private var startsAsText: Bool?

    /// - Parameters:
    ///   - context: Decides whether this is the server's or the client's side.
    ///   - serverName: Client only: the host name (sent as SNI) or IP address that the certificate must be for.
    ///   - session: Client only: an earlier session to resume, if the server still knows it.
    /// - Throws: ``TLSError/Code/invalidConfiguration``: a client that verifies without a name, or out of memory.
    public init(_ context: TLSContext, serverName: String? = nil, resuming session: TLSSession? = nil) throws(TLSError)
    {
        ErrorQueue.clear()
        guard let ssl = SSL_new(context.pointer) else {
            throw TLSError(.invalidConfiguration, "OpenSSL: \(ErrorQueue.takeText())")
        }
        self.ssl = ssl
        self.context = context
        guard let bio = TransportBIO.make(on: transport) else {
            throw TLSError(.invalidConfiguration, "OpenSSL: \(ErrorQueue.takeText())")
        }
        SSL_set_bio(ssl, bio, bio)
        if context.isServer {
            SSL_set_accept_state(ssl)
        } else {
            SSL_set_connect_state(ssl)
            try expect(serverName)
            session?.resume(on: ssl)
        }
    }

    /// Frees the BIO too; the buffers that it points to go after it.
    deinit { SSL_free(ssl) }

    /// Whether this is the server's side.
    public var isServer: Bool { context.isServer }

    /// Begins the handshake: a client's first message is then ready in ``takeOutput()``; a server waits for it.
    ///
    /// - Throws: ``TLSError/Code/handshakeFailed``.
    public func start() throws(TLSError) {
        if state == .handshaking { try shakeHands() }
    }

    /// Takes ciphertext from the peer and does all that it allows: handshake, decryption. Afterwards look at
    /// ``takeOutput()``, ``state``, ``takePlaintext()`` and ``isInputClosed``, also when this throws.
    ///
    /// - Parameter ciphertext: Any portion of the stream. After close_notify it is ignored (RFC 8446 §6.1).
    /// - Throws: ``TLSError/Code/handshakeFailed``, `certificateRejected`, `protocolViolation`, `alertReceived`; the
    ///   same error again for every later call.
    public func receive(_ ciphertext: ByteBuffer) throws(TLSError) {
        if let failure { throw failure }
        guard !isInputClosed else { return }
        if startsAsText == nil {
            startsAsText = ciphertext.readableBytesView.prefix(3)
                .allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        }
        transport.receive(ciphertext)
        if state == .handshaking {
            handshakeBytes += ciphertext.readableBytes
            try shakeHands()
        }
        if state == .established { try decrypt() }
        // OpenSSL has taken it all; keeping the storage would hold a read buffer per idle connection.
        transport.input = ByteBuffer()
    }

    /// - Returns: All plaintext decrypted since the last call; nil when there is none.
    public func takePlaintext() -> ByteBuffer? {
        guard plaintext.readableBytes > 0 else { return nil }
        let taken = plaintext
        plaintext = ByteBuffer()
        return taken
    }

    /// Encrypts, in records of at most 16 KiB; the ciphertext is then ready in ``takeOutput()``. One call with much
    /// plaintext costs far less than many with little.
    ///
    /// - Throws: ``TLSError/Code/notWritable`` before the handshake is done and after ``closeOutput()``.
    public func write(_ plaintext: ByteBuffer) throws(TLSError) {
        if let failure { throw failure }
        guard state == .established, !isOutputClosed else {
            throw TLSError(.notWritable, isOutputClosed ? "TLS: write after close_notify" : "TLS: handshake not done")
        }
        let count = plaintext.readableBytes
        guard count > 0 else { return }
        let records = (count + Self.maximumRecordSize - 1) / Self.maximumRecordSize
        transport.reserveOutput(count + records * Self.recordOverhead)
        ErrorQueue.clear()
        let complete = plaintext.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                var written = 0
                let record = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.maximumRecordSize))
                guard SSL_write_ex(ssl, record.baseAddress, record.count, &written) == 1 else { return false }
                rest = rest.dropFirst(written)
            }
            return true
        }
        // The BIO takes everything, so there is no "try again": only an error of OpenSSL itself is left.
        if !complete { throw fail(.protocolViolation, ErrorQueue.takeText()) }
    }

    /// Bytes that it holds for its peers: of a handshake that is not done, a record that is not complete, and what was not
    /// taken yet.
    public var heldBytes: Int {
        let record = SSL_has_pending(ssl) == 1 ? Self.maximumRecordSize + Self.recordOverhead : 0
        return handshakeBytes + record + plaintext.readableBytes + outputByteCount
    }

    /// How many bytes ``takeOutput()`` would give.
    public var outputByteCount: Int { transport.outputByteCount }

    /// - Returns: All ciphertext for the peer since the last call; nil when there is none.
    public func takeOutput() -> ByteBuffer? { transport.takeOutput() }

    /// Says to the peer that we send no more (close_notify); reading goes on. Without effect before the handshake is
    /// done, after an error, and the second time.
    public func closeOutput() {
        guard state == .established, !isOutputClosed else { return }
        isOutputClosed = true
        ErrorQueue.clear()
        SSL_shutdown(ssl)
    }

    private func expect(_ serverName: String?) throws(TLSError) {
        guard let serverName else {
            guard !context.verifiesServer else {
                throw TLSError(.invalidConfiguration, "a TLS client that verifies needs the server's name")
            }
            return
        }
        SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        // SNI is for names only (RFC 6066 §3).
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), serverName) == 1 { return }
        guard SSL_set1_host(ssl, serverName) == 1, copenssl_set_server_name(ssl, serverName) == 1 else {
            throw TLSError(.invalidConfiguration, "not a host name for TLS: \(serverName.debugDescription)")
        }
    }

    private func shakeHands() throws(TLSError) {
        ErrorQueue.clear()
        let result = SSL_do_handshake(ssl)
        if result == 1 {
            state = .established
            handshakeBytes = 0
            transport.countsControlMessages = true
        } else if SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ {
            throw handshakeError()
        }
    }

    private func decrypt() throws(TLSError) {
        ErrorQueue.clear()
        // With nothing before OpenSSL and nothing decrypted inside it, it could only say that it wants more.
        while transport.input.readableBytes > 0 || SSL_pending(ssl) > 0 {
            let waiting = transport.input.readableBytes
            let expected = waiting > 0 ? min(waiting, Self.maximumRecordSize) : Int(SSL_pending(ssl))
            var succeeded = false
            plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: expected) { space in
                var count = 0
                succeeded = SSL_read_ex(ssl, space.baseAddress, space.count, &count) == 1
                return succeeded ? count : 0
            }
            if succeeded {
                transport.forgiveControlMessages()
                continue
            }
            switch SSL_get_error(ssl, 0) {
            case SSL_ERROR_WANT_READ where transport.isFlooded:
                throw fail(.protocolViolation, "the peer sends messages of TLS itself and no data")
            case SSL_ERROR_WANT_READ: return
            case SSL_ERROR_ZERO_RETURN:
                isInputClosed = true
                return
            default:
                let error = ErrorQueue.take()
                throw fail(error?.isAlert == true ? .alertReceived : .protocolViolation, error?.text ?? "unknown cause")
            }
        }
    }

    private func handshakeError() -> TLSError {
        guard let error = ErrorQueue.take() else { return fail(.handshakeFailed, "unknown cause") }
        switch (error.library, error.reason) {
        case (ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED):
            return fail(
                .certificateRejected, String(cString: X509_verify_cert_error_string(SSL_get_verify_result(ssl))))
        case (ERR_LIB_SSL, SSL_R_HTTP_REQUEST), (ERR_LIB_SSL, SSL_R_HTTPS_PROXY_REQUEST):
            return fail(.notEncrypted, Self.speaksPlainText)
        case (ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER) where isServer && transport.outputByteCount == 0:
            // OpenSSL knows four methods of HTTP by name, and says nothing to whom it does not know.
            if startsAsText == true { return fail(.notEncrypted, Self.speaksPlainText) }
            Self.protocolVersionAlert.withUnsafeBytes { transport.send($0) }
            return fail(.handshakeFailed, error.text)
        case (ERR_LIB_SSL, SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE):
            return fail(.certificateRejected, "the peer shows no certificate")
        default:
            return fail(.handshakeFailed, error.text)
        }
    }

    private static let speaksPlainText = "the peer speaks HTTP, or some other text, without TLS"

    /// A record with the fatal alert protocol_version (RFC 8446 §6.2), not encrypted.
    private static let protocolVersionAlert: [UInt8] = [21, 3, 1, 0, 2, 2, 70]

    private func fail(_ code: TLSError.Code, _ cause: String) -> TLSError {
        let error = TLSError(code, "TLS \(state == .handshaking ? "handshake" : "connection") failed: \(cause)")
        state = .failed
        failure = error
        return error
    }
}
