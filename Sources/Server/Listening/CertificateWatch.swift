// SPDX-License-Identifier: Apache-2.0

import Logging
import SluiceCore
import SluiceTLS

/// Loads a server's certificates again when their files change, or when it is told to.
struct CertificateWatch: Sendable {
    private static let interval = Duration.seconds(2)

    private let stores: [TLSContextStore]
    private let clock: any TimeSource
    private let logger: Logger

    /// - Returns: `nil` when no listener has certificates.
    init?(_ listeners: [Listener], clock: any TimeSource, logger: Logger) {
        var stores: [TLSContextStore] = []
        // Listeners may share one.
        for store in listeners.compactMap(\.tls) where !stores.contains(where: { $0 === store }) {
            stores.append(store)
        }
        guard !stores.isEmpty else { return nil }
        self.stores = stores
        self.clock = clock
        self.logger = logger
    }

    /// Looks at the files every 2 s, until it is cancelled.
    func run() async {
        while (try? await clock.sleep(for: Self.interval)) != nil {
            attempt { store throws(TLSError) in try store.reloadIfChanged() }
        }
    }

    /// Loads every certificate now. New handshakes see the new ones; connections live on; a broken file changes nothing.
    func reload() {
        attempt { store throws(TLSError) in
            try store.reload()
            return true
        }
    }

    private func attempt(_ load: (TLSContextStore) throws(TLSError) -> Bool) {
        for store in stores {
            do throws(TLSError) {
                if try load(store) { logger.info("the certificates were loaded again") }
            } catch {
                logger.error("the certificates were not loaded again", metadata: ["error": "\(error)"])
            }
        }
    }
}
