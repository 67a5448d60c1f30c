// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A certificate for one's own machine, made on first use, so that development runs over https and wss at once.
///
/// Self-signed for `localhost`, `127.0.0.1` and `::1`, P-256, 365 days (Mozilla's profiles allow 366).
/// A client trusts it when given the file as its trust anchor (`curl --cacert`, Python's `cafile`). It is no certification
/// authority: whoever adds it to a system's trusted certificates trusts localhost and nothing else.
public enum DevelopmentCertificate {
    /// How long a certificate is valid, in seconds.
    static let lifetime: Int64 = 365 * 86_400
    /// One that ends within a day is made anew: a server may well run that long.
    static let renewal: Int64 = 86_400

    /// Makes sure that the file holds a certificate and key in one PEM; makes it when it is missing, broken or
    /// expired. Safe when several threads or processes do this at once: all get the same certificate.
    ///
    /// - Parameter path: By convention `.data/localhost.pem`. Missing folders are made for the owner alone (0700);
    ///   the file is written atomically with mode 0600.
    /// - Returns: The pair for ``TLSConfiguration``.
    /// - Throws: ``TLSError/Code/fileInaccessible`` with the path and the system's reason.
    public static func ensure(at path: String) throws(TLSError) -> TLSConfiguration.Certificate {
        try ensure(at: path, now: Int64(time(nil)))
    }

    /// - Parameter now: Unix time in seconds.
    static func ensure(at path: String, now: Int64) throws(TLSError) -> TLSConfiguration.Certificate {
        let pair = TLSConfiguration.Certificate(chainFile: path)
        if isUsable(pair, now: now) { return pair }
        let folder = try OutputFolder(of: path)
        // Whoever held the lock before may have made it meanwhile.
        if isUsable(pair, now: now) { return pair }
        let made = try CertificateBuilder(
            commonName: "localhost", alternativeNames: "DNS:localhost,IP:127.0.0.1,IP:::1",
            // An hour ago, for containers and hosts whose clocks differ a little.
            notBefore: now - 3600, notAfter: now - 3600 + lifetime
        ).make()
        try folder.replace(path, with: made.certificatePEM + made.keyPEM)
        return pair
    }

    private static func isUsable(_ pair: TLSConfiguration.Certificate, now: Int64) -> Bool {
        do throws(TLSError) {
            let context = try SSLContext(server: true, minimumVersion: .tls12)
            let certificate = try context.use(pair, now: now)
            return certificate.validity(now: now + renewal) == .valid
        } catch {
            return false
        }
    }
}
