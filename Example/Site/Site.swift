// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import Sluice

/// The sample application: a chat, approvals, deployments. This is all of it; each plug-in is a folder beside.
@main
struct Site: SluiceApplication {
    static let abstract = "The sample application of Sluice: a chat, approvals and deployments, live over WebSocket."

    static let commands: [any ParsableCommand.Type] = [CreateUserCommand<Site>.self]

    @Flag(help: "Demo users: user1 to user20.")
    var demo = false

    @Option(help: "Milliseconds of one simulated deployment step.")
    var stepMs = 800

    @Option(help: "Host name that the site is reached by, beside this machine's own; repeatable.")
    var allowedHost: [String] = []

    @Option(help: "Long-polling pages of one user that may wait at a time.")
    var pollsPerUser = PollQueues.defaultLimitPerUser

    /// A file, unless an option or the environment says otherwise.
    var databases: [String: String] { ["default": "sqlite:./.data/example.sqlite3"] }

    var migrations: String { ResourceFolders.migrations }

    var plugins: [any Plugin] {
        [
            Pages(allowedHosts: AllowedHosts.development + allowedHost),
            Storage(migrations: migrations),
            Accounts(),
            SignInPages(),
            DemoUsers(isWanted: demo),
            Chat(),
            Polling(queuesPerUser: pollsPerUser),
            Rooms(),
            Lessons(),
            Charts(),
            Flows(),
            Tickets(),
            Deployments(step: .milliseconds(stepMs)),
            Health(),
        ]
    }

    /// A chat message has 4,000 characters at most; nobody needs larger frames.
    var serverConfiguration: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.webSocket.maxFrameSize = 64 << 10
        configuration.webSocket.maxMessageSize = 64 << 10
        return configuration
    }

    func validate() throws {
        guard stepMs >= 0 else { throw ValidationError("--step-ms is not negative") }
        guard pollsPerUser > 0 else { throw ValidationError("--polls-per-user is positive") }
    }

    func serving(on addresses: [String]) {
        let logger = Logger(label: "example")
        guard demo else {
            logger.info("make users by create-user, or begin with some by --demo on an empty database")
            return
        }
        // Browsers and certificates know this machine by name.
        let shown = addresses.last?.replacing("127.0.0.1", with: "localhost") ?? ""
        print(
            """

            Sign in as \(DemoUsers.names.first ?? "") … \(DemoUsers.names.last ?? "") with the password \(DemoUsers.password).
            Try: open \(shown)/room/聊天/ in two browsers, as two users, and talk.
                 Restart the server meanwhile: the pages come back, and nothing is lost.
                 Send 关闭, and the server closes.
                 Submit a ticket as user6 at \(shown)/tickets/new/; user1, user3 and user4 approve it, user5 deploys it.

            """)
    }
}
