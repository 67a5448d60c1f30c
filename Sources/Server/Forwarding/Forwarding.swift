// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore

/// Rewrites a request's scope by what the proxies before the server have said of it.
///
/// Only what a trusted peer says counts, and of a list of hops only the end that trusted proxies have written: it is
/// read backwards until the first address that is not trusted, which is the client.
struct Forwarding {
    /// A trusted proxy has passed something on that cannot be read. Ignoring it would serve the request as the proxy's
    /// own, with what is allowed to that.
    struct Malformed: Error {
        let reason: String
    }

    private let proxies: TrustedProxies

    init(_ proxies: TrustedProxies) {
        self.proxies = proxies
    }

    func apply(to scope: inout Scope, from peer: SocketAddress?) throws(Malformed) {
        guard !proxies.isEmpty, proxies.contains(peer) else { return }
        let standard = try standardHop(scope.headers)
        let common = try commonHop(scope.headers)
        if let one = standard?.node, let other = common?.node, one.address != other.address {
            // A proxy writes one of them and lets the other pass as the client sent it.
            throw Malformed(reason: "Forwarded and X-Forwarded-For name different clients")
        }
        switch standard?.node ?? common?.node {
        case .address(_, let host, let port): scope.client = Endpoint(host: host, port: port)
        case .hidden: scope.client = nil
        case nil: break
        }
        try setScheme(&scope, standard?.scheme ?? common?.scheme)
        try setHost(&scope, standard?.host ?? common?.host, port: scope.headers.nearest(.forwardedPort))
        if let prefix = scope.headers.nearest(.forwardedPrefix) { try setRootPath(&scope, prefix) }
    }

    // MARK: Hops

    /// The hop at which a request came from a client, by `Forwarded` (RFC 7239).
    private func standardHop(_ headers: HTTPFields) throws(Malformed) -> ForwardedHop? {
        guard let name = HTTPField.Name.forwarded, let text = headers[name] else { return nil }
        guard let hops = ForwardedField.hops(text), !hops.isEmpty else {
            throw Malformed(reason: "Forwarded is not valid")
        }
        return hops[hops.count - 1 - clientPosition(hops.lazy.map(\.node).reversed())]
    }

    /// The same by `X-Forwarded-For` and its companions, which have one value or one for each hop.
    private func commonHop(_ headers: HTTPFields) throws(Malformed) -> ForwardedHop? {
        let nodes = headers.list(.forwardedFor).map { ForwardedHop.Node($0) }
        let schemes = headers.list(.forwardedProto)
        let hosts = headers.list(.forwardedHost)
        guard !nodes.isEmpty || !schemes.isEmpty || !hosts.isEmpty else { return nil }
        let place = nodes.isEmpty ? 0 : clientPosition(nodes.reversed())
        var hop = ForwardedHop()
        hop.scheme = schemes.fromEnd(place)?.lowercased()
        hop.host = hosts.fromEnd(place)
        guard !nodes.isEmpty else { return hop }
        hop.node = nodes[nodes.count - 1 - place]
        return hop
    }

    /// The place of the client, counted from the server: the first node that is no trusted proxy, or else the last.
    private func clientPosition(_ nodes: some Sequence<ForwardedHop.Node?>) -> Int {
        var place = -1
        for node in nodes {
            place += 1
            guard let address = node?.address, proxies.contains(address) else { break }
        }
        return place
    }

    // MARK: The scope

    private func setScheme(_ scope: inout Scope, _ scheme: String?) throws(Malformed) {
        guard let scheme else { return }
        let isWebSocket = scope.type == WebSocket.type
        switch scheme {
        case "https", "wss": scope.scheme = isWebSocket ? "wss" : "https"
        case "http", "ws": scope.scheme = isWebSocket ? "ws" : "http"
        default: throw Malformed(reason: "the forwarded scheme is not http or https")
        }
    }

    private func setHost(_ scope: inout Scope, _ host: String?, port: String?) throws(Malformed) {
        guard host != nil || port != nil, let name = HTTPField.Name("host") else { return }
        var number = port.flatMap { Int($0) }
        guard port == nil || number.map({ (1...65_535).contains($0) }) == true else {
            throw Malformed(reason: "X-Forwarded-Port is not a port")
        }
        var text = host ?? scope.headers[name] ?? ""
        guard text.withUTF8({ Authority.isValid(UnsafeRawBufferPointer($0)) }) else {
            throw Malformed(reason: "the forwarded host is not valid")
        }
        let isSecure = scope.scheme == "https" || scope.scheme == "wss"
        if number == (isSecure ? 443 : 80) { number = nil }
        // What the host names by itself stands.
        let hasPort = text.utf8.last != UInt8(ascii: "]") && text.utf8.contains(UInt8(ascii: ":"))
        scope.headers[name] = if let number, !hasPort { "\(text):\(number)" } else { text }
    }

    private func setRootPath(_ scope: inout Scope, _ prefix: String) throws(Malformed) {
        guard let path = RootPath(prefix) else { throw Malformed(reason: "X-Forwarded-Prefix is not a path") }
        scope.rootPath = path.text
    }
}

extension HTTPFields {
    /// The values of a field that is a list, over all its lines.
    fileprivate func list(_ name: HTTPField.Name?) -> [String] {
        guard let name, let text = self[name] else { return [] }
        return text.split(separator: ",").compactMap { part in
            let value = part.trimmed
            return value.isEmpty ? nil : String(value)
        }
    }

    /// The last value of a field: that of the nearest proxy.
    fileprivate func nearest(_ name: HTTPField.Name?) -> String? { list(name).last }
}

extension [String] {
    /// The value of a hop, counted from the server; where proxies have set fewer, the farthest one.
    fileprivate func fromEnd(_ place: Int) -> String? {
        isEmpty ? nil : self[Swift.max(0, count - 1 - place)]
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = firstIndex { $0 != " " && $0 != "\t" } ?? endIndex
        let end = lastIndex { $0 != " " && $0 != "\t" }.map { index(after: $0) } ?? start
        return self[start..<end]
    }
}

extension HTTPField.Name {
    fileprivate static let forwarded = Self("Forwarded")
    fileprivate static let forwardedFor = Self("X-Forwarded-For")
    fileprivate static let forwardedProto = Self("X-Forwarded-Proto")
    fileprivate static let forwardedHost = Self("X-Forwarded-Host")
    fileprivate static let forwardedPort = Self("X-Forwarded-Port")
    fileprivate static let forwardedPrefix = Self("X-Forwarded-Prefix")
}
