// SPDX-License-Identifier: Apache-2.0

/// The accessible names of the pages, by which people find things.
struct ChatWords: Sendable {
    let languages: [String]
    let tag: String
    let userName: String
    let password: String
    let signIn: String
    let signOut: String
    let room: String
    let message: String
    let send: String
    let disconnect: String
    let reconnect: String
    let retry: String
    let connected: String
    let disconnected: String

    static let chinese = ChatWords(
        languages: ["zh-CN", "zh"], tag: "zh-CN", userName: "用户名", password: "密码", signIn: "登录", signOut: "退出",
        room: "房间", message: "消息", send: "发送", disconnect: "关闭连接", reconnect: "重新连接", retry: "重试",
        connected: "[连接成功]", disconnected: "[断开连接]")

    static let english = ChatWords(
        languages: ["en-US", "en"], tag: "en", userName: "User name", password: "Password", signIn: "Sign in",
        signOut: "Sign out", room: "Room", message: "Message", send: "Send", disconnect: "Disconnect",
        reconnect: "Reconnect", retry: "Retry", connected: "[Connected]", disconnected: "[Disconnected]")
}
