// SPDX-License-Identifier: Apache-2.0

/// Why the application did not start or stop well, in its own words.
public struct LifespanError: Error, Hashable, CustomStringConvertible {
    /// What failed, for the operator: one line on stderr.
    public let description: String

    /// A failure with its explanation.
    public init(_ description: String) {
        self.description = description
    }
}
