// SPDX-License-Identifier: Apache-2.0

/// The steps of every deployment, as the course draws them: a tree whose branches run side by side.
enum DeployPlan {
    struct Step: Sendable {
        let key: String
        let text: String
        let parent: String?
    }

    /// Parents stand before their children.
    static let steps: [Step] =
        [
            Step(key: "start", text: "开始", parent: nil), Step(key: "download", text: "下载代码", parent: "start"),
            Step(key: "compile", text: "本地编译", parent: "download"), Step(key: "zip", text: "打包", parent: "compile"),
        ]
        + (1...3).flatMap { server in
            [
                Step(key: "c\(server)", text: "服务器\(server)", parent: "zip"),
                Step(key: "c\(server)1", text: "服务重启", parent: "c\(server)"),
            ]
        }

    /// What may be made to fail: everything but the beginning, which takes no time.
    static let canFail = steps.filter { $0.parent != nil }

    static func children(of key: String) -> [String] {
        steps.filter { $0.parent == key }.map(\.key)
    }

    /// A step by a name that no other one has.
    static func name(of step: Step) -> String {
        let parent = steps.first { $0.key == step.parent }
        return parent?.parent == "zip" ? "\(parent?.text ?? "") \(step.text)" : step.text
    }
}
