// SPDX-License-Identifier: Apache-2.0

/// A `Content-Security-Policy` (CSP Level 3), built directive by directive.
public struct ContentSecurityPolicy: Sendable, Hashable, CustomStringConvertible {
    private var directives: [(name: String, sources: String)]

    /// What Sluice's own pages keep: everything from this site, no inline script or style, no frames, no plug-ins.
    public static let strict = Self()
        .adding("default-src", "'none'")
        .adding("script-src", "'self'")
        .adding("style-src", "'self'")
        .adding("img-src", "'self'", "data:")
        .adding("connect-src", "'self'")
        .adding("form-action", "'self'")
        .adding("base-uri", "'none'")
        .adding("frame-ancestors", "'none'")

    /// A policy without directives.
    public init() {
        directives = []
    }

    /// The policy with one directive's sources set, instead of earlier ones.
    ///
    /// - Precondition: Names and sources are fixed texts of the program without `;`, `,`, white space and control
    ///   characters.
    public func adding(_ name: String, _ sources: String...) -> Self {
        for text in [name] + sources {
            precondition(
                text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") },
                "'\(text)' cannot stand in a Content-Security-Policy")
        }
        var policy = self
        let joined = sources.joined(separator: " ")
        if let index = directives.firstIndex(where: { $0.name == name }) {
            policy.directives[index].sources = joined
        } else {
            policy.directives.append((name, joined))
        }
        return policy
    }

    /// The value of the header field.
    public var description: String {
        directives.map { $0.sources.isEmpty ? $0.name : $0.name + " " + $0.sources }.joined(separator: "; ")
    }

    /// Whether both say the same in the same order.
    public static func == (left: Self, right: Self) -> Bool { left.description == right.description }

    /// Hashes what the field says.
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
