// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A session is over: what was opened with it ends.
struct SessionEnded: ChannelEvent {
    static let type = "session.ended"
    /// Whether the same user has another one in its place.
    var isRenewed: Bool
}

extension Scope {
    /// The group of all sockets with this connection's session; `nil` without one.
    ///
    /// It is named by a hash, since who knows the token has the session.
    var sessionGroup: GroupName? {
        guard user.isAuthenticated, let name = try? session.publicName else { return nil }
        return "session.\(name)"
    }

    /// Ends the sockets and the held polls of the session, if there is one.
    ///
    /// - Parameter successor: who is signed in from now on; `nil` for nobody.
    func endSession(successor: (any User)? = nil) async {
        guard let sessionGroup else { return }
        let event = SessionEnded(isRenewed: user.name == successor?.name)
        // A broken layer tells its health; it is no reason to refuse to sign anybody out.
        _ = try? await state.channelLayer().groupSend(sessionGroup, event)
        state[LongPolls.Key.self]?.queues.close(of: user.name)
    }
}
