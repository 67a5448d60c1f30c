// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Which work is done for which named channel (Channels' `ChannelNameRouter`).
///
/// ```swift
/// ChannelNameRouter {
///     Work("thumbnails", delivery: .atLeastOnce()) { (event: MakeThumbnail, worker) in … }
///     Work("thumbnails") { (event: DropThumbnail, worker) in … }
/// }
/// ```
/// Whoever sends to `thumbnails` reaches one of the workers, in whatever process.
public struct ChannelNameRouter: Sendable {
    /// The work by the names of channels.
    let works: [ChannelName: [Work]]

    /// A router.
    public init(@ListBuilder<Work> _ works: () -> [Work]) {
        self.init(works())
    }

    /// A router over a list, such as what plug-ins have contributed.
    public init(_ works: [Work]) {
        self.works = Dictionary(grouping: works, by: \.channel)
    }

    /// The channels for which there is work, sorted.
    public var channels: [ChannelName] { works.keys.sorted { $0.rawValue < $1.rawValue } }

    /// How the events of a channel are taken: as its first work says.
    func delivery(of channel: ChannelName) -> WorkDelivery { works[channel]?.first?.delivery ?? .atMostOnce }
}

/// What a worker does with the events of one type that come by one named channel.
public struct Work: Sendable {
    /// The channel.
    public let channel: ChannelName
    /// ``ChannelEvent/type`` of the events.
    public let type: String
    /// How often an event is handed out.
    public let delivery: WorkDelivery
    let body: @Sendable (LayerEvent, WorkerContext) async throws -> Bool

    /// Work.
    ///
    /// - Parameters:
    ///   - delivery: of several works for one channel the first one's counts.
    ///   - body: called for one event at a time in each of the worker's slots; cancelled only when a stop takes too long.
    public init<Event: ChannelEvent>(
        _ channel: ChannelName, delivery: WorkDelivery = .atMostOnce,
        _ body: @escaping @Sendable (Event, WorkerContext) async throws -> Void
    ) {
        self.channel = channel
        self.delivery = delivery
        type = Event.type
        self.body = { event, context in
            guard let event = try event.decoded(as: Event.self) else { return false }
            try await body(event, context)
            return true
        }
    }
}

/// How often an event of a queue is handed out.
public enum WorkDelivery: Sendable, Hashable {
    /// Once, whatever becomes of it; an event whose worker dies is lost.
    case atMostOnce
    /// Until it is done: again when it failed, after a delay that doubles with each attempt, and when the worker died,
    /// after the lease. After the last attempt it is set aside.
    ///
    /// - `lease`: renewed while the work goes on.
    /// - `attempts`: at least 1.
    case atLeastOnce(lease: Duration = .seconds(30), attempts: Int = 5, delay: Duration = .seconds(1))

    var lease: Duration? {
        if case .atLeastOnce(let lease, _, _) = self { lease } else { nil }
    }
}

/// What is known where work is done.
public struct WorkerContext: Sendable {
    /// The application's state.
    public let state: LifespanState
    /// The layer that the event came by.
    public let channelLayer: any ChannelLayer
    /// How often the event was handed out, this time included.
    public let attempt: Int
}

extension ContributionKey where Value == Work {
    /// Work for named channels, done by `worker` processes.
    public static var work: Self { Self("work") { "for '\($0.type)' of the channel '\($0.channel)'" } }
}
