// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceCore
import Synchronization

/// The layers of one check, and names that no other check uses.
final class Fixture: Sendable {
    private let makeLayer: ChannelLayerConformance.MakeLayer
    private let layers = Mutex<[any ChannelLayer]>([])
    private let run: String

    init(_ makeLayer: @escaping ChannelLayerConformance.MakeLayer) {
        self.makeLayer = makeLayer
        var random = SystemRandomNumberGenerator()
        run = String(random.next() as UInt64, radix: 36)
    }

    /// The layer of one more process, when it is up.
    func process() async throws -> any ChannelLayer {
        let layer = try await makeLayer()
        layers.withLock { $0.append(layer) }
        try await eventually("the layer is up") { layer.health == .up }
        return layer
    }

    func group(_ name: String) -> GroupName { GroupName(rawValue: "\(name).\(run)") }
    func queue(_ name: String) -> ChannelName { ChannelName(rawValue: "\(name).\(run)") }

    func shutdown() async {
        for layer in layers.withLock({ $0 }) { await layer.shutdown() }
    }

    /// A channel that has joined a group.
    func member(of group: GroupName, in layer: any ChannelLayer) async throws -> Inbox {
        let inbox = try layer.open(prefix: "specific", budget: InboxBudget(), policy: .disconnect, outbox: nil)
        try await layer.groupAdd(group, inbox.name)
        return inbox
    }
}

/// The event of the suite.
struct Probe: ChannelEvent, Hashable {
    static let type = "sluice.probe"
    var number: Int
    var sender = 0
    var text = ""
}

/// Every kind of value.
struct RichProbe: ChannelEvent, Hashable {
    static let type = "sluice.probe.rich"
    var text = "聊天 \u{0} 🎉"
    var smallest = Int64.min
    var largest = UInt64.max
    var fraction = -0.1
    var octets: [UInt8] = [0, 255, 128]
    var lists = [[1, 2], [], [3]]
    var table = ["a": ["b": true], "c": [:]]
    var nothing: String?
}

func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw CommunicatorError(.unexpected, what()) }
}

/// The layer refuses with this code.
func expectRefusal(_ code: LayerError.Code, _ what: String, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as LayerError {
        return try expect(error.code == code, "\(what): refused, but with: \(error)")
    }
    throw CommunicatorError(.unexpected, "\(what): not refused")
}

extension Inbox {
    /// The next event; changes of the broker's health and of presence are passed over.
    func event(_ what: String) async throws -> LayerEvent {
        while true {
            switch try await next(within: .seconds(20)) {
            case .event(let event) where event.type == PresenceDiff.type: continue
            case .event(let event): return event
            case .health: continue
            case .gap(let gap): throw CommunicatorError(.unexpected, "\(what): a gap came: \(gap)")
            case .closed: throw CommunicatorError(.unexpected, "\(what): the channel was closed")
            case nil: throw CommunicatorError(.timedOut, "\(what): nothing came")
            }
        }
    }

    func probe(_ what: String) async throws -> Probe {
        let event = try await event(what)
        guard let probe = event.value(as: Probe.self) else {
            throw CommunicatorError(.unexpected, "\(what): '\(event.type)' came")
        }
        return probe
    }

    func numbers(_ count: Int, _ what: String) async throws -> [Int] {
        var numbers: [Int] = []
        while numbers.count < count { numbers.append(try await probe(what).number) }
        return numbers
    }
}
