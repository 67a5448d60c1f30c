// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Serves a page over TLS with a certificate that nobody has signed: OpenSSL's own test server.
enum TLSPageServer {
    static func run<Value: Sendable>(_ body: (_ url: String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out chain.pem \
                -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null &&
            exec openssl s_server -accept 127.0.0.1:0 -key key.pem -cert chain.pem -www </dev/null
            """
        let process = try ChildProcess("sh", ["-c", "cd \"$0\" && \(script)", folder.path])
        do {
            let port = try await process.captured("openssl to listen") {
                $0.firstMatch(of: #/ACCEPT .*:(\d+)\n/#).map { String($0.1) }
            }
            let value = try await body("https://localhost:\(port)/")
            await process.stop()
            return value
        } catch {
            await process.stop()
            throw error
        }
    }
}
