// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceWebSocket

/// What a client speaks WebSocket with, once the handshake has said with which extension.
struct ClientCodec: ~Copyable {
    var decoder: WebSocketDecoder
    let encoder = FrameEncoder(role: .client)
    let deflate: PerMessageDeflate?

    /// Messages of up to 64 MiB: it is the server that is tested.
    init(deflate agreed: (configuration: DeflateConfiguration, parameters: DeflateParameters)?) {
        let deflate = agreed.map {
            PerMessageDeflate(
                role: .client, parameters: $0.parameters, contexts: DeflateContexts(configuration: $0.configuration))
        }
        self.deflate = deflate
        decoder = WebSocketDecoder(
            role: .client, configuration: .init(maxFrameSize: 64 << 20, maxMessageSize: 64 << 20), deflate: deflate)
    }

    func writeText(_ text: String, into out: inout ByteBuffer) {
        guard let payload = deflate?.compress(text) else { return encoder.writeText(text, into: &out) }
        encoder.writeFrame(.text, payload, reserved: .rsv1, into: &out)
    }

    func writeBinary(_ bytes: ByteBuffer, into out: inout ByteBuffer) {
        guard let payload = deflate?.compress(bytes) else { return encoder.writeBinary(bytes, into: &out) }
        encoder.writeFrame(.binary, payload, reserved: .rsv1, into: &out)
    }
}
