// SPDX-License-Identifier: Apache-2.0

import COpenSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What a certificate's authority says about it (OCSP, RFC 6960), shown with the certificate to clients that ask
/// (RFC 6066 §8, RFC 8446 §4.4.2.1), so that they need not ask the authority.
final class StapledResponse {
    private let bytes: [UInt8]
    /// Unix time in seconds; from then on the response says nothing any more.
    private let expiry: Int64?

    /// Reads a response in DER.
    ///
    /// - Throws: `TLSError` that names the file, when it is no response, no successful one, or not about this certificate,
    ///   or says that it is not good. Who has signed it is for clients to check.
    init(file: String, for certificate: X509Certificate) throws(TLSError) {
        let bytes = try PEMFile(path: file).bytes
        func invalid(_ cause: String) -> TLSError { TLSError(.invalidConfiguration, "\(file): \(cause)") }
        ErrorQueue.clear()
        defer { ErrorQueue.clear() }
        let response = bytes.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_OCSP_RESPONSE(nil, &start, buffer.count)
        }
        guard let response else { throw invalid("not an OCSP response in DER") }
        defer { OCSP_RESPONSE_free(response) }
        guard OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL,
            let basic = OCSP_response_get1_basic(response)
        else { throw invalid("the OCSP response is not a successful one") }
        defer { OCSP_BASICRESP_free(basic) }
        guard let single = Self.single(of: basic, for: certificate) else {
            throw invalid("the OCSP response is about another certificate")
        }
        var next: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        guard OCSP_single_get0_status(single, nil, nil, nil, &next) == V_OCSP_CERTSTATUS_GOOD else {
            throw invalid("the OCSP response says that the certificate is revoked or unknown")
        }
        expiry = try next.map { time throws(TLSError) in
            var broken = tm()
            guard ASN1_TIME_to_tm(time, &broken) == 1 else { throw invalid("the OCSP response's time is damaged") }
            return Int64(timegm(&broken))
        }
        self.bytes = bytes
    }

    /// The statement about a certificate, found by its serial number; the name and key of its issuer are in it as
    /// digests of the responder's choice.
    private static func single(of basic: OpaquePointer, for certificate: X509Certificate) -> OpaquePointer? {
        for index in 0..<OCSP_resp_count(basic) {
            guard let single = OCSP_resp_get0(basic, index) else { continue }
            var serial: UnsafeMutablePointer<ASN1_INTEGER>?
            OCSP_id_get0_info(nil, nil, nil, &serial, OCSP_SINGLERESP_get0_id(single))
            if ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate.pointer)) == 0 { return single }
        }
        return nil
    }

    /// Puts the response into a connection's handshake.
    ///
    /// - Returns: whether there was one to put.
    fileprivate func staple(to ssl: OpaquePointer?, now: Int64) -> Bool {
        if let expiry, expiry <= now { return false }
        guard let copy = copenssl_malloc(bytes.count) else { return false }
        copy.copyMemory(from: bytes, byteCount: bytes.count)
        return copenssl_set_status_response(
            ssl, copy.assumingMemoryBound(to: UInt8.self), bytes.count) == 1
    }
}

/// Called by OpenSSL for a client that asks, with the unretained `StapledResponse` as its argument.
func stapleStatus(ssl: OpaquePointer?, argument: UnsafeMutableRawPointer?) -> Int32 {
    guard let argument else { return SSL_TLSEXT_ERR_NOACK }
    let response = Unmanaged<StapledResponse>.fromOpaque(argument).takeUnretainedValue()
    return response.staple(to: ssl, now: Int64(time(nil))) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK
}
