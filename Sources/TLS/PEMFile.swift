// SPDX-License-Identifier: Apache-2.0

import COpenSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The bytes of a PEM file, and what stands in it.
struct PEMFile {
    /// Far more than any chain; a path that names something endless is not read endlessly.
    static let maximumSize = 1 << 20

    let path: String
    let bytes: [UInt8]

    init(path: String) throws(TLSError) {
        self.path = path
        bytes = try Self.read(path)
        guard !bytes.isEmpty else { throw TLSError(.fileEmpty, "\(path): the file is empty") }
    }

    /// All certificates in the order of the file; blocks of other kinds are passed over.
    func certificates() throws(TLSError) -> [X509Certificate] {
        ErrorQueue.clear()
        var certificates: [X509Certificate] = []
        var failure: TLSError?
        withBIO { bio in
            while let pointer = PEM_read_bio_X509(bio, nil, refusePassword, nil) {
                certificates.append(X509Certificate(owning: pointer))
            }
            // The end of the file is an error to OpenSSL; any other one means a damaged block.
            guard let error = ErrorQueue.take(), !error.isPEM(PEM_R_NO_START_LINE) else { return }
            failure = TLSError(
                .notPEM, "\(path): certificate \(certificates.count + 1) in the file is damaged (\(error.text))")
        }
        if let failure { throw failure }
        guard !certificates.isEmpty else {
            throw TLSError(.notPEM, "\(path): no certificate found; expected PEM (-----BEGIN CERTIFICATE-----)")
        }
        return certificates
    }

    /// The first private key.
    func privateKey() throws(TLSError) -> PrivateKey {
        ErrorQueue.clear()
        var key: OpaquePointer?
        withBIO { bio in key = PEM_read_bio_PrivateKey(bio, nil, refusePassword, nil) }
        if let key { return PrivateKey(owning: key) }
        let error = ErrorQueue.take()
        if let error, error.isPEM(PEM_R_BAD_PASSWORD_READ) || error.reason == ERR_R_INTERRUPTED_OR_CANCELLED {
            throw TLSError(
                .keyEncrypted,
                "\(path): the private key is encrypted; write it without a password (openssl pkey -in … -out …)")
        }
        // OpenSSL's decoders do not tell a file without a key from one with a key that they cannot read.
        guard String(decoding: bytes, as: UTF8.self).contains("PRIVATE KEY-----") else {
            throw TLSError(.notPEM, "\(path): no private key found; expected PEM (-----BEGIN PRIVATE KEY-----)")
        }
        throw TLSError(.notPEM, "\(path): the private key is damaged or of an unknown kind")
    }

    private func withBIO(_ body: (OpaquePointer?) -> Void) {
        bytes.withUnsafeBytes { bytes in
            let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))
            defer { BIO_free(bio) }
            body(bio)
        }
    }

    private static func read(_ path: String) throws(TLSError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw TLSError(.fileNotFound, "\(path): no such file") }
            throw TLSError(.fileInaccessible, "\(path): cannot be read (\(systemError()))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = block.withUnsafeMutableBytes { systemRead(descriptor, $0) }
            if count == 0 { return bytes }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw TLSError(.fileInaccessible, "\(path): cannot be read (\(systemError()))") }
            bytes.append(contentsOf: block[..<count])
            guard bytes.count <= maximumSize else {
                throw TLSError(.notPEM, "\(path): larger than 1 MiB; expected a PEM file")
            }
        }
    }

    private static func systemRead(_ descriptor: Int32, _ block: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.read(descriptor, block.baseAddress, block.count)
        #elseif canImport(Musl)
        Musl.read(descriptor, block.baseAddress, block.count)
        #else
        Darwin.read(descriptor, block.baseAddress, block.count)
        #endif
    }
}

/// Without it OpenSSL would ask for a password on the terminal and the server would hang at its start.
private func refusePassword(
    _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 { -1 }

/// The text of the current `errno`.
func systemError() -> String { String(cString: strerror(errno)) }
