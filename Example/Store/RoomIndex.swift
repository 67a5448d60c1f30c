// SPDX-License-Identifier: Apache-2.0

/// Where in the file a room's messages are: the last one, and marks on the way back.
struct RoomIndex {
    /// Messages between two marks; what a look-up far back has to walk at most.
    static let markDistance = 256

    struct Place: Hashable, Sendable {
        var id: Int
        /// Byte offset of the line.
        var offset: Int
    }

    private(set) var last: Place?
    private var marks: [Place] = []
    private var count = 0

    mutating func append(_ place: Place) {
        last = place
        count += 1
        if count.isMultiple(of: Self.markDistance) { marks.append(place) }
    }

    /// Where to begin a walk back that looks for messages before an id: the nearest known place at or behind it.
    func start(before id: Int?) -> Place? {
        guard let id else { return last }
        var (low, high) = (0, marks.count)
        while low < high {
            let middle = (low + high) / 2
            if marks[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < marks.count ? marks[low] : last
    }
}
