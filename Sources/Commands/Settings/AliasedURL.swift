// SPDX-License-Identifier: Apache-2.0

/// Arguments that are an URL, for the alias `default`, or `ALIAS=URL`.
enum AliasedURL {
    /// The URLs by alias; an alias has ASCII letters, digits, `-` and `_`, and does not begin with a digit.
    ///
    /// - Parameter thing: what the URLs name, for messages, which tell no URL: it may hold a password.
    static func urls(in arguments: [String], of thing: String) throws(SettingError) -> [String: String] {
        var urls: [String: String] = [:]
        for argument in arguments {
            let (alias, url) = try parse(argument, thing)
            guard urls.updateValue(url, forKey: alias) == nil else {
                throw SettingError("there are two \(thing)s under the alias '\(alias)'")
            }
        }
        return urls
    }

    private static func parse(
        _ argument: String, _ thing: String
    ) throws(SettingError) -> (alias: String, url: String) {
        // The first part of an URL ends with a colon, so no URL looks like an alias.
        guard let mark = argument.firstIndex(of: "="), !argument[..<mark].contains(":") else {
            if argument.isEmpty { throw SettingError("a \(thing)'s URL is empty") }
            return ("default", argument)
        }
        let (alias, url) = (String(argument[..<mark]), String(argument[argument.index(after: mark)...]))
        guard !url.isEmpty else { throw SettingError("the \(thing) '\(alias)=' has no URL") }
        let isName = alias.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName, let first = alias.first, !first.isNumber else {
            throw SettingError(
                "in '\(alias)=' stands no alias of a \(thing): letters, digits, - and _, no digit first")
        }
        return (alias, url)
    }
}
