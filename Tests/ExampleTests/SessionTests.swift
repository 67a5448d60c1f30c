// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("The end of a session")
struct SessionTests {
    @Test(
        "signing out closes the session's sockets with 4401, and no other",
        arguments: ["/room/1/", "/room/", "/ws/charts/"])
    func signOut(path: String) async throws {
        let clock = VirtualTime(now: SystemTime().now)
        let site = try await TestSite(clock: clock)
        let (own, other) = (try await signedIn("user1", site), try await signedIn("user2", site))
        // A session is told from an earlier one of the same user by its time.
        clock.advance(by: .seconds(2))
        let elsewhere = try await signedIn("user1", site)
        let sockets = try await open(path, of: [own, own, other, elsewhere], site)

        let answer = try await own.post("/logout/", [:], token: own.token(of: "/"))
        #expect(answer.status == .seeOther)
        for socket in sockets.prefix(2) { #expect(try await close(of: socket).code == 4401) }
        for socket in sockets.suffix(2) {
            try socket.sendJSON(Frame(type: "ping"))
            _ = try await socket.frame("pong")
        }
    }

    @Test(
        "signing in again lets pages come back, signing in as somebody else does not",
        arguments: [
            ("user1", WebSocketCloseCode.serviceRestart), ("user2", 4401),
        ])
    func successor(user: String, code: WebSocketCloseCode) async throws {
        let site = try await TestSite()
        let browser = try await signedIn("user1", site)
        let socket = try await open("/room/1/", of: [browser], site)[0]
        try await browser.signIn(user)
        #expect(try await close(of: socket).code == code)
    }

    private func signedIn(_ user: String, _ site: TestSite) async throws -> Browser {
        let browser = Browser(site)
        try await browser.signIn(user)
        return browser
    }

    private func open(_ path: String, of browsers: [Browser], _ site: TestSite) async throws -> [WebSocketCommunicator]
    {
        let application = try #require(site.router.application(for: WebSocket.self))
        var sockets: [WebSocketCommunicator] = []
        for browser in browsers {
            let socket = WebSocketCommunicator(
                application, path: path, headers: browser.headers, subprotocols: [LiveConsumer.subprotocol],
                state: site.lifespan.state, clock: site.clock)
            try await socket.connect()
            _ = try await socket.frame("welcome")
            sockets.append(socket)
        }
        return sockets
    }

    /// The close, behind whatever else comes.
    private func close(of socket: WebSocketCommunicator) async throws -> WebSocketClose {
        while true {
            do {
                return try await socket.receiveClose(timeout: .seconds(5))
            } catch let error as CommunicatorError where error.code == .unexpected {
                continue
            }
        }
    }
}
