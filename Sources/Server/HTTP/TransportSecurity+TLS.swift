// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTLS

extension TransportSecurity {
    /// What a handshake has agreed on, as the application sees it.
    convenience init(_ handshake: TLSHandshakeCompleted) {
        self.init(
            version: handshake.version?.rawValue, cipherSuite: handshake.cipherSuite, serverName: handshake.serverName,
            serverCertificate: handshake.serverCertificate,
            clientCertificateChain: handshake.peerCertificates.map(\.pem),
            clientCertificateName: handshake.peerCertificates.first?.subject)
    }
}
