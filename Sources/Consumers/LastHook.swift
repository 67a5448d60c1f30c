// SPDX-License-Identifier: Apache-2.0

import Logging
import SluiceCore

/// Runs a consumer's last hook in a task of its own: the connection's may be cancelled, and then every wait in the hook
/// would throw.
enum LastHook {
    static func run<C: ChannelConsumer>(_ consumer: C, _ body: @escaping @Sendable (C) async throws -> Void) async {
        let clock = consumer.scope.connection.clock
        let handover = Handover(consumer: consumer)
        let hook = Task(executorPreference: consumer.scope.connection.executor) {
            try await body(handover.consumer)
        }
        let limit = Task {
            try await clock.sleep(for: .seconds(10))
            hook.cancel()
        }
        do {
            try await hook.value
        } catch let error as SendError where error.code == .connectionClosed {
            // A farewell to somebody who has gone.
        } catch is StopConsumer {
            // As Channels' consumers end their `disconnect`.
        } catch {
            consumer.scope.logger.log(
                level: ErrorDisposition(of: error).logLevel, "a consumer threw in its disconnect",
                metadata: [
                    "consumer": "\(type(of: consumer))", "path": "\(consumer.scope.path)",
                    "error": "\(String(describing: error).prefix(500))",
                ])
        }
        limit.cancel()
    }
}

/// Takes a consumer to the task of its last hook.
private struct Handover<C: ChannelConsumer>: @unchecked Sendable {
    // Proof: the connection's task waits for the hook's task and touches the consumer only after it.
    let consumer: C
}
