// SPDX-License-Identifier: Apache-2.0

/// What goes wrong when a context is made or while a connection is secured.
public struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error, for `switch` and comparison; more may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String

        // While a context is made.

        /// A server needs at least one pair of certificate and key.
        public static let noCertificate = Code(name: "noCertificate")
        /// No such file.
        public static let fileNotFound = Code(name: "fileNotFound")
        /// The file is there but cannot be read (or, for a development certificate, written).
        public static let fileInaccessible = Code(name: "fileInaccessible")
        /// The file has no bytes.
        public static let fileEmpty = Code(name: "fileEmpty")
        /// The file holds no PEM block of the wanted kind, or one that is damaged.
        public static let notPEM = Code(name: "notPEM")
        /// The certificate's time is over.
        public static let certificateExpired = Code(name: "certificateExpired")
        /// The certificate's time has not begun.
        public static let certificateNotYetValid = Code(name: "certificateNotYetValid")
        /// The private key does not belong to the certificate.
        public static let keyMismatch = Code(name: "keyMismatch")
        /// The private key is protected by a password.
        public static let keyEncrypted = Code(name: "keyEncrypted")
        /// OpenSSL refuses a setting, for example a key that is too short.
        public static let invalidConfiguration = Code(name: "invalidConfiguration")

        // On a connection.

        /// The peers could not agree, or the peer is not speaking TLS.
        public static let handshakeFailed = Code(name: "handshakeFailed")
        /// The peer speaks plain HTTP on a port for TLS.
        public static let notEncrypted = Code(name: "notEncrypted")
        /// The handshake was not done in time.
        public static let handshakeTimeout = Code(name: "handshakeTimeout")
        /// The peer's certificate is missing, not trusted, out of its time or for another host.
        public static let certificateRejected = Code(name: "certificateRejected")
        /// After the handshake the peer has ended the connection with an alert.
        public static let alertReceived = Code(name: "alertReceived")
        /// What came after the handshake is not what the peer encrypted.
        public static let protocolViolation = Code(name: "protocolViolation")
        /// The peer asks for answers on the level of TLS that it does not read.
        public static let peerNotReading = Code(name: "peerNotReading")
        /// Writing before the handshake is done or after close_notify was sent.
        public static let notWritable = Code(name: "notWritable")

        /// The code's name.
        public var description: String { name }
    }

    /// The kind of error.
    public let code: Code
    /// One line: for a configuration error the file first, then the cause. It holds no key and no data.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
