// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceConsumers
public import SluiceCore
import SluiceServer

extension LifespanState {
    /// The state that communicators use by default: an in-memory channel layer under `default`, which refuses events
    /// that would not survive a broker between processes, and counters of consumers that no other test adds to.
    ///
    /// - Parameter clock: the layer's clock.
    public static func testing(clock: any TimeSource = SystemTime()) -> LifespanState {
        var state = LifespanState()
        let broker = InMemoryBroker(clock: clock)
        state.setChannelLayer(BrokeredChannelLayer(broker: broker, encodesEvents: true, clock: clock))
        state[ConsumerStatistics.self] = ConsumerStatistics()
        return state
    }
}

extension Scope {
    /// Path, raw path and query of a request's target, as a server would set them.
    ///
    /// - Parameter target: such as `/room/1/?x=y`; characters beyond ASCII and spaces may stand for their escapes.
    mutating func setTarget(_ target: String) {
        var escaped = ""
        for byte in target.utf8 {
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#") {
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        guard let target = RequestTarget(escaped) else { return path = target }
        path = target.path
        rawPath = target.rawPath
        queryString = target.query
    }
}
