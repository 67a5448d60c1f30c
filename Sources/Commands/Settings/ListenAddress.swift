// SPDX-License-Identifier: Apache-2.0

import SluiceServer

/// A value of `--host`: a host name or address, which goes with `--port` and `--tls-port`, or a whole address by itself.
enum ListenAddress: Sendable, Hashable {
    case host(String)
    /// `unix:/run/app.sock`, `https+unix:/run/app.sock`.
    case unix(path: String, isSecure: Bool)
    /// `fd:3`, `https+fd:4`: a socket that the parent process has bound.
    case descriptor(Int32, isSecure: Bool)

    /// - Throws: ``SettingError``.
    init(_ text: String) throws {
        let isSecure = text.hasPrefix("https+")
        let rest = isSecure ? text.dropFirst(6) : text.hasPrefix("http+") ? text.dropFirst(5) : text[...]
        if rest.hasPrefix("unix:") {
            guard rest.utf8.count > 5 else { throw SettingError("'\(text)' names no path") }
            self = .unix(path: String(rest.dropFirst(5)), isSecure: isSecure)
        } else if rest.hasPrefix("fd:") {
            // 0 to 2 are the process's input and outputs.
            guard let number = Int32(rest.dropFirst(3)), number > 2 else {
                throw SettingError("'\(text)' names no descriptor above 2")
            }
            self = .descriptor(number, isSecure: isSecure)
        } else {
            self = .host(text)
        }
    }

    /// The sockets that systemd has bound for us (sd_listen_fds(3)): from descriptor 3 on, those whose names begin with
    /// `https` or `tls` with TLS.
    ///
    /// - Parameters:
    ///   - variables: the environment.
    ///   - process: our process id; sockets for another one are not ours.
    static func inherited(_ variables: [String: String], process: Int32) -> [ListenAddress] {
        guard variables["LISTEN_PID"].flatMap({ Int32($0) }) == process,
            let count = variables["LISTEN_FDS"].flatMap({ Int32($0) }), (1...1_024).contains(count)
        else { return [] }
        let names = (variables["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { index in
            let name = Int(index) < names.count ? names[Int(index)] : ""
            return .descriptor(3 + index, isSecure: name.hasPrefix("https") || name.hasPrefix("tls"))
        }
    }

    /// Whether the address brings TLS with it.
    var isSecure: Bool {
        switch self {
        case .host: false
        case .unix(_, let isSecure), .descriptor(_, let isSecure): isSecure
        }
    }
}
