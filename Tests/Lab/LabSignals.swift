// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Logging
import Sluice
import SluiceTLS

/// What a process obeys whose server is not Sluice's.
enum LabSignals {
    /// Loads the certificates again on HUP; a broken file changes nothing.
    static func reloading(_ listeners: [Listener]) -> any DispatchSourceSignal {
        signal(SIGHUP, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGHUP)
        let store = listeners.lazy.compactMap(\.tls).first
        let logger = Logger(label: "lab")
        source.setEventHandler {
            guard let store else { return }
            do {
                try store.reload()
                logger.info("the certificates were loaded again")
            } catch {
                logger.error("the certificates were not loaded again", metadata: ["error": "\(error)"])
            }
        }
        source.resume()
        return source
    }

    /// Ends when the process is told to by TERM or INT; a second signal ends it at once.
    static func termination() -> AsyncStream<Void> {
        let (stream, end) = AsyncStream.makeStream(of: Void.self)
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                // A second one is not caught any more.
                signal(SIGTERM, SIG_DFL)
                signal(SIGINT, SIG_DFL)
                end.finish()
                source.cancel()
            }
            source.resume()
        }
        return stream
    }
}
