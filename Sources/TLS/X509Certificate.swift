// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Owns an `X509`.
final class X509Certificate {
    let pointer: OpaquePointer

    /// Takes over one reference.
    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    /// Takes a reference of its own.
    init(sharing pointer: OpaquePointer) {
        X509_up_ref(pointer)
        self.pointer = pointer
    }

    deinit { X509_free(pointer) }

    /// Where a point in time lies to the certificate's time of validity.
    enum Validity: Equatable { case notYet, valid, expired }

    /// - Parameter now: Unix time in seconds.
    func validity(now: Int64) -> Validity {
        var time = time_t(now)
        // X509_cmp_time: negative when the certificate's time is before (or at) `time`, positive when after.
        if X509_cmp_time(X509_get0_notBefore(pointer), &time) > 0 { return .notYet }
        return X509_cmp_time(X509_get0_notAfter(pointer), &time) < 0 ? .expired : .valid
    }

    var notBefore: String { Self.text(of: X509_get0_notBefore(pointer)) }
    var notAfter: String { Self.text(of: X509_get0_notAfter(pointer)) }

    /// The subject alternative names, as ``TLSCertificate`` shows them.
    func alternativeNames() -> (dns: [String], addresses: [[UInt8]]) {
        guard let names = X509_get_ext_d2i(pointer, NID_subject_alt_name, nil, nil) else { return ([], []) }
        let list = OpaquePointer(names)
        defer { GENERAL_NAMES_free(list) }
        var dns: [String] = []
        var addresses: [[UInt8]] = []
        for index in 0..<max(0, copenssl_names_count(list)) {
            var type: Int32 = 0
            guard let value = GENERAL_NAME_get0_value(copenssl_names_at(list, index), &type) else { continue }
            guard type == GEN_DNS || type == GEN_IPADD else { continue }
            let string = value.assumingMemoryBound(to: ASN1_STRING.self)
            let count = Int(ASN1_STRING_length(string))
            let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: count)
            if type == GEN_DNS {
                dns.append(String(decoding: bytes, as: UTF8.self))
            } else {
                addresses.append(Array(bytes))
            }
        }
        return (dns, addresses)
    }

    private static func text(of time: UnsafePointer<ASN1_TIME>?) -> String {
        withMemoryBIO { ASN1_TIME_print($0, time) }
    }
}

/// What the body printed into a memory BIO.
func withMemoryBIO(_ body: (OpaquePointer?) -> Int32) -> String {
    let bio = BIO_new(BIO_s_mem())
    defer { BIO_free(bio) }
    _ = body(bio)
    var start: UnsafeMutablePointer<CChar>?
    let count = copenssl_BIO_get_memory(bio, &start)
    guard let start, count > 0 else { return "" }
    return start.withMemoryRebound(to: UInt8.self, capacity: count) {
        String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
    }
}
