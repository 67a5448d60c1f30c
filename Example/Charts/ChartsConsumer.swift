// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The socket of the charts: sends them at once, and then when they have changed, at most once a second.
///
/// It looks instead of being told: a thousand messages a second cost it nothing, minutes that pass are changes too, and
/// a client that reads slowly gets the latest charts and not all that were.
final class ChartsConsumer: LiveConsumer {
    private static let pause = Duration.seconds(1)
    /// The number of the charts that the client has.
    private var shown = 0

    override func welcome() async throws {
        try await send(LiveWelcomeFrame(user: user, heartbeatS: Heartbeat.interval))
        try await show()
        every(Self.pause, ChartsConsumer.show)
    }

    private func show() async throws {
        try await scope.chatRooms.catchUp()
        let charts = try scope.charts
        guard charts.number != shown else { return }
        shown = charts.number
        try await send(ChartsFrame(bars: charts.bars, pie: charts.pie))
    }
}

/// Both charts as SVG; the page puts them in the place of those it has.
struct ChartsFrame: ServerFrame {
    let type = "charts"
    var bars: String
    var pie: String
}
