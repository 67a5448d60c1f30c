// SPDX-License-Identifier: Apache-2.0

/// Which hosts a ``HostRoute`` is for, read from its text.
struct HostPattern: Sendable {
    /// The longest host name that is compared, in bytes (RFC 1035 §2.3.4); longer ones match nothing.
    static let limit = 255

    /// The pattern as written.
    let description: String
    /// By which two patterns are the same: lower case, the captures' converters without their names.
    let canonical: String
    private let path: CompiledPath
    /// Whether all subdomains belong to it: the pattern began with a dot.
    private let takesSubdomains: Bool

    /// - Throws: ``RoutingError/Code/invalidPattern`` for an empty pattern, characters that no host has (a port too),
    ///   `path` captures and what ``RoutePattern`` refuses.
    init(_ text: String, converters: ConverterTable) throws(RoutingError) {
        func invalid(_ problem: String) -> RoutingError {
            RoutingError(.invalidPattern, "host pattern '\(text)': \(problem)")
        }
        description = text
        takesSubdomains = text.first == "."
        let pattern = RoutePattern(takesSubdomains ? String(text.dropFirst()) : text)
        guard case .path(let read) = pattern.form else { throw invalid("it cannot be read") }
        let pieces: [RoutePattern.Piece]
        switch read {
        case .success(let read): pieces = read
        case .failure(let error): throw invalid(error.description)
        }
        guard !pieces.isEmpty, !text.contains("/") else { throw invalid("a host name is needed") }
        var lowered: [RoutePattern.Piece] = []
        var canonical = takesSubdomains ? "." : ""
        for piece in pieces {
            switch piece {
            case .literal(let literal):
                let literal = literal.lowercased()
                let isAddress = literal.hasPrefix("[") && literal.hasSuffix("]") && pieces.count == 1
                guard isAddress || literal.unicodeScalars.allSatisfy({ Self.characters.contains($0) }) else {
                    throw invalid("a host has letters, digits, hyphens and dots, and here no port (xn--… for others)")
                }
                lowered.append(.literal(literal))
                canonical += literal
            case .capture(_, let converter):
                guard converter != StandardConverter.path.name else { throw invalid("a capture is one label") }
                lowered.append(piece)
                canonical += "<\(converter)>"
            }
        }
        self.canonical = canonical
        path = try CompiledPath(lowered, of: pattern, isPrefix: false, converters: HostPattern.labels(converters))
    }

    /// What a host name gives for the captures; `nil` when it does not match.
    ///
    /// - Parameter host: in lower case, without port and final dot.
    func match(_ host: String) -> [(name: String, value: any Sendable)]? {
        guard !host.isEmpty, host.utf8.count <= Self.limit else { return nil }
        var host = host
        if let values = values(in: &host, from: 0) { return values }
        guard takesSubdomains else { return nil }
        for (index, byte) in host.utf8.enumerated() where byte == UInt8(ascii: ".") && index > 0 {
            if let values = values(in: &host, from: index + 1) { return values }
        }
        return nil
    }

    private func values(in host: inout String, from start: Int) -> [(name: String, value: any Sendable)]? {
        var ranges: [Range<Int>] = []
        guard host.withUTF8({ path.matcher.match($0.span, from: start, captures: &ranges) }) != nil else { return nil }
        var values: [(name: String, value: any Sendable)] = []
        let text = RoutedPath(text: host, start: 0)
        for (capture, range) in zip(path.captures, ranges) {
            guard let value = capture.converter.parse(text.text(in: range)) else { return nil }
            values.append((capture.name, value))
        }
        return values
    }

    private static let characters = PathCharacters("abcdefghijklmnopqrstuvwxyz0123456789-_.")

    /// The converters, but `str` takes the characters of one label.
    private static func labels(_ converters: ConverterTable) -> ConverterTable {
        ConverterTable([HostLabel()], outer: converters)
    }
}

/// `<name>` in a host pattern: the characters of one label, in lower case.
private struct HostLabel: PathConverter {
    let name = StandardConverter.str.name
    let shape = PathShape.oneOrMore(of: PathCharacters("abcdefghijklmnopqrstuvwxyz0123456789-_"))

    func parse(_ text: Substring) -> (any Sendable)? { shape.takes(text.utf8) ? String(text) : nil }
}
