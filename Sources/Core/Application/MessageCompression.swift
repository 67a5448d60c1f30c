// SPDX-License-Identifier: Apache-2.0

/// Whether one message is compressed, on a connection that has agreed on compression (RFC 7692).
public enum MessageCompression: Sendable, Hashable {
    /// If it is large enough for the server's threshold (256 bytes by default).
    case automatic
    /// As it is: for what is compressed already, and for secrets beside text of somebody else's choice, whose length
    /// would give them away (CRIME, BREACH).
    case never
    /// However small it is.
    case always
}
