// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import NIOCore
import NIOHTTP1

/// A running chromedriver: starts browsers and passes commands to them (W3C WebDriver).
struct ChromeDriver: Sendable {
    private let http: LoopbackHTTP

    /// Runs the body beside a chromedriver on a free port, and ends it afterwards, however the body ends.
    static func run<Value: Sendable>(
        _ body: (ChromeDriver) async throws -> Value
    ) async throws -> Value {
        let (process, port) = try await start()
        do {
            let value = try await body(ChromeDriver(http: LoopbackHTTP(port: Int(port) ?? 0)))
            await process.stop()
            return value
        } catch {
            await process.stop()
            throw error
        }
    }

    /// Starts chromedriver. It takes a free port of IPv6 and then the same one of IPv4, which somebody else may have
    /// taken: then it is tried again.
    private static func start(tries: Int = 5) async throws -> (ChildProcess, port: String) {
        let process = try ChildProcess("chromedriver", ["--port=0"])
        do {
            // It first says "on port 0".
            let port = try await process.captured("chromedriver to start") {
                $0.firstMatch(of: #/started successfully on port (\d+)/#).map { String($0.1) }
            }
            return (process, port)
        } catch {
            await process.stop()
            guard tries > 1, "\(error)".contains("port not available") else { throw error }
            return try await start(tries: tries - 1)
        }
    }

    /// Runs the body with a browser of its own: cookies and storage are shared with no other.
    ///
    /// When the body throws, a screenshot is kept under `screenshots` beside the test executable.
    func withBrowser<Value: Sendable>(
        _ options: BrowserOptions = .init(), _ body: (Browser) async throws -> Value
    ) async throws -> Value {
        let browser = try await open(options)
        do {
            let value = try await body(browser)
            await close(browser)
            return value
        } catch {
            let file = Screenshots.folder.appending(path: "\(browser.session).png")
            if (try? await browser.screenshot(to: file)) != nil { print("screenshot of the failure: \(file.path)") }
            await close(browser)
            throw error
        }
    }

    private func open(_ options: BrowserOptions) async throws -> Browser {
        let value = try await command(.POST, "/session", ["capabilities": ["alwaysMatch": options.capabilities]])
        guard let session = value["sessionId"]?.string else {
            throw WebDriverError(code: "session not created", message: "\(value)", command: "POST /session")
        }
        let browser = Browser(
            driver: self, session: session,
            processID: value["capabilities"]?["goog:processID"]?.number.map { Int32($0) })
        do {
            if options.isDark { try await browser.setDark(true) }
        } catch {
            await close(browser)
            throw error
        }
        return browser
    }

    /// A browser that does not answer any more is ended with its driver. A task of its own: cancellation of the test
    /// must not leave the browser running.
    private func close(_ browser: Browser) async {
        await Task { _ = try? await command(.DELETE, "/session/\(browser.session)") }.value
    }

    /// Sends one command and gives its value.
    ///
    /// - Throws: ``WebDriverError`` when the browser refuses it.
    @discardableResult
    func command(_ method: HTTPMethod, _ path: String, _ parameters: JSON? = nil) async throws -> JSON {
        let body = try parameters.map { ByteBuffer(bytes: try JSONEncoder().encode($0)) } ?? ByteBuffer()
        let response = try await http.request(method, path, body: body)
        let value = try JSONDecoder().decode(JSON.self, from: Data(response.body.readableBytesView))["value"] ?? .null
        guard response.status == .ok else {
            throw WebDriverError(
                code: value["error"]?.string ?? "\(response.status)", message: value["message"]?.string ?? "",
                command: "\(method) \(path)")
        }
        return value
    }
}

/// Where pictures of failures are kept.
enum Screenshots {
    static let folder: URL = {
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/tmp/tests"
        return URL(filePath: executable).deletingLastPathComponent().appending(path: "screenshots")
    }()
}
