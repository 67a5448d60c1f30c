// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceTLS
import Testing

@testable import SluiceRedis

@Suite("Where Redis is, and how it is used")
struct SettingsTests {
    @Test("URLs of every kind")
    func urls() throws {
        let plain = try RedisURL("redis://localhost")
        #expect(plain.address == .tcp(host: "localhost", port: 6379) && plain.trust == nil && plain.database == 0)
        let full = try RedisURL("rediss://anna:s%3Ae%40cret@[::1]:7000/3?ca=/etc/ca.pem")
        #expect(full.address == .tcp(host: "::1", port: 7000) && full.trust == .file("/etc/ca.pem"))
        #expect(full.user == "anna" && full.password == "s:e@cret" && full.database == 3)
        #expect(full.name == "rediss://[::1]:7000/3")
        let anonymous = try RedisURL("redis://:pw@10.0.0.1:1/")
        #expect(anonymous.user == nil && anonymous.password == "pw")
        #expect(try RedisURL("unix:/run/redis.sock").address == .unix(path: "/run/redis.sock"))
        let socket = try RedisURL("unix://:pw@/run/r%20s.sock?db=2")
        #expect(socket.address == .unix(path: "/run/r s.sock") && socket.password == "pw" && socket.database == 2)
        #expect(try RedisURL("rediss://redis.example.org").trust == .system)
    }

    @Test(
        "what is no URL says why, and never tells the password",
        arguments: [
            "localhost", "http://h", "redis:localhost", "redis://h:0", "redis://h:65536", "redis://h:x", "redis://h/x",
            "redis://user@h", "redis://:hush@h:x", "unix:", "unix:%2", "redis://h?ca=/x", "redis://h?x",
            "redis://h?x=1&x=2",
            "redis://a b", "redis://%FF:hush@h", "unix:/" + String(repeating: "x", count: 200),
        ])
    func refused(url: String) {
        let error = #expect(throws: RedisError.self) { _ = try RedisURL(url) }
        #expect(error?.code == .invalidURL && error?.description.contains("hush") == false)
    }

    @Test("settings stand behind the URL")
    func settings() throws {
        let all = try RedisConfiguration(url: "redis://h?prefix=my&history=100,300&down=queue,30")
        #expect(all.prefix == "my" && all.history == HistoryPolicy(size: 100, seconds: 300))
        #expect(all.whileDown == .queue(.seconds(30)) && all.url.options.isEmpty)
        let defaults = try RedisConfiguration(url: "redis://h")
        #expect(defaults.prefix == "asgi" && defaults.history == nil && defaults.whileDown == .fail)
        #expect(try RedisConfiguration(url: "redis://h?down=wait,5").whileDown == .wait(.seconds(5)))
        for bad in ["history=1", "history=0,1", "history=a,b", "down=never", "down=wait", "down=fail,1", "colour=red"] {
            let error = #expect(throws: RedisError.self) { _ = try RedisConfiguration(url: "redis://h?\(bad)") }
            #expect(error?.code == .invalidURL)
        }
    }
}
