// SPDX-License-Identifier: Apache-2.0

/// The name of a group: any Unicode text of 1…1,024 UTF-8 bytes, so that 聊天 is a room.
///
/// Brokers that know only Channels' character set encode it; the name itself is what an application sees.
public struct GroupName: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringInterpolation,
    CustomStringConvertible
{
    /// The name as text.
    public let rawValue: String

    /// A name from text; whether it is valid is checked by the layer that it is given to.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// A name as a literal: `"chat.\(room)"`.
    public init(stringLiteral value: String) {
        self.rawValue = value
    }

    /// The empty name, which no layer takes: the value before a consumer has chosen its group.
    public init() {
        self.rawValue = ""
    }

    /// The name as text.
    public var description: String { rawValue }

    /// A longer name: `"chat." + room`.
    public static func + (left: GroupName, right: String) -> GroupName {
        GroupName(rawValue: left.rawValue + right)
    }

    func validate() throws(LayerError) {
        guard !rawValue.isEmpty, rawValue.utf8.count <= 1_024 else {
            throw LayerError(
                .invalidName, "a group name has 1 to 1024 bytes; '\(rawValue.prefix(40))' has \(rawValue.utf8.count)")
        }
    }
}
