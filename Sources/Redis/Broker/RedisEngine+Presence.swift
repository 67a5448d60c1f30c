// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import SluiceChannelLayers

/// Who is where: kept in Redis, each process's part under a lease.
extension RedisEngine {
    /// How long a process is believed to live without a word, in milliseconds. It says one each second.
    private static let lease = 10_000
    /// Fields that a group's board may have to be told, one for each process and key and one for each key: 50,000 keys of
    /// one process each.
    private static let boardFields = 100_000

    private var prefixes: [RedisCommand.Word] {
        [.text(keys.boards), .text(keys.places), .text(keys.presences), .text(process), .number(Self.lease)]
    }

    /// Says what this process stands for: one script for each group.
    func present(_ changes: [PresenceChange], done: @escaping (Result<Void, LayerError>) -> Void) {
        guard let connection = commands.connection, areScriptsLoaded else {
            return done(.failure(down("Redis cannot be reached")))
        }
        holdsPresence = true
        var groups: [GroupName: [PresenceChange]] = [:]
        for change in changes { groups[change.group, default: []].append(change) }
        var remaining = groups.count
        var failure: LayerError?
        for (group, changes) in groups {
            var arguments = prefixes + [.text(group.rawValue)]
            for change in changes {
                do {
                    arguments += [
                        .text(change.key),
                        change.metadata.isEmpty ? "" : .bytes(try MessagePack.encode(change.metadata)),
                        .bytes(try MessagePack.encode(PresenceEntry(key: change.key, metadata: change.metadata))),
                    ]
                } catch {
                    logger.error("a presence cannot be encoded", metadata: ["error": "\(error)"])
                }
            }
            let command = script(.present, keys: [keys.leases], arguments)
            connection.send(command, timeout: .seconds(5)) { [self] answer in
                if case .failure(let error) = answer {
                    failure = down("Redis did not take a presence: \(error)")
                    if isOfServer(error) { leave(error) }
                }
                remaining -= 1
                if remaining == 0 { done(failure.map { .failure($0) } ?? .success(())) }
            }
        }
        if groups.isEmpty { done(.success(())) }
    }

    func presence(_ group: GroupName, done: @escaping (Result<[PresenceEntry], LayerError>) -> Void) {
        guard let connection = commands.connection, areScriptsLoaded else {
            return done(.failure(down("Redis cannot be reached")))
        }
        let command = script(.presence, keys: [keys.leases, keys.board(group)], [.number(Self.boardFields)])
        connection.send(command, timeout: .seconds(5)) { [self] answer in
            if case .success(.null) = answer {
                return done(.failure(LayerError(.messageTooLarge, "too many are in '\(group)' to be told")))
            }
            guard case .success(let value) = answer, let parts = value.elements else {
                return done(.failure(down("Redis did not tell the presence: \(answer)")))
            }
            var entries: [String: [[String: String]]] = [:]
            for index in stride(from: 0, to: parts.count - 1, by: 2) {
                guard let key = parts[index].text, let bytes = parts[index + 1].bytes,
                    let metadata = try? MessagePack.decode([[String: String]].self, from: bytes)
                else { continue }
                entries[key, default: []] += metadata
            }
            done(.success(entries.map { PresenceEntry(key: $0, metadata: $1) }.sorted { $0.key < $1.key }))
        }
    }

    /// Renews the lease; where Redis has forgotten it, it has forgotten everything.
    func probePresence(_ connection: RedisConnection) {
        guard holdsPresence, scripts[.lease] != nil else { return }
        connection.send(script(.lease, keys: [keys.leases], prefixes), timeout: .seconds(5)) { [self] answer in
            if case .success(let known) = answer, known.integer == 0 { sink.restorePresence() }
        }
    }
}
