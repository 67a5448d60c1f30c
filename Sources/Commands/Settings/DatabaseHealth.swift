// SPDX-License-Identifier: Apache-2.0

#if Models
import SluiceModels
public import SluiceWeb

extension HealthCheck {
    /// Whether all databases answer within 2 s; part of `serve`'s `/health/ready`. It tells their aliases only: where they
    /// are is not for everyone, and requests that fail are logged with the cause.
    public static let databases = HealthCheck("database") { state in
        let databases = state.databases?.all ?? []
        let problems = await withTaskGroup(of: (Int, String?).self) { group in
            for (index, database) in databases.enumerated() {
                group.addTask {
                    (index, await database.problem() == nil ? nil : "'\(database.name)' does not answer")
                }
            }
            return await group.reduce(into: []) { problems, answer in problems.append(answer) }
        }
        let texts = problems.sorted { $0.0 < $1.0 }.compactMap(\.1)
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }
}
#endif
