// SPDX-License-Identifier: Apache-2.0

/// The way of links between the layers: right-angled, each turn in a lane.
///
/// The space before each layer has lanes from left to right. Links that leave one node share a lane, as those do that
/// reach one node; all others have lanes of their own where they would meet. Links that run back turn down behind their
/// node, go below everything, and come up before the other.
struct LinkRouter {
    /// From the layer to its first lane, from lane to lane, and from the last lane to the next layer at least.
    private static let (first, step, last) = (14, 12, 36)

    /// A vertical piece in the space before a layer.
    private struct Turn {
        let gap: Int
        let group: Int
        let from: Int
        let to: Int
    }

    /// Turns that share a lane.
    private struct Group {
        var gap: Int
        var range: ClosedRange<Int>
        /// Negative where the links lead up.
        var direction = 0
        var start: Int
    }

    private let layout: DiagramLayout
    private let y: [Int]
    private var groups: [Group] = []
    /// Of each link, the turns on its way.
    private var turns: [[Turn]] = []
    private var lanes: [Int] = []
    private let gapCount: Int
    /// The height of the last lane below everything.
    private(set) var bottom: Int

    /// - Parameters:
    ///   - y: The middle of each vertex.
    ///   - bottom: The lower end of all nodes.
    init(_ layout: DiagramLayout, y: [Int], bottom: Int) {
        (self.layout, self.y, self.bottom) = (layout, y, bottom)
        gapCount = (layout.layers.max() ?? 0) + 2
        findTurns()
        assignLanes()
    }

    /// How wide the space before each layer is; the last one is behind all layers.
    var gaps: [Int] {
        (0..<gapCount).map { gap in
            let highest = zip(groups, lanes).filter { $0.0.gap == gap }.map(\.1).max()
            let needed = highest.map { Self.first + Self.step * $0 }
            if gap == 0 || gap == gapCount - 1 { return needed.map { $0 + Self.first } ?? 0 }
            return max(DiagramLayout.layerSpacing, (needed ?? 0) + Self.last)
        }
    }

    /// The corners of a link.
    ///
    /// - Parameters:
    ///   - ends: Where it leaves its source and reaches its target.
    ///   - left: Where the space before each layer begins.
    func points(of link: Int, from start: Int, to end: Int, left: [Int]) -> [[Int]] {
        let way = layout.ways[link]
        var points = [[start, y[way[0]]]]
        for turn in turns[link] {
            let x = left[turn.gap] + Self.first + Self.step * lanes[turn.group]
            points.append([x, turn.from])
            points.append([x, turn.to])
        }
        points.append([end, y[way[way.count - 1]]])
        return points
    }

    private mutating func findTurns() {
        let steps = zip(layout.ways, layout.isBack).map { way, isBack in isBack ? [] : Array(zip(way, way.dropFirst()))
        }
        var leaving: [Int: Int] = [:]
        var reaching: [Int: Int] = [:]
        for (from, to) in steps.joined() {
            leaving[from, default: 0] += 1
            reaching[to, default: 0] += 1
        }
        var bySource: [Int: Int] = [:]
        var byTarget: [Int: Int] = [:]
        for (index, steps) in steps.enumerated() {
            guard !layout.isBack[index] else {
                turns.append(backTurns(of: layout.ways[index]))
                continue
            }
            turns.append(
                steps.filter { y[$0] != y[$1] }.map { from, to in
                    let group: Int
                    if leaving[from] == 1, reaching[to] != 1 {
                        group = byTarget[to] ?? addGroup(layout.layers[to], y[from])
                        byTarget[to] = group
                    } else {
                        group = bySource[from] ?? addGroup(layout.layers[to], y[from])
                        bySource[from] = group
                    }
                    return turn(in: group, from: y[from], to: y[to])
                })
        }
    }

    private mutating func backTurns(of way: [Int]) -> [Turn] {
        bottom += Self.step
        let lane = bottom
        let down = addGroup(layout.layers[way[0]] + 1, y[way[0]])
        let up = addGroup(layout.layers[way[1]], lane)
        return [turn(in: down, from: y[way[0]], to: lane), turn(in: up, from: lane, to: y[way[1]])]
    }

    private mutating func addGroup(_ gap: Int, _ start: Int) -> Int {
        groups.append(Group(gap: gap, range: start...start, start: start))
        return groups.count - 1
    }

    private mutating func turn(in group: Int, from: Int, to: Int) -> Turn {
        let range = groups[group].range
        groups[group].range = min(range.lowerBound, from, to)...max(range.upperBound, from, to)
        groups[group].direction += to - from
        return Turn(gap: groups[group].gap, group: group, from: from, to: to)
    }

    /// Of links that lead down the upper one takes the right lane, of those that lead up the lower one: so they do not
    /// cross.
    private mutating func assignLanes() {
        lanes = Array(repeating: 0, count: groups.count)
        for gap in 0..<gapCount {
            let here = groups.indices.filter { groups[$0].gap == gap }.sorted { one, other in
                let (a, b) = (groups[one], groups[other])
                let (first, second) = (a.direction < 0 ? a.start : -a.start, b.direction < 0 ? b.start : -b.start)
                return (a.direction < 0 ? 1 : 0, first, one) < (b.direction < 0 ? 1 : 0, second, other)
            }
            for (index, group) in here.enumerated() {
                let met = here[..<index].filter { groups[$0].range.overlaps(groups[group].range) }
                lanes[group] = (met.map { lanes[$0] }.max() ?? -1) + 1
            }
        }
    }
}
