// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SluiceServer

@Suite("Request targets")
struct RequestTargetTests {
    @Test(
        "RFC 9112 §3.2.1: path and query of the origin form",
        arguments: [
            ("/", "/", "/", ""), ("/a/b?c=d&e", "/a/b", "/a/b", "c=d&e"), ("/a?", "/a", "/a", ""),
            ("/foo%2Fbar", "/foo/bar", "/foo%2Fbar", ""), ("/%e4%bd%a0?%e5", "/你", "/%e4%bd%a0", "%e5"),
            ("/a%25b%3F", "/a%b?", "/a%25b%3F", ""), ("//a/../b", "//a/../b", "//a/../b", ""),
            ("/?a?b", "/", "/", "a?b"),
            ("/%0A", "/\n", "/%0A", ""), ("*", "*", "*", ""),
        ])
    func origin(target: String, path: String, rawPath: String, query: String) throws {
        let parsed = try #require(RequestTarget(target))
        #expect(parsed.path == path && parsed.rawPath == rawPath && parsed.query == query && parsed.authority == nil)
    }

    @Test(
        "RFC 9112 §3.2.2: the absolute form",
        arguments: [
            ("http://a/b?c", "a", "/b", "c"), ("HTTPS://a:80/", "a:80", "/", ""), ("http://a", "a", "/", ""),
            ("http://a?b", "a", "/", "b"), ("http://[::1]:8000/x", "[::1]:8000", "/x", ""),
        ])
    func absolute(target: String, authority: String, path: String, query: String) throws {
        let parsed = try #require(RequestTarget(target))
        #expect(parsed.authority == authority && parsed.path == path && parsed.query == query)
    }

    @Test(
        "what is no target is refused",
        arguments: [
            "", "a", "a/b", "?a", "http:/a", "http://", "http:///a", "http://?a", "http://u@a/", "ftp://a/", "/a b",
            "/a#b",
            "/#", "/\u{7F}", "/\t", "/é", "/%", "/%2", "/%zz", "/%0", "/%00", "/a%00b", "/%ff", "/%c3%28", "/%ed%a0%80",
            "**",
            "localhost:80",
        ])
    func invalid(target: String) {
        #expect(RequestTarget(target) == nil)
    }
}
