// SPDX-License-Identifier: Apache-2.0

import Sluice

/// `/`: what there is to see, for everyone.
struct Home: View {
    func respond(to request: Request) async throws -> Response {
        var pages = [
            ("/tickets/", "tickets"), ("/tickets/new/", "newTicket"), ("/room/", "rooms"), ("/home/", "polling"),
            ("/home/long/", "longPolling"), ("/charts/", "charts"),
            ("/lesson/echo/", "lessonEcho"), ("/lesson/list/", "lessonList"), ("/flows/tree/", "flow.tree"),
            ("/flows/dag/", "flow.dag"), ("/flows/shapes/", "flow.shapes"), ("/flows/servers/", "flow.servers"),
        ].map { path, key in
            ["href": path, "title": request.text(key), "about": request.text(key + "About")]
        }
        pages += ["123", "聊天"].map { room in
            ["href": "/room/\(room)/", "title": "\(request.text("room")) \(room)", "about": request.text("roomAbout")]
        }
        pages.append(["href": "/login/", "title": request.text("signIn"), "about": request.text("loginAbout")])
        return try request.page("home.html", ["pages": pages])
    }
}
