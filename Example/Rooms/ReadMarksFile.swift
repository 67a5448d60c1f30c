// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging

/// A small JSON file with everybody's read marks: `{"user1":{"聊天":12}}`. It is written whole, and replaced at once.
actor ReadMarksFile {
    private let executor = BlockingExecutor(label: "read-marks")
    private let path: String
    private let logger = Logger(label: "example.rooms")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The file `read.json` beside the messages.
    init(besides messages: String) {
        path = URL(fileURLWithPath: messages).deletingLastPathComponent().appending(path: "read.json").path
    }

    /// What is in the file. One that is not there or cannot be read holds nothing: marks are a comfort, and no reason
    /// not to start.
    func load() -> [String: ReadMarks.Rooms] {
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        do {
            return try JSONDecoder().decode(
                [String: ReadMarks.Rooms].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            logger.warning("the read marks in '\(path)' are lost: \(error.localizedDescription)")
            return [:]
        }
    }

    /// Replaces the file's content: a new file takes its place, which nobody else can read.
    func save(_ users: [String: ReadMarks.Rooms]) {
        let new = "\(path).\(ProcessInfo.processInfo.processIdentifier)"
        guard let content = try? JSONEncoder().encode(users),
            FileManager.default.createFile(atPath: new, contents: content, attributes: [.posixPermissions: 0o600]),
            rename(new, path) == 0
        else {
            logger.error("the read marks could not be kept in '\(path)'")
            return
        }
    }
}
