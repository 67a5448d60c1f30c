// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A server's certificates as they are now: loads them again when their files change. Connections that exist keep what
/// they began with; their sessions can be resumed with the new certificates too.
public final class TLSContextStore: Sendable {
    private struct State {
        var context: TLSContext
        /// Of the files when the context was loaded.
        var stamps: [FileStamp?]
        /// Of the files at the last attempt that failed, and whether that was told.
        var failed: (stamps: [FileStamp?], isTold: Bool)?
    }

    private let configuration: TLSConfiguration
    private let ticketKeys: TicketKeys
    private let state: Mutex<State>

    /// Loads the first context.
    ///
    /// - Throws: As ``TLSContext/init(_:)``.
    public convenience init(_ configuration: TLSConfiguration) throws(TLSError) {
        try self.init(configuration, ticketKeys: TicketKeys())
    }

    init(_ configuration: TLSConfiguration, ticketKeys: TicketKeys) throws(TLSError) {
        self.configuration = configuration
        self.ticketKeys = ticketKeys
        // Before the files are read: a change in between is seen by the next `reloadIfChanged()`.
        let stamps = configuration.files.map(FileStamp.init)
        let context = try TLSContext(configuration, ticketKeys: ticketKeys)
        state = Mutex(State(context: context, stamps: stamps))
    }

    /// The context for the next handshake.
    public var current: TLSContext { state.withLock { $0.context } }

    /// Loads all files again.
    ///
    /// - Throws: As ``TLSContext/init(_:)``; then everything is as before.
    public func reload() throws(TLSError) {
        let stamps = configuration.files.map(FileStamp.init)
        let context: TLSContext
        do throws(TLSError) {
            context = try TLSContext(configuration, ticketKeys: ticketKeys)
        } catch {
            state.withLock { $0.failed = (stamps, true) }
            throw error
        }
        state.withLock { $0 = State(context: context, stamps: stamps) }
    }

    /// Loads all files again if one of them is another than when they were loaded. To be called every few seconds.
    ///
    /// A certificate and its key are two files, which do not change at once: an error that goes away until the next
    /// call is not told, and one that stays is told once.
    ///
    /// - Returns: Whether there is a new context.
    /// - Throws: As ``TLSContext/init(_:)``; then everything is as before.
    public func reloadIfChanged() throws(TLSError) -> Bool {
        let stamps = configuration.files.map(FileStamp.init)
        let (isChanged, failed) = state.withLock { ($0.stamps != stamps, $0.failed) }
        let isKnown = failed.map { $0.stamps == stamps } ?? false
        guard isChanged, !isKnown || failed?.isTold == false else { return false }
        do throws(TLSError) {
            try reload()
            return true
        } catch {
            state.withLock { $0.failed = (stamps, isKnown) }
            guard isKnown else { return false }
            throw error
        }
    }
}

extension TLSConfiguration {
    fileprivate var files: [String] {
        certificates.flatMap { [$0.chainFile, $0.keyFile] + ($0.statusFile.map { [$0] } ?? []) }
            + (clientCAFile.map { [$0] } ?? [])
    }
}
