// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Example

@Suite("The course of a deployment")
struct DeploymentTests {
    @Test("step by step to the package, then the servers side by side")
    func success() throws {
        var deployment = Deployment()
        try deployment.start(failingAt: nil)
        for step in ["download", "compile", "zip"] {
            #expect(deployment.running == [step] && deployment.state == .running)
            let isChanged = deployment.finish(step)
            #expect(isChanged)
        }
        #expect(deployment.running == ["c1", "c2", "c3"])
        deployment.finish("c2")
        #expect(deployment.running == ["c1", "c21", "c3"])
        for step in ["c1", "c11", "c21", "c3", "c31"] { deployment.finish(step) }
        #expect(deployment.state == .succeeded && deployment.rev == 11)
        #expect(deployment.steps.values.allSatisfy { $0 == .passed })
    }

    @Test("a failure skips what hangs on it, the other branches go on, and a retry goes on from there")
    func failure() throws {
        var deployment = Deployment()
        try deployment.start(failingAt: "c2")
        for step in ["download", "compile", "zip", "c2"] { deployment.finish(step) }
        #expect(deployment.steps["c2"] == .failed && deployment.steps["c21"] == .skipped)
        #expect(deployment.state == .running && deployment.running == ["c1", "c3"])
        #expect(throws: TicketError.conflict) { try deployment.retry() }
        for step in ["c1", "c3", "c11", "c31"] { deployment.finish(step) }
        #expect(deployment.state == .failed)
        try deployment.retry()
        #expect(deployment.running == ["c2"] && deployment.steps["c21"] == .pending)
        for step in ["c2", "c21"] { deployment.finish(step) }
        #expect(deployment.state == .succeeded)
        #expect(throws: TicketError.conflict) { try deployment.retry() }
    }

    @Test("every step can be made to fail but the beginning, and the same news twice is none")
    func edges() throws {
        for step in DeployPlan.canFail {
            var deployment = Deployment()
            try deployment.start(failingAt: step.key)
            while let next = deployment.running.first {
                let isChanged = deployment.finish(next)
                #expect(isChanged)
                let isRepeated = deployment.finish(next)
                #expect(!isRepeated)
            }
            #expect(deployment.state == .failed && deployment.steps[step.key] == .failed)
        }
        var deployment = Deployment()
        for failure in ["start", "nothing", ""] {
            #expect(throws: TicketError.badInput) { try deployment.start(failingAt: failure) }
        }
        try deployment.start(failingAt: nil)
        #expect(throws: TicketError.conflict) { try deployment.start(failingAt: nil) }
    }

    @Test("the link into a step says what happens there")
    func diagram() throws {
        var deployment = Deployment()
        try deployment.start(failingAt: "compile")
        #expect(deployment.diagram["start", "download"]?.text == "执行中...")
        deployment.finish("download")
        #expect(deployment.diagram["start", "download"]?.text == "")
        #expect(deployment.diagram["download", "compile"]?.text == "执行中...")
        deployment.finish("compile")
        #expect(deployment.diagram["download", "compile"]?.text == "失败")
        #expect(deployment.diagram["c31"]?.state == .skipped && deployment.diagram.rev == deployment.rev)
    }
}
