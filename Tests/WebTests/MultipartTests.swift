// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import SluiceWeb
import Testing

@Suite("Multipart forms")
struct MultipartTests {
    @Test("RFC 7578: fields and files, in order, with names decoded; both encodings read alike")
    func fieldsAndFiles() async throws {
        let form = try await MultipartBody(
            .field("title", "你好 & more"), .field("tag", "a"), .field("tag", "b"), .field("a%22b", "quoted"),
            .file("photo", "C:\\photos\\猫.png", type: "image/png", [0, 13, 10, 45, 45, 255]),
            .file("photo", "second.txt", Array("2".utf8)), .file("empty", "", []), .field("none", "")
        ).exchange().request.form()
        #expect(form["title"] == "你好 & more" && form["tag"] == "b" && form.all("tag") == ["a", "b"])
        #expect(form["a\"b"] == "quoted" && form["none"]?.isEmpty == true && form["missing"] == nil)
        let photos = form.files.all("photo")
        #expect(photos.map(\.name) == ["猫.png", "second.txt"] && photos.first?.contentType == "image/png")
        #expect(form.files["photo"]?.name == "second.txt" && form.files["empty"] == nil)
        #expect(try await photos.first?.read() == ByteBuffer(bytes: [0, 13, 10, 45, 45, 255]))
        let encoded = try await Exchange.form("/", "title=%E4%BD%A0&tag=a&tag=b").request.form()
        #expect(encoded["title"] == "你" && encoded.all("tag") == ["a", "b"] && encoded.files.isEmpty)
    }

    @Test(
        "File names are one harmless component",
        arguments: [
            ("../../etc/passwd", "passwd"), ("/etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("..", "file"),
            (".htaccess", "htaccess"), ("a/", "a"), ("  x .", "x"), ("photo\u{202e}gnp.exe", "photognp.exe"),
            ("a%0D%0Ab.txt", "ab.txt"), ("a\\\"b.txt", "a\"b.txt"), ("%2e%2e%2fx", "%2e%2e%2fx"), ("报告.pdf", "报告.pdf"),
            (String(repeating: "长", count: 200) + ".tar", String(repeating: "长", count: 83) + ".tar"),
            ("\u{7f}/\u{200b}", "file"),
        ])
    func fileNames(sent: String, name: String) async throws {
        guard !sent.utf8.contains(0x7f) else {
            await #expect(throws: HTTPError.self) {
                try await MultipartBody(.file("f", sent, [1])).exchange().request.form()
            }
            return
        }
        let form = try await MultipartBody(.file("f", sent, [1])).exchange().request.form()
        #expect(form.files["f"]?.name == name)
        #expect((form.files["f"]?.name.utf8.count ?? 0) <= 255)
    }

    @Test("RFC 8187: filename* goes before filename")
    func extendedFileName() async throws {
        let head = "content-disposition:form-data;name=f; filename=\"x.txt\"; filename*=UTF-8''%E7%8C%AB%20..%2Fa.txt"
        let form = try await MultipartBody(.init(head: head, content: [1])).exchange().request.form()
        #expect(form.files["f"]?.name == "a.txt" && form.files["f"]?.contentType == "text/plain")
    }

    @Test(
        "A body is read the same however it is cut: every length of piece, and 200 random cuts",
        arguments: [1, 2, 3, 5, 7, 11, 23, 64, 100, 4_096] as [Int])
    func cuts(length: Int) async throws {
        // Contents full of what looks like the boundary.
        let near = "\r\n------boundary012345678\r\n--\r\r\n\r\n------boundary\r"
        var body = MultipartBody(
            .field("a", near), .field("", ""), .file("f", "f.bin", Array(near.utf8) + (0...255)),
            .file("g", "g.bin", Array(repeating: 13, count: 3_000)), .field("z", "\r\n"))
        body.boundary = "----boundary0123456789"
        let expected = try await body.exchange(pieces: 1_000_000).request.form().summary()
        #expect(expected.count == 5 && expected.first == "a=" + near)
        #expect(try await body.exchange(pieces: length).request.form().summary() == expected)
        var numbers = SeededGenerator(seed: UInt64(length))
        let bytes = body.bytes
        for _ in 0..<20 {
            var exchange = body.exchange()
            var cuts = (0..<Int.random(in: 1...40, using: &numbers)).map { _ in
                Int.random(in: 0...bytes.count, using: &numbers)
            }
            cuts = ([0, bytes.count] + cuts).sorted()
            exchange.pieces = zip(cuts, cuts.dropFirst()).map { ByteBuffer(bytes: bytes[$0..<$1]) }
            #expect(try await exchange.request.form().summary() == expected, "cut at \(cuts)")
        }
    }

