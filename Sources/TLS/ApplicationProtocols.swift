// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Application protocols and how one is chosen (ALPN, RFC 7301).
final class ApplicationProtocols {
    /// In the order of preference.
    private let names: [[UInt8]]

    /// Each name has 1 to 255 bytes (RFC 7301 §3.1).
    init(_ names: [String]) throws(TLSError) {
        self.names = names.map { Array($0.utf8) }
        guard self.names.allSatisfy({ (1...255).contains($0.count) }) else {
            throw TLSError(.invalidConfiguration, "an application protocol's name must have 1 to 255 bytes")
        }
    }

    var isEmpty: Bool { names.isEmpty }

    /// A length byte before each name: the extension's form.
    var wireForm: [UInt8] { names.flatMap { [UInt8($0.count)] + $0 } }

    /// Our most preferred name that the client offers, as a range of the client's list.
    func select(from offered: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for name in names {
            var index = 0
            while index < offered.count {
                let start = index + 1
                let end = start + Int(offered[index])
                guard end <= offered.count else { return nil }
                if offered[start..<end].elementsEqual(name) { return start..<end }
                index = end
            }
        }
        return nil
    }
}

/// Called by OpenSSL with the unretained `ApplicationProtocols` as its argument.
func selectApplicationProtocol(
    ssl: OpaquePointer?, selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    selectedLength: UnsafeMutablePointer<UInt8>?, offered: UnsafePointer<UInt8>?, offeredLength: UInt32,
    argument: UnsafeMutableRawPointer?
) -> Int32 {
    guard let argument, let offered else { return SSL_TLSEXT_ERR_NOACK }
    let protocols = Unmanaged<ApplicationProtocols>.fromOpaque(argument).takeUnretainedValue()
    let list = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
    // No protocol in common: speaking another one than the client expects opens it to cross-protocol attacks.
    guard let range = protocols.select(from: list) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    selected?.pointee = offered + range.lowerBound
    selectedLength?.pointee = UInt8(range.count)
    return SSL_TLSEXT_ERR_OK
}
