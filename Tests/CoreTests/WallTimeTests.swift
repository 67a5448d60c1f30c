// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceCore
import Testing

@Suite("Wall time")
struct WallTimeTests {
    @Test(
        "RFC 3339 and RFC 9110 §5.6.7: known moments",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "1994-11-06T08:49:37.000Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
            (-1, "1969-12-31T23:59:59.000Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
            (-2_203_891_200, "1900-03-01T00:00:00.000Z", "Thu, 01 Mar 1900 00:00:00 GMT"),
        ] as [(Int64, String, String)])
    func known(seconds: Int64, iso8601: String, httpDate: String) {
        let time = WallTime(seconds: seconds)
        #expect(time.iso8601 == iso8601)
        #expect(time.httpDate == httpDate)
    }

    @Test(
        "Milliseconds are cut, not rounded, and have three digits",
        arguments: [
            (0, "000"), (999_999, "000"), (1_000_000, "001"), (78_000_000, "078"), (999_999_999, "999"),
        ] as [(Int32, String)])
    func milliseconds(nanoseconds: Int32, digits: String) {
        #expect(WallTime(seconds: 0, nanoseconds: nanoseconds).iso8601 == "1970-01-01T00:00:00.\(digits)Z")
    }

    @Test("Every day from 1900 to 2200 as Foundation writes it")
    func everyDay() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        var seconds: Int64 = -2_208_988_800 + 45_296
        while seconds < 7_258_118_400 {
            let date = Date(timeIntervalSince1970: TimeInterval(seconds))
            #expect(WallTime(seconds: seconds).httpDate == formatter.string(from: date))
            seconds += 86_400
        }
    }

    @Test("Moments compare by seconds, then nanoseconds; the clocks go on")
    func order() {
        #expect(WallTime(seconds: 1, nanoseconds: 5) < WallTime(seconds: 2))
        #expect(WallTime(seconds: 1, nanoseconds: 5) < WallTime(seconds: 1, nanoseconds: 6))
        let clock = SystemTime()
        let (wall, monotonic) = (clock.now, clock.monotonic)
        #expect(abs(Double(wall.seconds) - Date().timeIntervalSince1970) < 60)
        #expect((0..<1_000_000_000).contains(wall.nanoseconds))
        #expect(clock.monotonic >= monotonic)
    }
}
