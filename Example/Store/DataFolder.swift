// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where the site keeps its files.
enum DataFolder {
    /// Makes a file's folder, which nobody else can read.
    ///
    /// - Returns: the file.
    static func prepare(_ file: String) throws(StoreError) -> String {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(.system, "cannot make the folder '\(folder.relativePath)': \(error.localizedDescription)")
        }
        return file
    }
}
