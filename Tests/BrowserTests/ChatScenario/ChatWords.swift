// SPDX-License-Identifier: Apache-2.0

/// The accessible names of the pages, by which people find things.
struct ChatWords: Sendable, CustomStringConvertible {
    let languages: [String]
    let tag: String
    let main: String
    let userName: String
    let password: String
    let signIn: String
    let signOut: String
    let room: String
    let enter: String
    let rooms: String
    let online: String
    let messages: String
    let message: String
    let send: String
    let earlier: String
    let disconnect: String
    let reconnect: String
    let retry: String
    let connected: String
    let disconnected: String
    let lessonHint: String

    var description: String { tag }

    static let chinese = ChatWords(
        languages: ["zh-CN", "zh"], tag: "zh-CN", main: "主导航", userName: "用户名", password: "密码", signIn: "登录",
        signOut: "退出", room: "房间", enter: "进入", rooms: "房间", online: "在线", messages: "消息记录", message: "消息",
        send: "发送", earlier: "更早的消息", disconnect: "关闭连接", reconnect: "重新连接", retry: "重试",
        connected: "[连接成功]", disconnected: "[断开连接]", lessonHint: "请输入")

    static let english = ChatWords(
        languages: ["en-US", "en"], tag: "en", main: "Main", userName: "User name", password: "Password",
        signIn: "Sign in", signOut: "Sign out", room: "Room", enter: "Enter", rooms: "Rooms", online: "Online",
        messages: "Messages", message: "Message", send: "Send", earlier: "Earlier messages", disconnect: "Disconnect",
        reconnect: "Reconnect", retry: "Retry", connected: "[Connected]", disconnected: "[Disconnected]",
        lessonHint: "Type something")
}