    @Test("RFC 2046 §5.1.1: a preamble, an epilogue and white space behind a boundary are passed over")
    func preamble() async throws {
        let text =
            "This is ignored\r\n--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\nepilogue --b"
        let form = try await MultipartBody.exchange(Array(text.utf8), boundary: "b", pieces: 3).request.form()
        #expect(form.fields == [.init(name: "a", value: "1")])
        let none = try await MultipartBody.exchange(Array("--b--".utf8), boundary: "b").request.form()
        #expect(none.fields.isEmpty && none.files.isEmpty)
    }

    @Test(
        "What is no form is 400, not a crash and not half a form",
        arguments: [
            "", "--b", "--b\r\n", "garbage", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b", "--b\r\n\r\n1\r\n--b--",
            "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--",
            "--bX\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
            "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--",
            "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--b--",
            "--b\r\nno colon\r\n\r\n1\r\n--b--", "--b\nContent-Disposition: form-data; name=a\n\n1\n--b--",
            "--b\r\nContent-Disposition: form-data; name=\"a\0\"\r\n\r\n1\r\n--b--", "--b-x",
            "--b" + String(repeating: " ", count: 99),
            "--b\r\nContent-Disposition: form-data; name=" + String(repeating: "x", count: 5_000),
        ])
    func malformed(text: String) async throws {
        for length in [1, 7, 10_000] {
            var exchange = MultipartBody.exchange(Array(text.utf8), boundary: "b", pieces: length)
            let request = exchange.request
            let error = await #expect(throws: HTTPError.self) { try await request.form() }
            #expect(error?.status == .badRequest && error?.code == "bad_multipart")
            await #expect(throws: HTTPError.self, "a second call says the same") { try await request.form() }
            exchange.isComplete = false
            await #expect(throws: HTTPError.self) { try await exchange.request.form() }
        }
    }

    @Test(
        "A content type without a valid boundary is 400",
        arguments: [
            "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a \"",
            "multipart/form-data; boundary=\"a\u{e9}\"", "multipart/form-data; boundary=a<b",
            "multipart/form-data; boundary=" + String(repeating: "b", count: 71), "multipart/form-data; charset=utf-8",
        ])
    func boundaries(contentType: String) async throws {
        var exchange = MultipartBody(.field("a", "1")).exchange()
        exchange.scope.headers[.contentType] = contentType
        let error = await #expect(throws: HTTPError.self) { try await exchange.request.form() }
        #expect(error?.code == "bad_multipart")
    }

    @Test("A client that goes in the middle is 400 client_gone")
    func clientGone() async throws {
        var exchange = MultipartBody(.field("a", "1"), .file("f", "f", [UInt8](repeating: 7, count: 5_000))).exchange()
        exchange.pieces.removeLast(2)
        exchange.isComplete = false
        let error = await #expect(throws: HTTPError.self) { try await exchange.request.form() }
        #expect(error?.code == "client_gone")
    }

    @Test("Random bytes, and a good body with random bytes changed, never crash")
    func mutations() async throws {
        var numbers = SeededGenerator(seed: 7)
        let good = MultipartBody(.field("a", "1"), .file("f", "f.txt", Array("content".utf8))).bytes
        for round in 0..<1_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...8, using: &numbers) {
                let index = Int.random(in: 0..<bytes.count, using: &numbers)
                switch round % 3 {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &numbers)
                case 1: bytes.remove(at: index)
                default: bytes.insert([13, 10, 45, 34, 59, 37][index % 6], at: index)
                }
            }
            let exchange = MultipartBody.exchange(bytes, pieces: Int.random(in: 1...50, using: &numbers))
            do {
                let form = try await exchange.request.form()
                #expect(form.fields.count + form.files.entries.count <= 2)
            } catch let error as HTTPError {
                #expect(error.status == .badRequest)
            }
        }
    }
}
