// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization

/// The charts as they are now, drawn once for all who look in the same language.
final class ChartBoard: Sendable {
    /// Where views and consumers find it.
    enum Key: LifespanStateKey {
        static var defaultValue: ChartBoard? { nil }
    }

    /// What the charts show: they are drawn again when it changes.
    private struct Moment: Hashable {
        var messages: Int
        var minute: String
    }

    private let activity: Activity
    private let drawn = Mutex<[String: (moment: Moment, charts: Charts.Drawing)]>([:])

    init(activity: Activity) {
        self.activity = activity
    }

    /// The charts in a language.
    func drawing(at now: WallTime, in locale: SiteLocale) -> Charts.Drawing {
        let moment = Moment(messages: activity.total, minute: Self.minute(now))
        // Drawn under the lock, so that a number stands for one picture: others wait for a part of a millisecond.
        return drawn.withLock { drawn in
            let last = drawn[locale.code]
            if let last, last.moment == moment { return last.charts }
            let charts = draw(at: now, in: locale, number: (last?.charts.number ?? 0) + 1)
            drawn[locale.code] = (moment, charts)
            return charts
        }
    }

    private func draw(at now: WallTime, in locale: SiteLocale, number: Int) -> Charts.Drawing {
        let minutes = (0..<BarChart.minutes).reversed().map { ago in
            Self.minute(WallTime(seconds: now.seconds - Int64(60 * ago)))
        }
        let (rooms, total) = activity.countsByRoom
        return Charts.Drawing(
            number: number, bars: BarChart(counts: activity.counts(in: minutes), locale: locale).svg,
            pie: PieChart(rooms: rooms, total: total, locale: locale).svg)
    }

    private static func minute(_ time: WallTime) -> String { String(time.iso8601.prefix(16)) }
}
