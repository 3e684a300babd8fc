import Foundation
import TestCluster

/// A client's connection: to one member, then to the next when that one fails.
final class Caller {
    /// What became of one sending of one request.
    enum Attempt {
        case answered(Answer)
        /// Nothing of it can have arrived.
        case notSent
        /// It left, and nothing came back.
        case lost
    }

    private let doors: [Door]
    private let timeoutSeconds: Int
    private var turn: Int
    private var connection: HTTPConnection?

    /// - Parameter first: which of the doors is tried first.
    init(doors: [Door], first: Int, timeoutSeconds: Int = 3) {
        self.doors = doors
        self.timeoutSeconds = timeoutSeconds
        turn = first
    }

    /// Sends it once, and goes to another member after anything but an answer.
    func send(
        _ method: String,
        target: String,
        headers: [String: String] = [:],
        body: String = ""
    ) -> Attempt {
        let door = doors[turn % doors.count]
        let open: HTTPConnection
        do {
            open =
                try connection
                ?? HTTPConnection(host: door.host, port: door.port, timeoutSeconds: timeoutSeconds)
        } catch {
            moveOn()
            return .notSent
        }
        connection = open
        do {
            let answer = try open.request(
                method,
                target: target,
                headers: headers,
                body: Data(body.utf8)
            )
            if answer.status == 503 || answer.headers["connection"] == "close" { moveOn() }
            return .answered(answer)
        } catch {
            moveOn()
            if case .notSent = error as? ConnectionError { return .notSent }
            return .lost
        }
    }

    /// The next request goes to another member.
    func moveOn() {
        connection = nil
        turn += 1
    }
}

/// Where clients find a member, or what stands before it.
struct Door: Sendable {
    let host: String
    let port: UInt16
}
