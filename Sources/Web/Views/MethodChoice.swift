// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// Which of a view's functions answers a method (Django's `View.dispatch`).
enum MethodChoice {
    /// The function at an index.
    case function(Int)
    /// The methods that there are, in answer to OPTIONS.
    case options(Response)

    /// HEAD is answered by the function of GET unless it has its own.
    ///
    /// - Throws: ``HTTPError`` 405 with `Allow`.
    init(_ method: HTTPRequest.Method, among methods: [HTTPRequest.Method]) throws(HTTPError) {
        if let index = methods.firstIndex(of: method) ?? (method == .head ? methods.firstIndex(of: .get) : nil) {
            self = .function(index)
            return
        }
        let allow: HTTPFields = [.allow: Self.allowed(methods)]
        guard method == .options else {
            throw HTTPError(.methodNotAllowed, "\(method.rawValue) is not allowed here", headers: allow)
        }
        self = .options(Response(status: .ok, headers: allow))
    }

    /// In Django's way: what is implemented, HEAD with GET, and OPTIONS.
    private static func allowed(_ methods: [HTTPRequest.Method]) -> String {
        var names: [String] = []
        func add(_ method: HTTPRequest.Method) {
            if !names.contains(method.rawValue) { names.append(method.rawValue) }
        }
        for method in methods {
            add(method)
            if method == .get { add(.head) }
        }
        add(.options)
        return names.joined(separator: ", ")
    }
}
