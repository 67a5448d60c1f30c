// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Synchronization
import Testing

@Suite("Another password by a letter", .timeLimit(.minutes(1)))
struct PasswordResetTests {
    private struct Site {
        let mailer = MemoryMailer()
        let clock = SteppedTime()
        var state = LifespanState.testing()
        let backend: AccountBackend

        init(_ backend: AccountBackend, _ reset: PasswordReset = PasswordReset()) async throws {
            self.backend = backend
            state[MailerKey.self] = mailer
            state[SecretKeys.self] = SecretKeys([Array("0123456789abcdef0123456789abcdef".utf8)])
            let registry = try PluginRegistry([Accounts(backend: backend, reset: reset)])
            for hook in registry.values(for: .lifespan) { try await hook.startup(&state) }
        }

        /// What a view says, in a request of its own.
        func ask(_ view: @escaping @Sendable (Request) async throws -> String) async throws -> HTTPTestResponse {
            let application = ViewApplication(FunctionView { .text(try await view($0)) }).wrapped(in: ErrorPages())
            return try await HTTPCommunicator(application, state: state, clock: clock).response(timeout: .seconds(20))
        }

        func send(_ email: String) async throws -> HTTPTestResponse {
            try await ask { request in
                try await request.sendPasswordReset(to: email) { account, token in
                    try MailMessage(to: [account.email], from: "site@example.com", subject: "重置", body: token)
                }
                return "sent"
            }
        }

        func token(_ count: Int = 1) async throws -> String {
            try await eventually("a letter is there") { mailer.outbox.count == count }
            return mailer.outbox[count - 1].body
        }

        func isValid(_ token: String) async throws -> Bool {
            try await ask { "\(try await $0.account(forResetToken: token) != nil)" }.text == "true"
        }

        func reset(_ token: String, to password: String) async throws -> String {
            let backend = backend
            return try await ask {
                "\(try await $0.resetPassword(to: password, token: token, backend: backend))"
            }.text
        }
    }

    @Test("The letter's token gives another password once, and the old one is over")
    func once() async throws {
        try await withAccounts { backend in
            let site = try await Site(backend)
            _ = try await backend.create("李雷", password: "correct horse", email: "Lilei@example.com")
            #expect(try await site.send("lilei@EXAMPLE.com").text == "sent")
            let token = try await site.token()
            #expect(site.mailer.outbox[0].recipients == ["Lilei@example.com"])
            #expect(token.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 > 0x20 && $0 < 0x7f })
            #expect(try await site.isValid(token))
            let results = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<4 {
                    group.addTask { try await site.reset(token, to: "battery staple \(number)") }
                }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(results.sorted() == ["false", "false", "false", "true"])
            #expect(try await site.isValid(token) == false)
            #expect(try await backend.authenticate("李雷", password: "correct horse") == nil)
        }
    }

    @Test("It dies with its age, a sign-in, another address, another password; any changed letter of it is refused")
    func deaths() async throws {
        try await withAccounts { backend in
            let site = try await Site(backend)
            _ = try await backend.create("anna", password: "correct horse", email: "anna@example.com")
            _ = try await backend.create("ben", password: "correct horse", email: "ben@example.com")
            _ = try await site.send("anna@example.com")
            let token = try await site.token()
            for (index, byte) in token.utf8.enumerated() where index % 7 == 0 {
                var changed = Array(token.utf8)
                changed[index] = byte == UInt8(ascii: "x") ? UInt8(ascii: "y") : UInt8(ascii: "x")
                #expect(try await site.isValid(String(decoding: changed, as: UTF8.self)) == false)
            }
            for text in ["", "-", "--", "1-1-", "2" + token.dropFirst(), token + "x", "99-" + token, "١-1-x"] {
                #expect(try await site.isValid(text) == false, "\(text)")
            }
            site.clock.step(by: 259_200)
            #expect(try await site.isValid(token))
            site.clock.step(by: 1)
            #expect(try await site.isValid(token) == false)
            site.clock.step(by: -1)
            var anna = try await Account.objects.get { $0.name == "anna" }
            anna.email = "other@example.com"
            try await anna.save()
            #expect(try await site.isValid(token) == false)
            anna.email = "anna@example.com"
            try await anna.save()
            #expect(try await site.isValid(token))
            #expect(try await site.reset(token, to: "short") != "true", "a weak password is refused")
            #expect(try await site.isValid(token), "and the token still good")
            _ = try await backend.authenticate("anna", password: "correct horse")
            #expect(try await site.isValid(token) == false)
        }
    }

