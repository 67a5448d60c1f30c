// SPDX-License-Identifier: Apache-2.0

/// The accessible names on the pages of tickets, deployments and diagrams.
struct TicketWords: Sendable {
    let title: String
    let kind: String
    let text: String
    let submit: String
    let waitingForMe: String
    let comment: String
    let approve: String
    let reject: String
    let delegateTo: String
    let delegate: String
    let withdraw: String
    let resubmit: String
    let addComment: String
    let post: String
    let deployment: String
    let start: String
    let simulateFailure: String
    let addNode: String
    let reset: String
    let alreadyDecided: String
    let failed: String

    static let chinese = TicketWords(
        title: "标题", kind: "类型", text: "说明", submit: "提交", waitingForMe: "待我审批", comment: "意见", approve: "同意",
        reject: "不同意", delegateTo: "转交给", delegate: "转交", withdraw: "撤回", resubmit: "重新提交", addComment: "评论",
        post: "发表", deployment: "部署", start: "开始部署", simulateFailure: "模拟失败", addNode: "添加节点", reset: "重置",
        alreadyDecided: "已被处理", failed: "失败")

    static let english = TicketWords(
        title: "Title", kind: "Kind", text: "Description", submit: "Submit", waitingForMe: "Waiting for me",
        comment: "Comment", approve: "Approve", reject: "Reject", delegateTo: "Delegate to", delegate: "Delegate",
        withdraw: "Withdraw", resubmit: "Resubmit", addComment: "Add a comment", post: "Post",
        deployment: "Deployment", start: "Start", simulateFailure: "Simulate a failure at", addNode: "Add node",
        reset: "Reset", alreadyDecided: "Already decided", failed: "failed")
}

extension ChatWords {
    var tickets: TicketWords { tag == "en" ? .english : .chinese }
}
