// SPDX-License-Identifier: Apache-2.0

/// Why something could not be done with a ticket.
struct TicketError: Error, Hashable {
    enum Kind: Sendable {
        /// This user may not.
        case forbidden
        /// Somebody was faster, or it is too late.
        case conflict
        /// What was sent makes no sense.
        case invalid
        /// Too much of it.
        case tooMuch
    }

    let kind: Kind
    /// For programs.
    let code: String

    static let forbidden = Self(kind: .forbidden, code: "forbidden")
    static let conflict = Self(kind: .conflict, code: "conflict")
    static let badInput = Self(kind: .invalid, code: "bad_input")
    static let reasonNeeded = Self(kind: .invalid, code: "reason_needed")
    static let tooLong = Self(kind: .invalid, code: "too_long")
    static let full = Self(kind: .tooMuch, code: "full")
    static let rateLimited = Self(kind: .tooMuch, code: "rate_limited")
}
