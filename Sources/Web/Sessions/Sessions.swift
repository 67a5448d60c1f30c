// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Gives every request and every socket its ``Session`` (Django's `SessionMiddleware`, Channels' too).
///
/// A visitor who is given nothing to keep gets no cookie, and a request that does not ask for its session reads none.
/// The cookie is HttpOnly, SameSite=Lax, and Secure where it is set over TLS.
public struct Sessions: ImmediateMiddleware {
    /// The cookie and its life.
    public struct Settings: Sendable {
        /// The cookie's name. Default `sessionid` (Django's `SESSION_COOKIE_NAME`).
        public var cookieName = "sessionid"
        /// How long a session lasts after it was last saved. Default 14 days (`SESSION_COOKIE_AGE`).
        public var age = Duration.seconds(1_209_600)
        /// The cookie's path. Default `/`.
        public var path = "/"
        /// The cookie's domain; `nil`, the default: this host alone.
        public var domain: String?
        /// When the cookie goes with requests of other sites. Default ``Cookie/SameSite/lax``.
        public var sameSite = Cookie.SameSite.lax
        /// Whether the cookie ends with the browser. Default no (`SESSION_EXPIRE_AT_BROWSER_CLOSE`).
        public var endsWithBrowser = false
        /// Whether each request that has a session saves it, so that it lasts as long as it is used. Default no
        /// (`SESSION_SAVE_EVERY_REQUEST`).
        public var savesEveryRequest = false

        /// Django's defaults.
        public init() {}
    }

    private let settings: Settings
    private let store: @Sendable (LifespanState) throws -> any SessionStore

    /// Sessions in a store.
    public init(_ store: any SessionStore, settings: Settings = Settings()) {
        self.init(settings: settings) { _ in store }
    }

    /// Sessions in a store that was made at start, such as one in a database.
    ///
    /// - Parameter store: called for each connection, so it should only find the store.
    public init(
        settings: Settings = Settings(), store: @escaping @Sendable (LifespanState) throws -> any SessionStore
    ) {
        self.settings = settings
        self.store = store
    }

    /// Puts the session into the scope, and has it saved when the response begins.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        let token = Cookies(scope.headers)[settings.cookieName]
        let session = Session(
            token.flatMap { $0.isEmpty ? nil : $0 }, in: try store(scope.state), age: settings.age,
            clock: scope.connection.clock)
        scope[SessionScopeKey.self] = session
        if let http = send as? Send<HTTP> {
            let sink = SessionSink(
                base: http.sink, session: session, settings: settings, isSecure: scope.isSecure, hadCookie: token != nil
            )
            if let saving = Send<HTTP>(sink) as? Send<Kind> { send = saving }
        }
        return next
    }
}

/// Put in by ``Sessions``; nil without it.
enum SessionScopeKey: ScopeKey {
    static var defaultValue: Session? { nil }
}

extension Scope {
    /// The session of the connection's visitor (Channels' `scope["session"]`).
    ///
    /// - Throws: ``HTTPError`` 500 `no_session` without ``Sessions``.
    public var session: Session {
        get throws(HTTPError) {
            guard let session = self[SessionScopeKey.self] else {
                throw HTTPError(
                    .internalServerError, code: "no_session", "there is no session: wrap the application in Sessions")
            }
            return session
        }
    }
}

extension Request {
    /// The session of the visitor (Django's `request.session`).
    ///
    /// - Throws: ``HTTPError`` 500 `no_session` without ``Sessions``.
    public var session: Session {
        get throws(HTTPError) { try scope.session }
    }
}
