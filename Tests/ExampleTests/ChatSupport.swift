// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice
import SluiceCrypto
import SluiceTesting
import Testing

@testable import Example

/// The whole site without a server: all plug-ins with their middleware, started as a server starts them.
final class TestSite: Sendable {
    let folder: TemporaryFolder
    let router: ProtocolTypeRouter
    let lifespan: LifespanRunner
    let clock: any TimeSource

    init(
        folder: TemporaryFolder? = nil, demo: Bool = true, clock: any TimeSource = SystemTime(),
        deployStep: Duration = .milliseconds(2)
    ) async throws {
        let folder = try folder ?? TemporaryFolder()
        self.folder = folder
        self.clock = clock
        let users = AccountBackend(cost: .testing)
        let registry = try PluginRegistry([
            Pages(allowedHosts: AllowedHosts.development), Storage(migrations: ResourceFolders.migrations),
            Accounts(backend: users), SignInPages(),
            DemoUsers(isWanted: demo, backend: users), Chat(), Polling(), Rooms(), Lessons(), Charts(), Flows(),
            Tickets(), Deployments(step: deployStep), Health(),
        ])
        router = try registry.router()
        var state = LifespanState.testing(clock: clock)
        var settings = DatabaseSettings()
        settings.urls = ["default": "sqlite:\(folder.path)/site.sqlite3"]
        state.databases = try settings.databases(registry, clock: clock)
        state[SecretKeys.self] = SecretKeys([Array("0123456789abcdef0123456789abcdef".utf8)])
        lifespan = try await LifespanRunner(starting: router, state: state)
    }

    var rooms: ChatRooms {
        get throws { try #require(lifespan.state[ChatRooms.Key.self]) }
    }

    /// A socket of a user who has signed in by the form.
    func socket(_ path: String, user: String = "user1", json: Bool = true) async throws -> WebSocketCommunicator {
        let application = try #require(router.application(for: WebSocket.self))
        let browser = Browser(self)
        try await browser.signIn(user)
        return WebSocketCommunicator(
            application, path: path, headers: browser.headers,
            subprotocols: json ? [LiveConsumer.subprotocol] : [], state: lifespan.state, clock: clock)
    }

    /// A JSON socket that is connected, with its welcome.
    func join(_ path: String, user: String = "user1") async throws -> (WebSocketCommunicator, Frame) {
        let socket = try await socket(path, user: user)
        let answer = try await socket.connect()
        #expect(answer.subprotocol == LiveConsumer.subprotocol)
        return (socket, try await socket.receiveJSON())
    }
}

/// A frame as a client sees it: the members that there are.
struct Frame: Codable, Hashable {
    var type: String
    var cid: String?
    var id: Int?
    var text: String?
    var user: String?
    var room: String?
    var users: [String]?
    var lastID: Int?
    var resumed: Bool?
    var heartbeat: Int?
    var on: Bool?
    var code: String?
    var more: Bool?
    var messages: [Message]?
    var before: Int?
    var limit: Int?

    enum CodingKeys: String, CodingKey {
        case type, cid, id, text, user, room, users, resumed, on, code, more, messages, before, limit
        case lastID = "last_id"
        case heartbeat = "heartbeat_s"
    }

    static func send(_ text: String, cid: String? = nil) -> Frame {
        Frame(type: "send", cid: cid ?? text, text: text)
    }
}

extension WebSocketCommunicator {
    /// The next frame of a type; others are passed over.
    func frame(_ type: String) async throws -> Frame {
        while true {
            let frame = try await receiveJSON(as: Frame.self, timeout: .seconds(5))
            if frame.type == type { return frame }
        }
    }
}
