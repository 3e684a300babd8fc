internal import Bytes
/// Connections that have something to send, each once.
///
/// Answers go out in the turn that has them; streams follow in slices, so that a change that a
/// hundred thousand watch does not hold up the heartbeats of the cluster.
struct FlushQueue {
    private var answers: [ClientConnection] = []
    private var streams = Queue<ClientConnection>(keptCountMax: 16)

    var isEmpty: Bool { answers.isEmpty && streams.isEmpty }

    /// Lists a connection; nothing happens when it is listed already.
    mutating func list(_ connection: ClientConnection) {
        guard connection.flush == .none, !connection.isClosed else { return }
        connection.flush = .listed
        if connection.calls.first?.isStream == true {
            streams.append(connection)
        } else {
            answers.append(connection)
        }
    }

    /// All that have answers to send.
    mutating func takeAnswers() -> [ClientConnection] {
        var taken: [ClientConnection] = []
        swap(&taken, &answers)
        for connection in taken { connection.flush = .none }
        return taken
    }

    /// The stream that has waited longest.
    mutating func takeStream() -> ClientConnection? {
        let connection = streams.popFirst()
        connection?.flush = .none
        return connection
    }
}
