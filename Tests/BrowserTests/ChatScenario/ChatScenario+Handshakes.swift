// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOHTTP1
import Testing

extension ChatScenario {
    @Test("A socket of another site's page, or without a session, gets 403; the page's own gets in")
    func handshakes() async throws {
        try await ExampleServer.run { server in
            let http = LoopbackHTTP(port: await server.plainPort)
            let own = "http://127.0.0.1:\(http.port)"
            let session = try await SiteClient(http, user: "user1").cookies
            for path in ["/room/\(Self.room)/", "/ws/\(Self.room)/"] {
                let path = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? ""
                for (origin, cookie, status) in [
                    (own, session, HTTPResponseStatus.switchingProtocols), (own, "", .forbidden),
                    ("https://evil.example", session, .forbidden), ("null", session, .forbidden),
                    ("http://127.0.0.1:1", session, .forbidden), ("https://evil.example", "", .forbidden),
                ] {
                    let answer = try await http.request(.GET, path, headers: Self.upgrade(origin, cookie))
                    #expect(answer.status == status, "\(path) from \(origin) with cookie “\(cookie.prefix(20))…”")
                }
            }
        }
    }

    private static func upgrade(_ origin: String, _ cookie: String) -> HTTPHeaders {
        [
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "sluice.json.v1",
            "Origin": origin, "Cookie": cookie,
        ]
    }
}
