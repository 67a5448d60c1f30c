// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceTesting
import Testing

@testable import SluiceWebSocket

@Suite("Closing handshake")
struct CloseHandshakeTests {
    @Test("RFC 6455 §5.5.1: a close is answered with its code; the server then closes the transport")
    func answered() {
        for code in [CloseCode.goingAway, CloseCode(rawValue: 4001), nil] {
            var handshake = CloseHandshake(role: .server)
            #expect(handshake.received(code) == .sendClose(code, reason: ""))
            #expect(handshake.state == .closeReceived && !handshake.canSendData && !handshake.canReceiveData)
            #expect(handshake.closeSent() == .disconnect)
            #expect(handshake.state == .closed && handshake.closeCode == code ?? .noStatus)
            #expect(handshake.isPeerClosed)
        }
    }

    @Test("RFC 6455 §7.1.1: a client waits for the server to close the transport, with a time limit")
    func clientWaits() {
        var answering = CloseHandshake(role: .client)
        #expect(answering.received(.goingAway) == .sendClose(.goingAway, reason: ""))
        #expect(answering.closeSent() == .awaitPeer)
        #expect(answering.timeout() == .disconnect)
        var starting = CloseHandshake(role: .client)
        #expect(starting.close(.normalClosure) == .sendClose(.normalClosure, reason: ""))
        #expect(starting.closeSent() == .awaitPeer)
        #expect(starting.received(.normalClosure) == .awaitPeer)
        #expect(starting.state == .closed)
    }

    @Test("RFC 6455 §1.4: after our close no data goes out, and the peer's counts until its close")
    func started() {
        var handshake = CloseHandshake(role: .server)
        #expect(handshake.canSendData && handshake.canReceiveData)
        #expect(handshake.close(.serviceRestart, reason: "restart") == .sendClose(.serviceRestart, reason: "restart"))
        #expect(!handshake.canSendData && handshake.canReceiveData && !handshake.isPeerClosed)
        #expect(handshake.closeSent() == .awaitPeer)
        #expect(handshake.close(.normalClosure) == .none)
        #expect(handshake.received(.serviceRestart) == .disconnect)
        #expect(handshake.state == .closed && handshake.closeCode == .serviceRestart && !handshake.canReceiveData)
    }

    @Test("RFC 6455 §7.1.5: closes that cross")
    func crossing() {
        var handshake = CloseHandshake(role: .server)
        #expect(handshake.close(.goingAway) == .sendClose(.goingAway, reason: ""))
        #expect(handshake.received(.normalClosure) == .disconnect)
        #expect(handshake.closeSent() == .none)
        #expect(handshake.closeCode == .normalClosure)
    }

    @Test("RFC 6455 §7.1.7: a violation is told and not waited for", arguments: [WebSocketRole.server, .client])
    func failed(role: WebSocketRole) {
        var handshake = CloseHandshake(role: role)
        #expect(handshake.fail(.invalidText) == .sendClose(.invalidPayload, reason: WebSocketError.invalidText.reason))
        #expect(!handshake.canSendData && !handshake.canReceiveData)
        #expect(handshake.closeSent() == .disconnect)
        #expect(handshake.state == .closed && handshake.closeCode == .abnormalClosure)
        var closing = CloseHandshake(role: role)
        _ = closing.close(.goingAway)
        #expect(closing.closeSent() == .awaitPeer)
        #expect(closing.fail(.reservedBits) == .disconnect)
    }

    @Test("RFC 6455 §7.1.1: a peer that does not answer is left when the time is over")
    func timeout() {
        var handshake = CloseHandshake(role: .server)
        #expect(handshake.timeout() == .none && handshake.state == .open)
        _ = handshake.close(.goingAway)
        _ = handshake.closeSent()
        #expect(handshake.timeout() == .disconnect)
        #expect(handshake.state == .closed && handshake.closeCode == .abnormalClosure && !handshake.isPeerClosed)
    }

    @Test("RFC 6455 §7.1.5: a transport that breaks leaves 1006, and nothing is asked for any more")
    func broken() {
        var handshake = CloseHandshake(role: .server)
        handshake.transportClosed()
        #expect(handshake.state == .closed && handshake.closeCode == .abnormalClosure)
        #expect(handshake.close(.goingAway) == .none && handshake.received(nil) == .none)
        #expect(handshake.closeSent() == .none && handshake.fail(.invalidText) == .none)
        #expect(handshake.closeCode == .abnormalClosure)
    }

    @Test(
        "RFC 6455 §7: whatever happens in whatever order, at most one close frame goes out",
        arguments: 0..<200 as Range<UInt64>)
    func anyOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for role in [WebSocketRole.server, .client] {
            var handshake = CloseHandshake(role: role)
            var sent = 0
            for _ in 0..<12 {
                let action =
                    switch Int.random(in: 0..<5, using: &random) {
                    case 0: handshake.close(.goingAway)
                    case 1: handshake.received(.normalClosure)
                    case 2: handshake.fail(.invalidText)
                    case 3: handshake.closeSent()
                    default: handshake.timeout()
                    }
                if case .sendClose = action { sent += 1 }
                #expect(sent == 0 || !handshake.canSendData)
                #expect(action != .disconnect || handshake.state == .closed)
            }
            #expect(sent <= 1)
            #expect(handshake.timeout() == (handshake.state == .open ? .none : .disconnect))
        }
    }
}