    @Test("No answer tells who has an account; nobody inactive or without a password gets a letter; too many are 429")
    func quiet() async throws {
        try await withAccounts { backend in
            let site = try await Site(backend)
            for (name, isActive, password) in [
                ("a", true, "correct horse"), ("b", false, "correct horse"), ("c", true, nil),
            ] {
                _ = try await backend.create(name, password: "correct horse", email: "\(name)@example.com")
                var account = try await Account.objects.get { $0.name == name }
                account.isActive = isActive
                if password == nil { account.password = "!" }
                try await account.save()
            }
            for email in ["b@example.com", "c@example.com", "nobody@example.com", "", "a@example.com\r\nBcc: x@y", "%"]
            {
                let answer = try await site.send(email)
                #expect(answer.status == .ok && answer.text == "sent")
            }
            _ = try await site.send("a@example.com")
            _ = try await site.token(1)
            for email in ["a@example.com", "nobody@example.com"] {
                var statuses: Set<Int> = []
                for _ in 0..<4 { statuses.insert(try await site.send(email).status.code) }
                #expect(statuses == [200, 429])
            }
        }
    }

    @Test("Letters: fields cannot be forged, other scripts are encoded, files are complete")
    func letters() throws {
        for (to, subject) in [
            (["a@b\r\nBcc: c@d"], "x"), ([], "x"), (["a@b"], "x\nBcc: c@d"), (["a"], "x"), (["a@b, c@d"], "x"),
            (["-oQ/tmp@b"], "x"), (["a@b>"], "x"), (["é@b"], "x"),
        ] {
            #expect(throws: HTTPError.self) { try MailMessage(to: to, from: "s@b", subject: subject, body: "") }
        }
        let letter = try MailMessage(
            to: ["a@b.example"], from: "s@b.example", subject: String(repeating: "重置密码", count: 10), body: "你好\n.\n")
        let text = letter.encoded(at: WallTime(seconds: 0))
        #expect(text.contains("Date: Thu, 01 Jan 1970 00:00:00 +0000\n") && text.hasSuffix("\n5L2g5aW9DQouDQo=\n"))
        #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 < 0x80 } })
    }
}

@Suite("Permissions of views and consumers", .timeLimit(.minutes(1)))
struct PermissionRequiredTests {
    @Test("Who may passes; who may not gets 403, who has not signed in the sign-in page; sockets 403 before anything")
    func views() async throws {
        try await withAccounts { backend in
            let user = try await backend.create("anna", password: "correct horse")
            let account = try #require(user as? Account)
            let permission = try await Permission.objects.create(Permission(name: "tickets.decide"))
            let guarded = PermissionRequired("tickets.decide")
            let view = ViewApplication(FunctionView { _ in .text("in") }).wrapped(in: ErrorPages(), guarded)
            let socket = ClosureApplication<WebSocket> { _, receive, send in
                _ = try await receive()
                try await send(.accept(subprotocol: nil, headers: [:]))
            }.wrapped(in: guarded)
            func ask(_ user: (any User)?) async throws -> (Int, Int) {
                let page = try await HTTPCommunicator(view) { if let user { $0.user = user } }.response(
                    timeout: .seconds(20))
                let answer = try await WebSocketCommunicator(socket) { if let user { $0.user = user } }.connect(
                    timeout: .seconds(20))
                return (page.status.code, answer.status.code)
            }
            #expect(try await ask(nil) == (303, 403))
            #expect(try await ask(account) == (403, 403))
            try await account.permissions.add(permission)
            #expect(try await ask(account) == (200, 101))
        }
    }
}

/// A clock that is moved by hand.
private final class SteppedTime: TimeSource {
    private let seconds = Mutex<Int64>(0)

    var now: WallTime { WallTime(seconds: 1_800_000_000 + seconds.withLock { $0 }) }
    var monotonic: Duration { .seconds(seconds.withLock { $0 }) }
    func step(by amount: Int64) { seconds.withLock { $0 += amount } }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
