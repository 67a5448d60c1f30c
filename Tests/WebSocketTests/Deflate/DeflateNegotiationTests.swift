// SPDX-License-Identifier: Apache-2.0

import SluiceWebSocket
import Testing

@Suite("permessage-deflate: negotiation")
struct DeflateNegotiationTests {
    /// A server that asks for nothing, so that an answer shows what the offer asked for.
    let plain = DeflateConfiguration(
        serverNoContextTakeover: false, clientNoContextTakeover: false, serverMaxWindowBits: 15, clientMaxWindowBits: 15
    )

    @Test(
        "RFC 7692 §7.1: valid offers and their answers",
        arguments: [
            ("permessage-deflate", "permessage-deflate"),
            ("permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover"),
            ("permessage-deflate ;client_no_context_takeover", "permessage-deflate; client_no_context_takeover"),
            ("permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10"),
            ("permessage-deflate; server_max_window_bits=\"8\"", "permessage-deflate; server_max_window_bits=8"),
            ("permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=15"),
            ("permessage-deflate;client_max_window_bits = 9", "permessage-deflate; client_max_window_bits=9"),
            (
                "permessage-deflate; client_max_window_bits=15; server_max_window_bits=12; client_no_context_takeover;"
                    + " server_no_context_takeover",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12;"
                    + " client_max_window_bits=15"
            ),
        ])
    func accepted(offer: String, answer: String) {
        #expect(plain.answer(to: [offer])?.header == answer)
    }

    @Test(
        "RFC 7692 §7.1: offers that are not valid are declined, and not fatal",
        arguments: [
            "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=08",
            "permessage-deflate; server_max_window_bits=+9", "permessage-deflate; server_max_window_bits=",
            "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=x",
            "permessage-deflate; client_max_window_bits=99999999999999999999",
            "permessage-deflate; server_no_context_takeover=1", "permessage-deflate; client_no_context_takeover=true",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=10", "permessage-deflate; unknown",
            "permessage-deflate; SERVER_NO_CONTEXT_TAKEOVER", "permessage-deflate;", "permessage-deflate; ;",
            "permessage-deflate; server_max_window_bits=\"10", "permessage-deflate; server_max_window_bits=1 0",
            "permessage-deflate=1", "permessage-deflatex", "x-webkit-deflate-frame", "permessage-bzip2", "", ";", "\"",
        ])
    func declined(offer: String) {
        #expect(plain.answer(to: [offer]) == nil)
        // The next offer is looked at all the same.
        #expect(plain.answer(to: [offer, "permessage-deflate"])?.header == "permessage-deflate")
    }

    @Test("RFC 7692 §5.1: the first valid offer counts")
    func first() {
        let offers = [
            "permessage-bzip2", "permessage-deflate; server_max_window_bits=10", "permessage-deflate",
        ]
        #expect(plain.answer(to: offers)?.header == "permessage-deflate; server_max_window_bits=10")
        #expect(plain.answer(to: []) == nil)
    }

    @Test("RFC 7692 §7.1.1: the server may ask for no context takeover by itself; by default it does")
    func defaults() throws {
        let configuration = DeflateConfiguration()
        // As browsers offer it.
        let answer = try #require(configuration.answer(to: ["permessage-deflate; client_max_window_bits"]))
        #expect(
            answer.header
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=12"
        )
        #expect(
            answer.parameters
                == DeflateParameters(
                    serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 12,
                    clientMaxWindowBits: 12))
    }

    @Test("RFC 7692 §7.1.2.2: a client that does not offer to limit its window is not asked to")
    func unlimitedClient() throws {
        let answer = try #require(DeflateConfiguration().answer(to: ["permessage-deflate"]))
        #expect(!answer.header.contains("window_bits") && answer.parameters.clientMaxWindowBits == 15)
    }

    @Test("Values out of range count as the nearest")
    func clamped() {
        let low = DeflateConfiguration(serverMaxWindowBits: 1, clientMaxWindowBits: -1, level: 0, memoryLevel: 0)
        #expect([low.serverMaxWindowBits, low.clientMaxWindowBits, low.level, low.memoryLevel] == [8, 8, 1, 1])
        let high = DeflateConfiguration(
            serverMaxWindowBits: 99, clientMaxWindowBits: 16, level: 10, memoryLevel: 10, threshold: -1)
        #expect([high.serverMaxWindowBits, high.clientMaxWindowBits, high.level, high.memoryLevel] == [15, 15, 9, 9])
        #expect(high.threshold == 0)
    }

    @Test("RFC 7692 §7.1: what a client offers, a server's answer to it is understood by the client")
    func client() throws {
        for client in [plain, DeflateConfiguration(), DeflateConfiguration(serverMaxWindowBits: 9)] {
            for server in [plain, DeflateConfiguration(), DeflateConfiguration(clientMaxWindowBits: 8)] {
                let answer = try #require(server.answer(to: [client.offer]))
                let agreed = try client.agreed(in: [answer.header])
                #expect(agreed?.serverNoContextTakeover == answer.parameters.serverNoContextTakeover)
                #expect(agreed?.clientNoContextTakeover == answer.parameters.clientNoContextTakeover)
                #expect(agreed?.clientMaxWindowBits == answer.parameters.clientMaxWindowBits)
                #expect(agreed.map { $0.serverMaxWindowBits >= answer.parameters.serverMaxWindowBits } == true)
            }
        }
        #expect(try plain.agreed(in: []) == nil)
    }

    @Test(
        "RFC 7692 §5.1: a client refuses an answer that does not fit its offer",
        arguments: [
            "permessage-deflate", "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=13",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; unknown", "permessage-bzip2",
        ])
    func unfit(answer: String) {
        let client = DeflateConfiguration()
        #expect(throws: HandshakeError.self) { try client.agreed(in: [answer]) }
    }

    @Test("RFC 6455 §9.1: an answer has each extension once")
    func twice() {
        #expect(throws: HandshakeError.self) { try plain.agreed(in: ["permessage-deflate", "permessage-deflate"]) }
    }
}
