// SPDX-License-Identifier: Apache-2.0

/// Why plug-ins do not make an application; the message names the plug-ins.
public struct PluginError: Error, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable { case duplicateName, missingRequirement, requirementCycle, wrongOrder, conflict }

        let value: Value

        /// Two plug-ins have the same name.
        public static let duplicateName = Self(value: .duplicateName)
        /// A plug-in requires one that is not in the list.
        public static let missingRequirement = Self(value: .missingRequirement)
        /// Plug-ins require each other.
        public static let requirementCycle = Self(value: .requirementCycle)
        /// A plug-in is listed before one that it requires.
        public static let wrongOrder = Self(value: .wrongOrder)
        /// Two contributions claim the same thing.
        public static let conflict = Self(value: .conflict)
    }

    /// The kind of failure.
    public let code: Code
    /// What failed, in a sentence.
    public let description: String

    /// A failure with its explanation.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
