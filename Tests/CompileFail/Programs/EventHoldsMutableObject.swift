// SPDX-License-Identifier: Apache-2.0

// An event is delivered to many consumers at once: what it holds must be safe to share.
import Sluice

final class Draft: Codable {
    var text = ""
}

struct Said: ChannelEvent {
    static let type = "said"
    // expect-error: stored property 'draft' of 'Sendable'-conforming struct 'Said' has non-Sendable type 'Draft'
    var draft: Draft
}
