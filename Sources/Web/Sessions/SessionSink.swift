// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import Synchronization

/// Lets a response begin when its session has been saved, and gives it the cookie.
///
/// A session that nobody changed lets the response pass at once.
final class SessionSink: EventSink {
    private let base: any EventSink<HTTP.Outbound>
    private let session: Session
    private let settings: Sessions.Settings
    private let isSecure: Bool
    private let hadCookie: Bool
    /// Whether the response that was offered waits for its session, and not for its reader.
    private let waitsForStore = Mutex(false)

    init(
        base: any EventSink<HTTP.Outbound>, session: Session, settings: Sessions.Settings, isSecure: Bool,
        hadCookie: Bool
    ) {
        self.base = base
        self.session = session
        self.settings = settings
        self.isSecure = isSecure
        self.hadCookie = hadCookie
    }

    func offer(_ event: HTTP.Outbound) throws -> Bool {
        guard case .responseStart(let status, var headers) = event else { return try base.offer(event) }
        let view = session.state.withLock { state in
            (
                isUsed: state.data != nil, isModified: state.isModified, isGone: state.isEmptyInBrowser,
                saved: state.saved
            )
        }
        guard view.isUsed || settings.savesEveryRequest && hadCookie else { return try base.offer(event) }
        if !headers.isPublic { headers.addVary(.cookie) }
        let isDue = view.isModified || settings.savesEveryRequest && view.saved == nil
        if view.isGone {
            if hadCookie { try headers.setCookie(forgotten) }
        } else if isDue, status.kind != .serverError {
            waitsForStore.withLock { $0 = true }
            return false
        } else if let saved = view.saved {
            try headers.setCookie(cookie(saved))
        }
        return try base.offer(.responseStart(status: status, headers: headers))
    }

    func writable() async throws {
        let isDue = waitsForStore.withLock { waits in
            defer { waits = false }
            return waits
        }
        guard isDue else { return try await base.writable() }
        if settings.savesEveryRequest { try await session.touch() }
        try await session.save()
    }

    private func cookie(_ saved: Session.Saved) -> Cookie {
        let end = settings.endsWithBrowser ? nil : saved.end
        return Cookie(
            settings.cookieName, saved.token, path: settings.path, domain: settings.domain,
            maxAge: end.map { .seconds($0.seconds - saved.now.seconds) }, expires: end, isSecure: isSecure,
            isHTTPOnly: true, sameSite: settings.sameSite)
    }

    private var forgotten: Cookie {
        Cookie(
            settings.cookieName, "", path: settings.path, domain: settings.domain, maxAge: .zero,
            expires: WallTime(seconds: 0), isSecure: isSecure, isHTTPOnly: true, sameSite: settings.sameSite)
    }
}
