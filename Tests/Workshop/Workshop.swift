// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sluice

/// An application of one plug-in, for tests of what several processes do together: sockets of users, and work.
@main
struct Workshop: SluiceApplication {
    static let abstract = "Sockets of users and workers, for tests of several processes."

    var plugins: [any Plugin] { [Workbench(), Health()] }
}

/// Something to do.
struct Job: ChannelEvent {
    static let type = "workshop.job"
    var number: Int
    /// Attempts that fail.
    var failures = 0
    /// How long it takes.
    var milliseconds = 0
}

/// An attempt at a job has begun, or the job is done.
struct Progress: ChannelEvent {
    static let type = "workshop.progress"
    var text: String
}

/// What a user is told.
struct Note: ChannelEvent {
    static let type = "workshop.note"
    var text: String
}

struct Workbench: Plugin {
    struct Failed: Error {}

    let name = "workbench"

    func contribute(to contributions: inout Contributions) {
        contributions.add(to: .webSocketRoutes) {
            Route("/user/<name>/", UserConsumer.init)
            Route("/progress/", ProgressConsumer.init)
        }
        contributions.add(
            Work("jobs", delivery: .atLeastOnce(lease: .seconds(2), attempts: 3, delay: .milliseconds(50))) {
                (job: Job, worker) in
                let layer = worker.channelLayer
                try await layer.groupSend("progress", Progress(text: "begun \(job.number).\(worker.attempt)"))
                try await Task.sleep(for: .milliseconds(job.milliseconds))
                if worker.attempt <= job.failures { throw Failed() }
                try await layer.groupSend("progress", Progress(text: "done \(job.number)"))
            }, to: .work)
    }
}

/// All sockets of a user: told notes, closed by a kick. What one says is a note for the user that it names: `user text`.
final class UserConsumer: Consumer {
    override class var handlers: [Handler] { [.on(UserConsumer.noted)] }

    override func connect() async throws {
        try await channelLayer.groupAdd(.user(scope.route["name"]), channelName)
        try await accept()
    }

    override func receive(text: String) async throws {
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return }
        if words[1] == "kick" {
            try await channelLayer.kick(user: words[0], code: 4_001, reason: "kicked")
        } else {
            try await channelLayer.send(Note(text: words[1]), toUser: words[0])
        }
    }

    func noted(_ note: Note) async throws {
        try await send(text: note.text)
    }
}

/// Tells how work goes on, and takes jobs: `number failures milliseconds`.
final class ProgressConsumer: Consumer {
    override class var handlers: [Handler] { [.on(ProgressConsumer.progressed)] }
    override class var groups: [GroupName] { ["progress"] }

    override func receive(text: String) async throws {
        let numbers = text.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 3 else { return }
        try await channelLayer.send(
            Job(number: numbers[0], failures: numbers[1], milliseconds: numbers[2]), to: "jobs")
    }

    func progressed(_ progress: Progress) async throws {
        try await send(text: progress.text)
    }
}
