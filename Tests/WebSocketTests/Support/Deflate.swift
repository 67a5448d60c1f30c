// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceWebSocket

extension PerMessageDeflate {
    /// A connection's extension with contexts of its own.
    static func test(
        _ role: WebSocketRole = .server, _ parameters: DeflateParameters = .init(),
        configuration: DeflateConfiguration = .init(threshold: 0)
    ) -> PerMessageDeflate {
        PerMessageDeflate(
            role: role, parameters: parameters, contexts: DeflateContexts(configuration: configuration))
    }
}

extension DeflateParameters {
    /// Neither side refers to earlier messages.
    static let forgetful = DeflateParameters(serverNoContextTakeover: true, clientNoContextTakeover: true)
}
