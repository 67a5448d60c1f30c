// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
public import SluiceCore
import SluiceCrypto
import Synchronization

/// Answers GET and HEAD with the page that was made for somebody else (Django's `cache_page`), from the application's
/// ``Cache``: `Route("/news/", News().wrapped(in: PageCache(for: .seconds(60))))`.
///
/// A page is found by host, scheme, path, query, language and the request's fields that its `Vary` names. It is kept when
/// it is a 200 with its body at hand and no larger than the limit, sets no cookie, does not say `private`, `no-store`,
/// `no-cache` or `Vary: *`, and was made without a session and without a CSRF token. Requests of users who have signed in,
/// and those with `Authorization`, neither get a kept page nor leave one. `max-age` and `s-maxage` of the answer go before
/// this middleware's life; browsers are told nothing but `Age`, so that what is deleted here is gone.
///
/// A cache that cannot be reached is logged, and the page is made.
public struct PageCache: HTTPMiddleware {
    /// The largest page that is kept, in bytes, when nothing else is said: 1 MiB.
    public static let defaultBodyLimit = 1 << 20

    private let life: CacheLife
    private let bodyLimit: Int

    /// The middleware.
    ///
    /// - Parameters:
    ///   - life: how long a page is kept.
    ///   - bodyLimit: the largest page that is kept, in bytes.
    public init(for life: CacheLife = .standard, bodyLimit: Int = PageCache.defaultBodyLimit) {
        self.life = life
        self.bodyLimit = bodyLimit
    }

    /// Answers with a kept page, or keeps the one that is made.
    ///
    /// - Throws: ``HTTPError`` 500 `no_cache` when the application has none.
    public func handle(
        scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>, next: any Application<HTTP>
    ) async throws {
        let isRead = scope.method == .get || scope.method == .head
        guard isRead, scope.headers[.authorization] == nil, !scope.user.isAuthenticated else {
            return try await next(scope: scope, receive: receive, send: send)
        }
        let cache = try Request(scope: scope, receive: receive).cache
        let name = Self.name(of: scope)
        if let page = await find(name, scope, in: cache) {
            return try await page.response(at: scope.connection.clock.now).send(to: send, answering: scope.method)
        }
        guard scope.method == .get else { return try await next(scope: scope, receive: receive, send: send) }
        let recorder = PageRecorder(base: send.sink, limit: bodyLimit)
        try await next(scope: scope, receive: receive, send: Send(recorder))
        guard let (headers, body) = recorder.page, let life = life(of: headers), !Self.isPersonal(scope) else { return }
        let page = CachedPage(headers, body, madeAt: scope.connection.clock.now)
        await keep(page, name, scope, in: cache, for: life)
    }

    /// What the page of a request is kept under.
    private static func name(of scope: Scope) -> String {
        let parts = [scope.scheme, scope.headers[.hostField] ?? "", scope.fullPath, scope.locale.tag]
        return "page:" + Base64URL.encode(SHA256.hash(parts.joined(separator: "\n")))
    }

    /// The name with the values of fields that a page varies by; they are kept by a hash, as a cookie may be among them.
    private static func name(_ name: String, varying names: [String], _ headers: HTTPFields) -> String {
        let values = names.map { field in
            let values = HTTPField.Name(field).map { headers[values: $0] } ?? []
            return "\(field)=\(values.count):" + values.map { "\($0.utf8.count) \($0)" }.joined()
        }
        return name + ":" + Base64URL.encode(SHA256.hash(values.joined(separator: "\n")))
    }

    /// Whether a page was made for one visitor, though its fields may not say so yet: middleware in front adds them.
    private static func isPersonal(_ scope: Scope) -> Bool {
        let isSessionUsed = scope[SessionScopeKey.self]?.state.withLock { $0.data != nil || $0.saved != nil } ?? false
        return isSessionUsed || scope[CSRFTokenKey.self]?.outcome.isUsed ?? false
    }

    /// How long a page with these fields is kept; nil: not at all.
    private func life(of headers: HTTPFields) -> CacheLife? {
        guard headers[.setCookie] == nil, headers[.vary]?.contains("*") != true else { return nil }
        var age: (seconds: Int, isShared: Bool)?
        for directive in (headers[.cacheControl] ?? "").lowercased().split(separator: ",") {
            let directive = directive.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
            for refusal in ["private", "no-store", "no-cache"] where directive.hasPrefix(refusal) { return nil }
            let isShared = directive.hasPrefix("s-maxage=")
            guard isShared || directive.hasPrefix("max-age="), !(age?.isShared ?? false) else { continue }
            // A number that is none is older than everything (RFC 9111 §4.2.1).
            age = (Int(directive.drop { $0 != "=" }.dropFirst()) ?? 0, isShared)
        }
        return age.map { .limited(.seconds(min(max(0, $0.seconds), 31_536_000))) } ?? life
    }

    private func find(_ name: String, _ scope: Scope, in cache: Cache) async -> CachedPage? {
        do {
            guard let fields: [String] = try await cache.get(name) else { return nil }
            let key = cache.name(Self.name(name, varying: fields, scope.headers))
            return try await cache.store.values(of: [key]).first?.flatMap { CachedPage(encoded: $0) }
        } catch {
            scope.logger.warning("the cache failed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func keep(_ page: CachedPage, _ name: String, _ scope: Scope, in cache: Cache, for life: CacheLife) async {
        guard let duration = cache.kept(life) else { return }
        do {
            // Answers to one address may vary by different fields: all that were ever seen count.
            let known: [String] = try await cache.get(name) ?? []
            let fields = Set(known).union(page.varyingFields).sorted()
            let key = cache.name(Self.name(name, varying: fields, scope.headers))
            try await cache.store.set(
                [(cache.name(name), try Cache.encode(fields)), (key, try page.encoded())], for: duration)
        } catch {
            scope.logger.warning("the cache failed", metadata: ["error": "\(error)"])
        }
    }
}
