// SPDX-License-Identifier: Apache-2.0

extension DiagramDrawing {
    /// The whole drawing as browsers are told.
    var frame: DiagramFrame {
        DiagramFrame(
            rev: rev, model: model, width: width, height: height, nodes: nodes.map(NodeMembers.init),
            links: links.map(LinkMembers.init))
    }

    /// What has changed since an earlier drawing.
    ///
    /// - Returns: `nil` where a patch cannot say it: it is not the next revision, or something has gone, be it only a
    ///   colour.
    func changes(since old: Self) -> PatchFrame? {
        guard rev == old.rev + 1, model == old.model else { return nil }
        let oldNodes = Dictionary(uniqueKeysWithValues: old.nodes.map { ($0.node.key, NodeMembers($0)) })
        let oldLinks = Dictionary(uniqueKeysWithValues: old.links.map { ($0.link.id, LinkMembers($0)) })
        let newNodes = nodes.map(NodeMembers.init)
        let newLinks = links.map(LinkMembers.init)
        let (keys, ids) = (Set(nodes.map(\.node.key)), Set(links.map(\.link.id)))
        guard keys.isSuperset(of: oldNodes.keys), ids.isSuperset(of: oldLinks.keys),
            newNodes.allSatisfy({ $0.color != nil || oldNodes[$0.key]?.color == nil }),
            newNodes.allSatisfy({ $0.parent != nil || oldNodes[$0.key]?.parent == nil }),
            newLinks.allSatisfy({ $0.color != nil || oldLinks[.init(from: $0.from, to: $0.to)]?.color == nil })
        else { return nil }
        return PatchFrame(
            rev: rev, width: width == old.width ? nil : width, height: height == old.height ? nil : height,
            nodes: newNodes.compactMap { node in
                guard let old = oldNodes[node.key] else { return node }
                return node == old ? nil : node.changed(from: old)
            },
            links: newLinks.compactMap { link in
                guard let old = oldLinks[.init(from: link.from, to: link.to)] else { return link }
                return link == old ? nil : link.changed(from: old)
            })
    }
}
