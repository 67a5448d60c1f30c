// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The course's first steps, each a consumer in one short file.
struct Lessons: Plugin {
    let name = "lessons"
    let requires = ["pages", "accounts"]

    func contribute(to contributions: inout Contributions) {
        let signedIn = SignInRequired()
        let echo = LessonPage(texts: "lessonEcho", socket: "/ws/lesson/echo/", file: "EchoConsumer.swift")
        let list = LessonPage(texts: "lessonList", socket: "/ws/lesson/list/", file: "ListConsumer.swift")
        contributions.add(to: .routes) {
            Route("/lesson/echo/", application: echo.wrapped(in: signedIn))
            Route("/lesson/list/", application: list.wrapped(in: signedIn))
        }
        contributions.add(to: .webSocketRoutes) {
            Route("/ws/lesson/echo/", application: ConsumerApplication(EchoConsumer.init).wrapped(in: signedIn))
            Route("/ws/lesson/list/", application: ConsumerApplication(ListConsumer.init).wrapped(in: signedIn))
        }
    }
}
