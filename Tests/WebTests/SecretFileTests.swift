// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceCrypto
import SluiceWeb
import Testing

@Suite("Secret files")
struct SecretFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("A missing file is made: mode 0600, 64 random bytes in base64url, nothing left beside it")
    func made() throws {
        let path = folder.path + "/secret"
        let first = try SecretKeys(file: path)
        #expect(try mode(path) == 0o600)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.count == 87 && text.last == "\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["secret"])
        let again = try SecretKeys(file: path)
        #expect(try again.signer(for: "x").verify(first.signer(for: "x").sign("text")) == "text")
    }

    @Test("The folder of a new file is made when it is missing")
    func folderMade() throws {
        _ = try SecretKeys(file: folder.path + "/.data/secret")
        #expect(try mode(folder.path + "/.data") == 0o700)
        #expect(try mode(folder.path + "/.data/secret") == 0o600)
    }

    @Test("Processes that start at once use one secret")
    func race() async throws {
        let path = folder.path + "/secret"
        let keys = try await withThrowingTaskGroup(of: SecretKeys.self) { group in
            for _ in 0..<16 { group.addTask { try SecretKeys(file: path) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let signed = try keys[0].signer(for: "x").sign("text")
        for key in keys { #expect(try key.signer(for: "x").verify(signed) == "text") }
    }

    @Test("A file that others can use is refused with a clear error", arguments: [0o644, 0o640, 0o606, 0o620])
    func exposed(mode: Int) throws {
        let path = try folder.write("secret", String(repeating: "s", count: 64) + "\n")
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let error = #expect(throws: SecretFileError.self) { try SecretKeys(file: path) }
        #expect(error?.code == .exposed)
        #expect(error?.description.contains("chmod 600") == true)
        #expect(error?.description.contains("sss") == false)
    }

    @Test("Empty and short secrets, folders and places that cannot be written are refused")
    func refused() throws {
        for (name, text) in [
            ("empty", ""), ("blank", "\n\n"), ("short", "tooshort\n"),
            ("half", String(repeating: "s", count: 64) + "\nx\n"),
        ] {
            let path = try folder.write(name, text)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            #expect(throws: SecretFileError.self) { try SecretKeys(file: path) }
        }
        #expect(throws: SecretFileError.self) { try SecretKeys(file: folder.path) }
        let error = #expect(throws: SecretFileError.self) { try SecretKeys(file: folder.path + "/no/such/secret") }
        #expect(error?.code == .unwritable)
    }

    @Test("Lines are secrets: the first signs, all verify")
    func lines() throws {
        let (new, old) = (String(repeating: "n", count: 64), String(repeating: "o", count: 64))
        func keys(_ name: String, _ text: String) throws -> SecretKeys {
            let path = try folder.write(name, text)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            return try SecretKeys(file: path)
        }
        let both = try keys("both", new + "\r\n" + old + "\n")
        #expect(try both.signer(for: "x").verify(keys("old", old).signer(for: "x").sign("text")) == "text")
        #expect(try keys("new", new).signer(for: "x").verify(both.signer(for: "x").sign("text")) == "text")
    }
}
