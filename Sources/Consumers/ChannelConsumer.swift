// SPDX-License-Identifier: Apache-2.0

public import SluiceChannelLayers
public import SluiceCore

/// What every consumer is: an object that lives in its connection's task and takes events of a channel layer
/// (Channels' `AsyncConsumer`).
///
/// Subclass ``Consumer`` for WebSockets or ``HTTPConsumer`` for requests, not this class. An instance never leaves its
/// task: plain stored properties need no lock and no actor, and the compiler refuses code that would share it.
open class ChannelConsumer {
    /// What is known of the connection.
    public final let scope: Scope

    let runtime: ConsumerRuntime

    init(scope: Scope, runtime: ConsumerRuntime) {
        self.scope = scope
        self.runtime = runtime
    }

    // MARK: What a subclass declares

    /// The layer events that the consumer takes: `[.on(ChatConsumer.chatMessage)]`. Default: none.
    open class var handlers: [Handler] { [] }

    /// What stands around every hook and handler, the first outermost. Default: nothing.
    open class var filters: [any ConsumerFilter] { [] }

    /// Groups that every instance joins before its first hook and leaves at the end (Channels' `groups`). Default: none.
    open class var groups: [GroupName] { [] }

    /// The alias of the channel layer that the consumer uses (Channels' `channel_layer_alias`). Default: `default`.
    open class var channelLayerAlias: String { "default" }

    /// How much may wait for a slow handler. Default: 8 MiB and 4,096 events.
    open class var inboxBudget: InboxBudget { InboxBudget() }

    /// What becomes of layer events for a client that does not read. Default: the connection is closed with 1013.
    open class var overflowPolicy: OverflowPolicy { .disconnect }

    // MARK: Hooks

    /// Layer events were missed, because the handlers were slower than what came or the client did not read; comes
    /// before the next event. Default: nothing.
    open func missed(_ gap: Gap) async throws {}

    /// The layer's broker was lost (``LayerHealth/down(reason:)``: what is sent may fail) or is back. The connection stays
    /// open either way. Default: nothing.
    open func layerChanged(_ health: LayerHealth) async throws {}

    /// A hook or handler threw. The error has been logged.
    ///
    /// - Returns: what becomes of the connection. Default: a channel layer's error keeps it open, every other error
    ///   closes it with the error's close code (1011 for errors that name none).
    open func onError(_ error: any Error) async -> ErrorAction {
        error is LayerError ? .keep : .close(ErrorDisposition(of: error).closeCode)
    }

    // MARK: What a subclass calls

    /// The channel layer under ``channelLayerAlias``.
    public final var channelLayer: any ChannelLayer { runtime.channelLayer }

    /// The place of the layer event that is being handled in its group's history: what a client needs to come back for
    /// what it will have missed. `nil` outside of handlers, and where the layer keeps no history.
    public final var eventPosition: Position? { runtime.event?.position }

    /// The name of this connection's channel: what others send to, and what joins groups.
    ///
    /// The channel is opened on the first use, and its name is the same until ``disconnect(code:)`` has returned. The
    /// name is empty where no layer is configured, and no layer takes it.
    public final var channelName: ChannelName { runtime.channelName }
}

@available(*, unavailable, message: "a consumer lives in its connection's task; hand out `outbox` instead")
extension ChannelConsumer: Sendable {}
