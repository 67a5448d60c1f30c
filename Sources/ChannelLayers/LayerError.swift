// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Why a channel layer did not do what it was asked.
public struct LayerError: ApplicationError, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable {
            case channelFull, messageTooLarge, down, invalidName, noLayer, noSuchChannel, closed, notEncodable,
                notDecodable, unsupported
        }

        let value: Value

        /// The channel's capacity is used up (Channels' `ChannelFull`).
        public static let channelFull = Self(value: .channelFull)
        /// The event is larger than the layer carries (Channels' `MessageTooLarge`).
        public static let messageTooLarge = Self(value: .messageTooLarge)
        /// The broker does not answer.
        public static let down = Self(value: .down)
        /// A group or channel name that no layer takes.
        public static let invalidName = Self(value: .invalidName)
        /// No layer is configured under this alias (Channels' `InvalidChannelLayerError`).
        public static let noLayer = Self(value: .noLayer)
        /// A channel of this process that does not exist, or no longer.
        public static let noSuchChannel = Self(value: .noSuchChannel)
        /// An event that would not survive its way through a broker; see ``BrokeredChannelLayer``.
        public static let notEncodable = Self(value: .notEncodable)
        /// An event of another process that is none, or not of the type that its name stands for here.
        public static let notDecodable = Self(value: .notDecodable)
        /// The layer's broker cannot do this.
        public static let unsupported = Self(value: .unsupported)
        /// The layer was closed.
        public static let closed = Self(value: .closed)
    }

    /// The kind of failure.
    public let code: Code
    /// What failed, for the log.
    public let description: String

    /// A failure with its explanation.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// Full and down are for the operator, the rest is a fault of the application.
    public var disposition: ErrorDisposition {
        switch code.value {
        case .channelFull: .overloaded
        case .messageTooLarge: .tooLarge
        case .down, .closed: .unavailable
        case .invalidName, .noLayer, .noSuchChannel, .notEncodable, .notDecodable, .unsupported: .internalError
        }
    }
}
