// SPDX-License-Identifier: Apache-2.0

public import SluiceChannelLayers

/// What every channel layer must do, whatever its broker: a suite for authors of brokers.
///
/// ```swift
/// @Test(arguments: ChannelLayerConformance.checks)
/// func conforms(_ check: ChannelLayerConformance.Check) async throws {
///     try await check.run { BrokeredChannelLayer(broker: try MyBroker(…)) }
/// }
/// ```
/// Each layer that is made stands for a process; all of them must reach each other. Checks of what the layer's
/// ``SluiceChannelLayers/LayerCapabilities`` do not promise pass without doing anything.
public enum ChannelLayerConformance {
    /// Makes the layer of one more process.
    public typealias MakeLayer = @Sendable () async throws -> any ChannelLayer

    /// One behaviour.
    public struct Check: Sendable, CustomStringConvertible {
        /// What it checks, in a sentence.
        public let description: String
        let body: @Sendable (Fixture) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (Fixture) async throws -> Void) {
            self.description = description
            self.body = body
        }

        /// Runs the check with layers of its own, which are shut down at the end.
        ///
        /// - Throws: ``CommunicatorError`` with `unexpected` or `timedOut` where the layer does something else, and what
        ///   the layer throws.
        public func run(_ makeLayer: @escaping MakeLayer) async throws {
            let fixture = Fixture(makeLayer)
            do {
                try await body(fixture)
            } catch {
                await fixture.shutdown()
                throw error
            }
            await fixture.shutdown()
        }
    }

    /// All of them.
    public static var checks: [Check] { groups + channels + queues + history + presence }
}
